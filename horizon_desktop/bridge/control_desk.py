"""ControlDesk: answers what other processes of this profile ask, over the bridge."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.bridge.views import InviteView, SessionView
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.errors import HorizonError, UsageError
from horizon_desktop.ports.control import (
    ControlReply,
    ControlRequest,
    CreateInvite,
    EndSession,
    ExtendSession,
    GuestLine,
    GuestRevoked,
    InviteCreated,
    InviteLine,
    LinkMeasured,
    ListSessions,
    MeasureLink,
    Refused,
    RevokeGuest,
    SessionClosed,
    SessionExtended,
    SessionLine,
    SessionsListed,
)

_RUNNING: Final = frozenset({"open", "read_only"})


class ControlDesk:
    """Lives beside the bridge, on its loop. What is asked before the bridge is open waits for it."""

    def __init__(self, bridge: Bridge | None = None) -> None:
        self._opened: asyncio.Future[Bridge] = asyncio.get_running_loop().create_future()
        if bridge is not None:
            self.attach(bridge)
        self._answers: dict[type, Callable[[Any], Coroutine[Any, Any, ControlReply]]] = {
            ListSessions: self._list,
            CreateInvite: self._invite,
            ExtendSession: self._extend,
            RevokeGuest: self._revoke,
            EndSession: self._end,
            MeasureLink: self._measure,
        }

    def attach(self, bridge: Bridge) -> None:
        """Answer over this bridge from now on."""
        self._opened.set_result(bridge)

    async def answer(self, request: ControlRequest) -> ControlReply:
        """Do what is asked and say what came of it; a HorizonError becomes a Refused."""
        await asyncio.wait((self._opened,))
        try:
            return await self._answers[type(request)](request)
        except HorizonError as exc:
            return Refused(key=exc.key, values=exc.values, message=str(exc), exit_status=exc.exit_status)

    @property
    def _bridge(self) -> Bridge:
        return self._opened.result()

    async def _list(self, _: ListSessions) -> SessionsListed:
        lines = []
        for view in await self._bridge.sessions():
            has_invites = view.is_host and view.state in _RUNNING
            invites = await self._bridge.invites(view.session_id) if has_invites else ()
            lines.append(session_line(view, invites))
        return SessionsListed(sessions=tuple(lines))

    async def _invite(self, request: CreateInvite) -> InviteCreated:
        session = await self._hosted(request.session_id)
        invite = await self._bridge.create_invite(session.session_id, places=request.places)
        return InviteCreated(
            session_id=session.session_id,
            link=invite.app_link,
            code=invite.code,
            expires_at=invite.expires_at,
        )

    async def _extend(self, request: ExtendSession) -> SessionExtended:
        session = await self._hosted(request.session_id)
        extended = await self._bridge.extend(session.session_id, minutes=request.minutes)
        return SessionExtended(session_id=extended.session_id, expires_at=extended.expires_at)

    async def _revoke(self, request: RevokeGuest) -> GuestRevoked:
        session = await self._hosted(request.session_id)
        guest = one_person(request.peer, session.participants)
        await self._bridge.revoke(session.session_id, guest.peer_id)
        return GuestRevoked(session_id=session.session_id, guest=guest_line(guest))

    async def _end(self, request: EndSession) -> SessionClosed:
        session = one_session(request.session_id, await self._bridge.sessions())
        if session.is_host:
            await self._bridge.end_ephemeral_session(session.session_id)
        else:
            await self._bridge.leave(session.session_id)
        return SessionClosed(session_id=session.session_id)

    async def _measure(self, request: MeasureLink) -> LinkMeasured:
        running = [view for view in await self._bridge.sessions() if view.state in _RUNNING]
        session = one_session(request.session_id, running)
        found = await self._bridge.measure_link(
            session.session_id,
            measured_person(request.peer, session).peer_id,
            is_sent=request.is_sent,
            most_bytes=request.most_bytes,
            most_ms=request.most_ms,
        )
        told = {name: getattr(found, name) for name in found.__struct_fields__}
        return LinkMeasured(session_id=session.session_id, **told)

    async def _hosted(self, prefix: str) -> SessionView:
        sessions = await self._bridge.sessions()
        return one_session(prefix, [view for view in sessions if view.is_host and view.state in _RUNNING])


def one_session(prefix: str, sessions: Sequence[SessionView]) -> SessionView:
    """Return the only session whose id begins so.

    Raises:
        UsageError: none does (session.unknown), or several do (session.ambiguous).
    """
    found = [view for view in sessions if view.session_id.startswith(prefix.lower())]
    if not found:
        raise UsageError("no session here has that id", code="session.unknown")
    if len(found) > 1:
        raise UsageError(f"{len(found)} sessions match: say which by its id", code="session.ambiguous", n=len(found))
    return found[0]


def one_person(wanted: str, people: tuple[Participant, ...]) -> Participant:
    """Return the only guest with this name, or whose id begins so.

    Raises:
        UsageError: none does (peer.unknown), or several do (peer.ambiguous).
    """
    guests = [person for person in people if person.role != "host"]
    found = [person for person in guests if person.name.casefold() == wanted.casefold()]
    found = found or [person for person in guests if wanted and person.peer_id.startswith(wanted.lower())]
    if not found:
        raise UsageError(f"nobody here is called {wanted}", code="peer.unknown", peer=wanted)
    if len(found) > 1:
        raise UsageError(f"{len(found)} guests match {wanted}", code="peer.ambiguous", peer=wanted, n=len(found))
    return found[0]


def measured_person(wanted: str, session: SessionView) -> Participant:
    """Return who is at the other end: a guest's host, a host's guest of this name, or its only one.

    Raises:
        UsageError: nobody is (peer.unknown), or several are (peer.ambiguous).
    """
    if not session.is_host:
        return next(person for person in session.participants if person.role == "host")
    guests = tuple(person for person in session.participants if person.role != "host")
    return guests[0] if len(guests) == 1 and not wanted else one_person(wanted, guests)


def guest_line(person: Participant) -> GuestLine:
    """Return a participant as the command line lists them."""
    return GuestLine(peer_id=person.peer_id, name=person.name, role=person.role, device=person.device, path=person.path)


def session_line(view: SessionView, invites: Sequence[InviteView]) -> SessionLine:
    """Return a session as the command line lists it; secrets of its invites stay here."""
    return SessionLine(
        session_id=view.session_id,
        session_type=view.session_type,
        title=view.title,
        is_host=view.is_host,
        state=view.state,
        expires_at=view.expires_at,
        people=tuple(guest_line(person) for person in view.participants),
        invites=tuple(
            InviteLine(
                name=invite.name,
                state=invite.state,
                places=invite.places,
                places_taken=invite.places_taken,
                tries_left=invite.tries_left,
                expires_at=invite.expires_at,
            )
            for invite in invites
        ),
    )
