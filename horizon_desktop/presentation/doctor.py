"""The page that checks the network: what was looked at, what it means, and what to do."""

import msgspec

from horizon_desktop.presentation.wording import Words


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    check: str
    """network, proxy, hub, tls, clock, udp, firewall, nat or direct."""
    level: str
    """good, limited, broken or unseen."""
    cause: str
    """A whole sentence."""
    advice: str = ""
    """What to do; empty for nothing."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What one check came to."""

    rows: tuple[CheckRow, ...]
    level: str
    """The worst of the rows that counts: good, limited or broken."""
    cause: str
    advice: str
    path: str
    """How sessions will most likely go, as a sentence."""
    report: str
    """The redacted report as text, for whoever is to help."""

    def __repr__(self) -> str:
        return f"Checked({self.level})"


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """Where the check stands: part of the window's state."""

    is_running: bool = False
    problem: Words | None = None
    """Why it could not begin."""
    checked: Checked | None = None


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP proxy that hubs are reached through, without its password."""

    proxy: str = ""
    """host:port, "none", or empty where the system decides."""
    user: str = ""
    source: str = "system"
    """configuration (it cannot be changed here), profile or system."""
    problem: Words | None = None
    """Why the last change did not work."""


class DoctorView(msgspec.Struct, frozen=True, kw_only=True):
    target: str
    """What the field says before anybody wrote in it: the hub of a session that runs, or nothing."""
    is_running: bool
    problem: Words | None
    checked: Checked | None


class SettingsView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    theme: str
    """system, light or dark."""
    proxy: Proxy | None
    """None until it was read."""
