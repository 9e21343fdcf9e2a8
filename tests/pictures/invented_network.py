"""An invented check of a network whose firewall blocks UDP, and invented settings."""

from horizon_desktop.bridge.checkup_words import ADVICE, CAUSES, PATHS
from horizon_desktop.presentation.doctor import Checked, CheckRow, DoctorView, Proxy, SettingsView

HUB = "hub.example:7443"


def _row(check: str, level: str, cause: str, advice: str = "", **values: str) -> CheckRow:
    return CheckRow(check=check, level=level, cause=CAUSES[cause].format(**values), advice=ADVICE[advice])


def checked() -> Checked:
    """Return what the doctor says of that network."""
    return Checked(
        rows=(
            _row("network", "good", "network.good"),
            _row("proxy", "good", "proxy.none"),
            _row("hub", "good", "hub.good", hub=HUB),
            _row("tls", "good", "tls.good", hub=HUB),
            _row("clock", "good", "clock.good", n="0"),
            _row("udp", "limited", "udp.blocked", "ask_udp"),
            _row("firewall", "limited", "firewall.udp", "ask_udp"),
            _row("nat", "unseen", "nat.unseen"),
            _row("direct", "limited", "direct.no", "relay_works"),
        ),
        level="limited",
        cause=CAUSES["firewall.udp"],
        advice=ADVICE["ask_udp"],
        path=PATHS["relay"],
        report='{"cause": "firewall.udp"}\n',
    )


def doctor(*, is_done: bool = True, is_running: bool = False) -> DoctorView:
    """Return the page after, during or before a check."""
    return DoctorView(
        target="https://hub.example:7443",
        is_running=is_running,
        problem=None,
        checked=checked() if is_done else None,
    )


def settings(proxy: Proxy | None = None) -> SettingsView:
    """Return the settings of aurora."""
    return SettingsView(name="aurora", theme="system", proxy=proxy or Proxy())
