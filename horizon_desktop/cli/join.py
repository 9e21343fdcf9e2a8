"""`horizon join`: a guest without a window; with --mirror the shared files are a folder that any editor may change."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.bridge.views import SessionView
from horizon_desktop.cli.credentials import Credentials, ask_code, find_link
from horizon_desktop.cli.doors import Doors
from horizon_desktop.cli.report import Report
from horizon_desktop.cli.shutdown import run_until_stopped
from horizon_desktop.cli.typed_lines import TypedLines
from horizon_desktop.domain.access.code import parse_code
from horizon_desktop.domain.events import (
    ClockSkewed,
    Event,
    HubChanged,
    PeerEntered,
    PeerGone,
    PeerKnocked,
    SessionEnded,
)
from horizon_desktop.domain.plain_text import plain_name
from horizon_desktop.errors import (
    EXIT_OK,
    EXIT_REFUSED,
    EXIT_REVOKED,
    EXIT_UNREACHABLE,
    HorizonError,
    InviteRefused,
    UsageError,
)

_STATUS: Final = {"revoked": EXIT_REVOKED, "lost": EXIT_UNREACHABLE, "crash": EXIT_UNREACHABLE, "mirror": EXIT_REFUSED}
MAX_NAME: Final = 40
_AGAIN: Final = frozenset({"code.typo", "code.wrong", "code.wrong.last"})


_BEFORE: Final = (ClockSkewed, HubChanged)
"""Facts that are told even before we are in."""


class JoinWish(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say. Link and code never show in its repr."""

    link: str | None
    code: str | None
    file: Path | None
    name: str
    mirror: Path | None
    is_mirror_forced: bool = False
    is_direct_allowed: bool = True
    profile: str | None = None

    def __repr__(self) -> str:
        return f"JoinWish({self.name})"


async def join(wish: JoinWish, doors: Doors, report: Report, lines: TypedLines) -> int:
    """Preview, redeem, wait, take part; return the exit status."""
    joining = _Joining(wish, doors, report, lines)
    return await run_until_stopped(joining.run(), joining.leave)


class _Joining:
    """One guest's way into a session and out of it."""

    def __init__(self, wish: JoinWish, doors: Doors, report: Report, lines: TypedLines) -> None:
        self._wish = wish
        self._report = report
        self._lines = lines
        self._doors = doors
        self._device = doors.this_device(plain_name(wish.name, most_characters=MAX_NAME))
        self._bridge: Bridge | None = None
        self._session: SessionView | None = None
        self._is_in = asyncio.Event()
        self._inside: set[str] = set()
        self._ended: dict[str, SessionEnded] = {}

    async def run(self) -> int:
        wish = self._wish
        if not self._device.name:
            raise UsageError("a name has at least one visible character", code="name.empty")
        credentials = await find_link(wish.link, wish.code, wish.file, self._lines)
        if credentials.has_warning:
            self._report.warn("arguments")
        if credentials.code is not None:
            parse_code(credentials.code)
        async with self._doors.open_bridge(wish.profile, is_direct_allowed=wish.is_direct_allowed) as bridge:
            with bridge.events() as events:
                return await self._take_part(bridge, events, credentials)

    async def leave(self) -> bool:
        """Leave the session for good; False when we are in none yet."""
        if self._bridge is None or self._session is None:
            return False
        await self._bridge.leave(self._session.session_id)
        return True

    async def _take_part(self, bridge: Bridge, events: AsyncIterator[Event], credentials: Credentials) -> int:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(self._follow(events), name="events")
            view = await self._come_back(bridge, credentials.link) or await self._redeem(bridge, credentials)
            self._enter(bridge, view)
            if view.session_id in self._ended:  # over before we could look round
                following.cancel()
                self._tell(self._ended[view.session_id])
                return self._status_after(self._ended[view.session_id]) or EXIT_OK
            typing = group.create_task(self._say_lines(bridge, view.session_id), name="typed lines")
            status = await following
            typing.cancel()
        return status

    async def _come_back(self, bridge: Bridge, link: str) -> SessionView | None:
        """Return the session when this device is in it already, so that no code is needed; else None."""
        if not any(view.state == "interrupted" and not view.is_host for view in await bridge.sessions()):
            return None
        try:
            return await self._join(bridge, link, "")
        except InviteRefused as exc:
            if exc.key == "code.typo":  # no session of this link is known here: the empty code was looked at
                return None
            raise

    async def _redeem(self, bridge: Bridge, credentials: Credentials) -> SessionView:
        preview = await bridge.preview(credentials.link)
        self._report.preview(preview)
        code = credentials.code or await self._asked_code()
        while True:
            try:
                return await self._join(bridge, credentials.link, code)
            except InviteRefused as exc:
                if exc.key not in _AGAIN or not self._lines.is_person:
                    raise
                self._report.error(exc)
            code = await self._asked_code()

    async def _asked_code(self) -> str:
        while True:
            code = await ask_code(self._lines)
            try:
                parse_code(code)
            except InviteRefused as exc:
                if not self._lines.is_person:
                    raise
                self._report.error(exc)
            else:
                return code

    async def _join(self, bridge: Bridge, link: str, code: str) -> SessionView:
        wish = self._wish
        return await bridge.join_ephemeral_session(
            link, code, self._device, mirror=wish.mirror, is_mirror_forced=wish.is_mirror_forced
        )

    def _enter(self, bridge: Bridge, view: SessionView) -> None:
        """We are in: tell so; what happened in the session meanwhile is told after it."""
        self._report.session(view)
        self._report.arrival(view, self._device)
        self._report.hint("chat_hint")
        self._inside.add(view.own_peer_id)
        self._bridge, self._session = bridge, view
        self._is_in.set()

    async def _follow(self, events: AsyncIterator[Event]) -> int:
        """Tell every fact, those of the session after we are in; return the exit status at its end."""
        async for fact in events:
            if isinstance(fact, PeerKnocked):
                self._report.waiting(fact)
                continue
            if not self._is_in.is_set() and not isinstance(fact, _BEFORE):
                if isinstance(fact, SessionEnded):
                    self._ended[fact.session_id] = fact  # mostly of others, which ran out while nobody watched
                    continue
                await self._is_in.wait()
            self._tell(fact)
            status = self._status_after(fact)
            if status is not None:
                return status
        return EXIT_UNREACHABLE

    def _status_after(self, fact: Event) -> int | None:
        """Return the exit status when this fact ends our session."""
        session = self._session
        if session is None or not isinstance(fact, SessionEnded) or fact.session_id != session.session_id:
            return None
        return _STATUS.get(fact.reason, EXIT_OK)

    def _tell(self, fact: Event) -> None:
        if isinstance(fact, PeerEntered):
            if fact.participant.peer_id in self._inside:
                return
            self._inside.add(fact.participant.peer_id)
        elif isinstance(fact, PeerGone):
            self._inside.discard(fact.participant.peer_id)
        self._report.event(fact)

    async def _say_lines(self, bridge: Bridge, session_id: str) -> None:
        while (line := await self._lines.next()) is not None:
            if not line.strip():
                continue
            try:
                await bridge.say(session_id, line.strip())
            except HorizonError as exc:
                self._report.error(exc)
