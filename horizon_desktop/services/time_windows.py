"""Time windows as use cases: made, changed, removed, and asked on behalf of a quota or a session (SPEC system 8)."""

from collections.abc import Sequence
from datetime import date, time
from typing import Final
from uuid import UUID

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.events import TimeWindowEvaluated
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.time_window import EVERY_DAY, TimeWindow, time_window
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.usage import SessionLimits, WindowStore

_UUID_BYTES: Final = 16


class TimeWindowService:
    """Keeps time windows and evaluates them. Raises StoreUnavailable; UsageError for a window that makes no sense."""

    def __init__(self, *, store: WindowStore, bus: Bus, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._entropy = entropy

    async def create(
        self,
        *,
        name: str,
        start: time,
        end: time,
        zone: str = "UTC",
        days_of_week: frozenset[int] = EVERY_DAY,
        blackout_dates: frozenset[date] = frozenset(),
    ) -> TimeWindow:
        """Keep a new window. Raises UsageError as `time_window`."""
        window = time_window(
            window_id=UUID(bytes=self._entropy.draw(_UUID_BYTES), version=4),
            name=name,
            start=start,
            end=end,
            zone=zone,
            days_of_week=days_of_week,
            blackout_dates=blackout_dates,
        )
        await self._store.add_window(window, now=self._clock.now().instant)
        return window

    async def find(self, window_id: UUID) -> TimeWindow | None:
        return await self._store.window(window_id)

    async def listing(self) -> Sequence[TimeWindow]:
        """Return all, by name."""
        return await self._store.windows()

    async def change(self, window: TimeWindow) -> Decision:
        """Replace a window by another one of its id. Refused: window.missing. Raises UsageError as `time_window`."""
        checked = time_window(
            window_id=window.window_id,
            name=window.name,
            start=window.start,
            end=window.end,
            zone=window.zone,
            days_of_week=window.days_of_week,
            blackout_dates=window.blackout_dates,
        )
        return await self._store.update_window(checked, now=self._clock.now().instant)

    async def remove(self, window_id: UUID) -> Decision:
        """Remove a window. Refused: window.missing; window.used (a live quota, pool or session carries it)."""
        return await self._store.remove_window(window_id)

    async def evaluate(self, window_id: UUID | None, *, quota_id: UUID) -> Decision:
        """Say whether a quota's window is open now, and publish TimeWindowEvaluated.

        Allow without a window, and nothing is published. Refused: window.closed (`detail`: the next opening);
        window.missing (somebody else's database lost it): fails closed.
        """
        if window_id is None:
            return Allow()
        window = await self._store.window(window_id)
        decision = Deny("window.missing") if window is None else window.admits(self._clock.now().instant)
        self._bus.publish(TimeWindowEvaluated(quota_id=quota_id, allowed=isinstance(decision, Allow)))
        return decision

    # --- what a session carries ---
    async def limit_session(
        self, session_id: SessionId, *, window_id: UUID | None = None, quota_id: UUID | None = None
    ) -> None:
        """Set the window and the purse of a hosted session. Raises LocalProtocolError: no such session."""
        await self._store.put_limits(SessionLimits(session_id=session_id, quota_id=quota_id, time_window_id=window_id))

    async def limits_of(self, session_id: SessionId) -> SessionLimits:
        """Return what a session carries; nothing when nothing was set."""
        return await self._store.limits(session_id) or SessionLimits(session_id=session_id)

    async def admits_session(self, session_id: SessionId) -> Decision:
        """Say whether a session's window is open now: Allow without one, else as `evaluate`.

        TimeWindowEvaluated is published for the session's purse when it has one; the specification's event names
        a quota.
        """
        limits = await self.limits_of(session_id)
        if limits.time_window_id is None:
            return Allow()
        if limits.quota_id is not None:
            return await self.evaluate(limits.time_window_id, quota_id=limits.quota_id)
        window = await self._store.window(limits.time_window_id)
        return Deny("window.missing") if window is None else window.admits(self._clock.now().instant)
