"""Joins this process's events with those of a team's other processes: tells what changed, reads again what is told."""

from collections import Counter
from typing import Final
from uuid import UUID

import structlog

from horizon_desktop.domain.access.facts import AccessAudited
from horizon_desktop.domain.access.identity import IdentityState
from horizon_desktop.domain.events import (
    CostRecorded,
    EphemeralQuotaCreated,
    EphemeralQuotaExpired,
    Event,
    IdentityRevoked,
    SessionCreated,
    SessionEnded,
)
from horizon_desktop.domain.ids import IdentityId
from horizon_desktop.errors import StoreUnavailable
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.notices import Notice, NoticeBoard, Reread
from horizon_desktop.ports.records import IdentityQuery, IdentityRow
from horizon_desktop.ports.storage import Store

_log = structlog.get_logger(__name__)

_REVOKED: Final = IdentityState.REVOKED.value
_IDENTITY: Final = "identity."


class NoticeRelay:
    """One for each process that shares a database. `run` both ways in a task group."""

    def __init__(self, *, store: Store, bus: Bus, board: NoticeBoard) -> None:
        self._store = store
        self._bus = bus
        self._board = board
        self._own: Counter[Notice] = Counter()
        """Notices of ours that the board has not handed back yet."""

    async def tell(self) -> None:
        """Post what happens here and others should read again, until cancelled."""
        with self._bus.subscribe() as facts:
            async for fact in facts:
                notice = notice_of(fact)
                if notice is not None:
                    self._own[notice] += 1
                    self._board.publish(notice)

    async def hear(self) -> None:
        """Read again what others changed and publish it here, until cancelled."""
        with self._board.subscribe() as notices:
            async for notice in notices:
                try:
                    await self._take(notice)
                except StoreUnavailable as trouble:  # the next notice, or the next Reread, comes to it again
                    _log.warning("notices.unread", code=trouble.key)

    async def _take(self, notice: Notice | Reread) -> None:
        if isinstance(notice, Reread):
            self._own.clear()
            for row in await self._store.find_identities(IdentityQuery(states=(_REVOKED,))):
                self._publish(row)
        elif self._own[notice] > 0:
            self._own[notice] -= 1
        elif notice.kind == f"{_IDENTITY}{_REVOKED}":
            found = await self._store.identity(IdentityId(notice.id))
            if found is not None and found.state == _REVOKED:
                self._publish(found)

    def _publish(self, row: IdentityRow) -> None:
        self._bus.publish(IdentityRevoked(identity_id=UUID(row.identity_id), reason=row.reason or "elsewhere"))


def notice_of(fact: Event) -> Notice | None:
    """Return the notice that tells other processes of a fact, None where it concerns this one alone."""
    match fact:
        case AccessAudited() if fact.identity_id:
            return Notice(fact.session_id, f"{_IDENTITY}{fact.action}", fact.identity_id)
        case AccessAudited() if fact.invitation_id:
            return Notice(fact.session_id, f"invitation.{fact.action}", fact.invitation_id)
        case SessionCreated():
            return Notice(fact.session_id, "session.created", fact.session_id)
        case SessionEnded():
            return Notice(fact.session_id, "session.ended", fact.session_id)
        case EphemeralQuotaCreated():
            return Notice("", "quota.created", str(fact.quota_id))
        case EphemeralQuotaExpired():
            return Notice("", "quota.expired", str(fact.quota_id))
        case CostRecorded():
            return Notice("", "cost.recorded", str(fact.quota_id))
        case _:
            return None
