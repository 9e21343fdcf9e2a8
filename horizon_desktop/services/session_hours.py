"""The hours of a hosted session: outside its time window nobody comes in, and the refusal says when it opens."""

from typing import Final

import structlog

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.errors import StoreUnavailable
from horizon_desktop.ports.clock import Clock
from horizon_desktop.services.time_windows import TimeWindowService

_log = structlog.get_logger(__name__)

LOOK_MS: Final = 15_000
"""A window that is given, changed or taken away counts this soon at the latest."""


class SessionHours:
    """Keeps the window of one session at hand; without one every hour is good. A lost window is a closed one."""

    def __init__(self, session: SessionId, windows: TimeWindowService | None, clock: Clock) -> None:
        self._session = session
        self._windows = windows
        self._clock = clock
        self.window: TimeWindow | None = None
        self._is_lost = False

    async def run(self) -> None:
        """Look at the window again and again until cancelled; a new session has none, an older one looked at `load`."""
        while True:
            await self._clock.sleep(LOOK_MS)
            try:
                await self.look()
            except StoreUnavailable as trouble:  # what was known stays good
                _log.warning("hours.unread", code=trouble.key)

    async def look(self) -> None:
        """Read the session's window as it is now."""
        if self._windows is None:
            return
        limits = await self._windows.limits_of(self._session)
        wanted = limits.time_window_id
        self.window = None if wanted is None else await self._windows.find(wanted)
        self._is_lost = wanted is not None and self.window is None

    def admits(self) -> Decision:
        """Allow at a good hour, else window.closed (`detail`: the next opening) or window.missing."""
        if self._is_lost:
            return Deny("window.missing")
        return Allow() if self.window is None else self.window.admits(self._clock.now().instant)
