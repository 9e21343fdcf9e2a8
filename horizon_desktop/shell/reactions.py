"""What the window does by itself when a fact arrives: read again what changed, notify when it is not in front."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Final

import structlog

from horizon_desktop.domain.events import (
    AccessChanged,
    CodeTried,
    InviteChanged,
    KnockClosed,
    LeaseExtended,
    LeaseWarning,
    PathChanged,
    PeerKnocked,
    SessionOpened,
    TimeAsked,
)
from horizon_desktop.domain.usage.facts import AllocationChanged, PoolChanged, QuotaChanged, QuotaWarned
from horizon_desktop.presentation.changes import participant_of
from horizon_desktop.presentation.facts import FellBehind
from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.presentation.wording import Words
from horizon_desktop.shell.desk import Desk
from horizon_desktop.shell.usage_commands import read_usage

log: Final = structlog.get_logger(__name__)
Reaction = Callable[[Desk, Any], Coroutine[Any, Any, None]]
_THIRD_TRY: Final = 2


async def read_session(desk: Desk, event: SessionOpened | AccessChanged | LeaseExtended) -> None:
    """A session is new or its limits changed."""
    await desk.read_session(event.session_id)


async def read_invites(desk: Desk, event: InviteChanged | CodeTried | KnockClosed) -> None:
    """Places, tries or state of an invite moved."""
    session = desk.state.active_sessions.get(event.session_id)
    if session is not None and session.is_host:
        await desk.read_invites(event.session_id)


async def read_everything(desk: Desk, event: FellBehind) -> None:
    """Facts were missed."""
    del event
    await desk.read_everything()
    await read_usage(desk)


async def read_quotas(desk: Desk, event: QuotaWarned | QuotaChanged | PoolChanged | AllocationChanged) -> None:
    """Something was used, asked for or decided."""
    del event
    await read_usage(desk)


READINGS: Final[Mapping[type, Reaction]] = {
    SessionOpened: read_session,
    AccessChanged: read_session,
    LeaseExtended: read_session,
    InviteChanged: read_invites,
    CodeTried: read_invites,
    KnockClosed: read_invites,
    FellBehind: read_everything,
    QuotaWarned: read_quotas,
    QuotaChanged: read_quotas,
    PoolChanged: read_quotas,
    AllocationChanged: read_quotas,
}


def react(desk: Desk, facts: Iterable[object]) -> None:
    """Start what each fact asks for; call it after the state took the batch."""
    for fact in facts:
        if isinstance(fact, PathChanged):
            log.info("path.changed", peer_id=fact.peer_id, path=fact.path, rtt_ms=fact.rtt_ms)
        reading = READINGS.get(type(fact))
        if reading is not None:
            desk.scope.start(reading(desk, fact), name=type(fact).__name__)
        if not desk.state.is_window_in_front:
            words = notice_of(desk, fact)
            if words is not None:
                desk.notices.notify(words, is_urgent=isinstance(fact, PeerKnocked | LeaseWarning))


def notice_of(desk: Desk, fact: object) -> Words | None:
    """Return what a notification says of a fact, when the window is elsewhere (design section 8)."""
    if isinstance(fact, PeerKnocked):
        session = desk.state.active_sessions.get(fact.session_id)
        if session is None or not session.is_host:
            return None
        return Words("notice.knock", {"name": plain(fact.name), "device": plain(fact.device)})
    if isinstance(fact, LeaseWarning) and fact.level == "urgent":
        return Words("notice.urgent", {"s": fact.seconds_left})
    if isinstance(fact, TimeAsked):
        person = participant_of(desk.state, fact.session_id, fact.peer_id)
        return Words("notice.time", {"name": plain(person.name) if person else "", "n": fact.minutes})
    if isinstance(fact, CodeTried) and fact.tries_left == _THIRD_TRY:
        return Words("notice.code", {"name": fact.invite_name, "n": fact.tries_left})
    return None
