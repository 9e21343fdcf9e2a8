"""`horizon host`: a session without a window, from the first invite to its end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.bridge.views import SessionSpec, SessionView
from horizon_desktop.cli.answers import LetIn, SayLine, TurnAway, read_line, trusted
from horizon_desktop.cli.doors import Doors
from horizon_desktop.cli.report import Report
from horizon_desktop.cli.shutdown import run_until_stopped
from horizon_desktop.cli.typed_lines import TypedLines
from horizon_desktop.domain.access.facts import RiskAssessed
from horizon_desktop.domain.collaboration.session import MAX_INVITE_MINUTES, SessionPlan, SessionType
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import (
    Event,
    KnockClosed,
    PeerKnocked,
    SessionEnded,
)
from horizon_desktop.domain.usage.purse import PurseWish
from horizon_desktop.errors import EXIT_OK, HorizonError, UsageError

EXIT_CRASHED: Final = 1


class HostWish(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say."""

    files: tuple[Path, ...]
    session_type: SessionType
    title: str
    length_s: int
    guests: int
    hub: str
    is_approval_asked: bool
    is_relay_allowed: bool = True
    is_resumed: bool = False
    purse: PurseWish | None = None
    profile: str | None = None


async def host(wish: HostWish, doors: Doors, report: Report, lines: TypedLines) -> int:
    """Run until the session has ended; return the exit status."""
    if not wish.is_resumed:
        _check(wish)
    hosting = _Hosting(wish, doors, report, lines)
    return await run_until_stopped(hosting.run(), hosting.end)


async def _open(wish: HostWish, bridge: Bridge, report: Report) -> list[SessionView]:
    interrupted = [view for view in await bridge.sessions() if view.is_host and view.state == "interrupted"]
    if wish.is_resumed:
        if not interrupted:
            raise UsageError("nothing to resume", code="session.none")
        opened = [await bridge.resume_session(view.session_id) for view in interrupted]
    else:
        if interrupted:
            report.hint("interrupted", n=len(interrupted))
        spec = SessionSpec(
            session_type=wish.session_type,
            title=wish.title,
            files=wish.files,
            length_s=wish.length_s,
            guests=wish.guests,
            is_approval_asked=wish.is_approval_asked,
            is_relay_allowed=wish.is_relay_allowed,
            hub=wish.hub,
            purse=wish.purse,
        )
        opened = [await bridge.create_ephemeral_session(spec)]
    for view in opened:
        report.session(view)
        for invite in await bridge.invites(view.session_id):
            if invite.state in {"open", "paused"}:
                report.invite(invite)
    report.hint("host_hint")
    return opened


def _check(wish: HostWish) -> None:
    """Raise UsageError when the options ask for more than any session may be."""
    plan = SessionPlan(
        session_type=wish.session_type,
        title=wish.title,
        length_s=wish.length_s,
        places=wish.guests,
        invite_minutes=MAX_INVITE_MINUTES,
    )
    decision = plan.decide()
    if isinstance(decision, Deny):
        raise UsageError(f"this cannot be hosted: {decision.detail}", code=decision.rule)


class _Hosting:
    """The sessions of this process while they run: what happens is told, what is typed is done."""

    def __init__(self, wish: HostWish, doors: Doors, report: Report, lines: TypedLines) -> None:
        self._wish = wish
        self._doors = doors
        self._report = report
        self._lines = lines
        self._bridge: Bridge | None = None
        self._running: list[str] = []
        self._status = EXIT_OK
        self._waiting: dict[str, tuple[str, str]] = {}
        """Peer id to session and name of everybody who knocks."""
        self._watched: dict[str, str] = {}
        """Peer id to session of everybody whom something speaks against."""

    async def run(self) -> int:
        async with self._doors.open_bridge(self._wish.profile) as bridge:
            with bridge.events() as events:
                opened = await _open(self._wish, bridge, self._report)
                self._bridge, self._running = bridge, [view.session_id for view in opened]
                async with asyncio.TaskGroup() as group:
                    typing = group.create_task(self._obey(bridge), name="typed lines")
                    await self._follow(events)
                    typing.cancel()
        return self._status

    async def end(self) -> bool:
        """End every session for everyone; False when none runs yet."""
        if self._bridge is None:
            return False
        self._report.hint("stop_again")
        for session_id in tuple(self._running):
            try:
                await self._bridge.end_ephemeral_session(session_id)
            except HorizonError as exc:
                self._report.error(exc)
        return True

    async def _follow(self, events: AsyncIterator[Event]) -> None:
        """Tell every fact until the last session has ended."""
        async for fact in events:
            if isinstance(fact, PeerKnocked):
                self._waiting[fact.peer_id] = (fact.session_id, fact.name)
            elif isinstance(fact, KnockClosed):
                self._waiting.pop(fact.peer_id, None)
            elif isinstance(fact, RiskAssessed):
                self._watch(fact)
            self._report.event(fact)
            if isinstance(fact, SessionEnded) and fact.session_id in self._running:
                self._running.remove(fact.session_id)
                self._status = EXIT_CRASHED if fact.reason == "crash" else self._status
                if not self._running:
                    return

    async def _obey(self, bridge: Bridge) -> None:
        while (line := await self._lines.next()) is not None:
            try:
                await self._do(line, bridge)
            except HorizonError as exc:
                self._report.error(exc)

    def _watch(self, fact: RiskAssessed) -> None:
        if fact.response == "allow":
            self._watched.pop(fact.peer_id, None)
        else:
            self._watched[fact.peer_id] = fact.session_id

    async def _do(self, line: str, bridge: Bridge) -> None:
        peer_id = trusted(line, self._watched)
        if peer_id:
            await bridge.trust(self._watched[peer_id], peer_id)
            return
        wanted = read_line(line, {peer: name for peer, (_, name) in self._waiting.items()})
        match wanted:
            case LetIn(peer_id, role):
                await bridge.admit(self._waiting[peer_id][0], peer_id, role=role)
            case TurnAway(peer_id):
                await bridge.decline(self._waiting[peer_id][0], peer_id)
            case SayLine(text):
                for session_id in tuple(self._running):
                    await bridge.say(session_id, text)
            case None:
                return
