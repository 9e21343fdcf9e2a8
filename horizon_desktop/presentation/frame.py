"""What stands around every page: side bar and status bar."""

import msgspec

from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.wording import Words


class SideBarView(msgspec.Struct, frozen=True, kw_only=True):
    """Where we are, and who this profile is."""

    page: str
    """The page that is shown; new_session, share and first_run count as home, doctor as settings."""
    badge: BadgeView
    pictures: tuple[int, ...]
    """Own key pictures, 7 of 0..63."""
    theme: str = "system"
    """system, light or dark: what the profile menu has ticked."""
    has_usage: bool = False
    """Whether there are quotas or pools to show here."""
    requests: int = 0
    """How many requests wait for this person."""


class StatusItem(msgspec.Struct, frozen=True, kw_only=True):
    icon: str
    tone: str
    """ok, warn, bad or text3."""
    words: Words
    """status.key, status.key.file, status.hub (ms), status.hub.embedded, status.hub.lost, status.clock, ..."""


class StatusBarView(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine knows about key, hub and clock; what is not known yet is left out."""

    items: tuple[StatusItem, ...]
    version: str


def status_items(
    *,
    key_home: str,
    is_hub_embedded: bool | None = None,
    is_hub_connected: bool | None = None,
    skew_minutes: int | None = None,
) -> tuple[StatusItem, ...]:
    """Return what the status bar says.

    Args:
        key_home: keyring or file, empty while the key is not open.
        is_hub_embedded: None while no session uses a hub.
        is_hub_connected: None while no session uses a hub.
        skew_minutes: How far the clock is off, None when nobody told us.
    """
    items: list[StatusItem] = []
    if key_home:
        words = Words("status.key" if key_home == "keyring" else "status.key.file")
        items.append(StatusItem(icon="shield-check", tone="ok", words=words))
    if is_hub_connected is False:
        items.append(StatusItem(icon="unplug", tone="warn", words=Words("status.hub.lost")))
    elif is_hub_connected:
        key = "status.hub.embedded" if is_hub_embedded else "status.hub"
        items.append(StatusItem(icon="waypoints", tone="ok", words=Words(key)))
    if skew_minutes is not None:
        is_off = abs(skew_minutes) >= 1
        words = Words("status.clock.off", {"n": abs(skew_minutes)}) if is_off else Words("status.clock")
        icon, tone = ("clock-alert", "warn") if is_off else ("clock-check", "ok")
        items.append(StatusItem(icon=icon, tone=tone, words=words))
    return tuple(items)
