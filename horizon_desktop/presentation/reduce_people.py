"""How facts about people change the state: who knocks, who is here, how they are heard, what they say."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.collaboration.presence import Participant, Quality
from horizon_desktop.domain.events import (
    AccessChanged,
    ChatSaid,
    CodeTried,
    KnockClosed,
    LinkBack,
    LinkSilent,
    PathChanged,
    PeerEntered,
    PeerGone,
    PeerKnocked,
    PeerMuted,
    QualityMeasured,
    RosterChanged,
    TimeAsked,
)
from horizon_desktop.presentation.changes import (
    host_name,
    participant_of,
    put,
    session_of,
    with_session,
    with_toast,
    without,
)
from horizon_desktop.presentation.facts import ChatRead, InvitesRead
from horizon_desktop.presentation.state import AppState, ChatLine, Knock, Silence

Handler = Callable[[AppState, Any], AppState]
_TOLD_TRIES_LEFT: Final = 2
"""The third wrong code is told (SPEC section 4: five tries)."""
_SHOWN_STAGES: Final = frozenset({"chip", "banner"})
_NO_RISK: Final = "low"


def peer_knocked(state: AppState, event: PeerKnocked) -> AppState:
    """Host: a card. Guest: the join page waits."""
    session = session_of(state, event.session_id)
    if session is not None and session.is_host:
        knock = Knock(
            peer_id=event.peer_id,
            name=event.name,
            role=event.role,
            device=event.device,
            pictures=event.pictures,
            answer_by=event.answer_by,
            is_known=event.is_known,
            reasons=event.reasons if event.risk != _NO_RISK else (),
        )
        others = tuple(other for other in session.knocks if other.peer_id != event.peer_id)
        return with_session(state, event.session_id, knocks=(*others, knock))
    if state.join is None:
        return state
    waiting = msgspec.structs.replace(
        state.join, stage="waiting", pictures=event.pictures, answer_by=event.answer_by, problem=None
    )
    return msgspec.structs.replace(state, join=waiting)


def knock_closed(state: AppState, event: KnockClosed) -> AppState:
    """The knock was answered, timed out or was taken back."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    left = tuple(knock for knock in session.knocks if knock.peer_id != event.peer_id)
    return with_session(state, event.session_id, knocks=left)


def with_people(state: AppState, session_id: str, people: tuple[Participant, ...]) -> AppState:
    """Return the state with these people in a session."""
    return msgspec.structs.replace(state, ephemeral_participants=put(state.ephemeral_participants, session_id, people))


def peer_entered(state: AppState, event: PeerEntered) -> AppState:
    """Somebody is here for the first time."""
    people = state.ephemeral_participants.get(event.session_id, ())
    is_news = participant_of(state, event.session_id, event.participant.peer_id) is None
    others = tuple(person for person in people if person.peer_id != event.participant.peer_id)
    state = with_people(state, event.session_id, (*others, event.participant))
    session = session_of(state, event.session_id)
    is_self = session is not None and session.own_peer_id == event.participant.peer_id
    if not is_news or is_self or event.participant.role == "host":
        return state
    return with_toast(state, "toast.joined", name=event.participant.name)


def peer_gone(state: AppState, event: PeerGone) -> AppState:
    """Somebody left for good: every trace of where they were goes, what they wrote stays."""
    peer_id = event.participant.peer_id
    people = state.ephemeral_participants.get(event.session_id, ())
    state = with_people(state, event.session_id, tuple(person for person in people if person.peer_id != peer_id))
    session = session_of(state, event.session_id)
    if session is None:
        return state
    state = with_session(
        state,
        event.session_id,
        cursors=without(session.cursors, peer_id),
        qualities=without(session.qualities, peer_id),
        doubts=without(session.doubts, peer_id),
        silences=without(session.silences, peer_id),
        asked_minutes=without(session.asked_minutes, peer_id),
        applying=without(session.applying, peer_id),
        following="" if session.following == peer_id else session.following,
        revoke_asked="" if session.revoke_asked == peer_id else session.revoke_asked,
    )
    if event.reason == "ended":
        return state
    return with_toast(state, "toast.left", tone="info", name=event.participant.name)


def roster_changed(state: AppState, event: RosterChanged) -> AppState:
    """The host's list of people; a change of role that it confirms is no longer pending."""
    state = with_people(state, event.session_id, event.participants)
    session = session_of(state, event.session_id)
    if session is None or not session.applying:
        return state
    roles = {person.peer_id: person.role for person in event.participants}
    applying = {peer: role for peer, role in session.applying.items() if roles.get(peer, role) != role}
    return with_session(state, event.session_id, applying=applying)


def path_changed(state: AppState, event: PathChanged) -> AppState:
    """The link of a peer moved to another path."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    quality = Quality(path=event.path, rtt_ms=event.rtt_ms)
    return with_session(state, event.session_id, qualities=put(session.qualities, event.peer_id, quality))


def quality_measured(state: AppState, event: QualityMeasured) -> AppState:
    """Heartbeats say how well a peer is heard."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    return with_session(state, event.session_id, qualities=put(session.qualities, event.peer_id, event.quality))


def link_silent(state: AppState, event: LinkSilent) -> AppState:
    """Nothing is heard from a peer."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    known = session.silences.get(event.peer_id)
    since = state.now if known is None else known.since
    silence = Silence(stage=event.stage, since=since, resume_by=event.resume_by)
    return with_session(state, event.session_id, silences=put(session.silences, event.peer_id, silence))


def link_back(state: AppState, event: LinkBack) -> AppState:
    """A peer is heard again; a silence that was shown is taken back in words too."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    known = session.silences.get(event.peer_id)
    state = with_session(state, event.session_id, silences=without(session.silences, event.peer_id), waiting_edits=0)
    if known is None or known.stage not in _SHOWN_STAGES:
        return state
    return with_toast(state, "net.back", k=event.edits_sent)


def access_changed(state: AppState, event: AccessChanged) -> AppState:
    """Guest: the host changed what we may do."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    is_news = session.role not in {"", event.role} or dict(session.channels) != event.channels
    state = with_session(state, event.session_id, role=event.role, channels=event.channels)
    if not is_news:
        return state
    may_edit = event.channels.get(ChannelKind.EDITS, ChannelAccess.CLOSED) == ChannelAccess.USE
    now = event.role if may_edit else Role.OBSERVER.value  # an editor whose input is paused may read like any other
    return with_toast(state, "access.changed", tone="info", host=host_name(state, event.session_id), list=now)


def code_tried(state: AppState, event: CodeTried) -> AppState:
    """Host: a wrong code was entered; the third one is told."""
    invites = tuple(
        msgspec.structs.replace(invite, tries_left=event.tries_left) if invite.name == event.invite_name else invite
        for invite in state.pending_invites.get(event.session_id, ())
    )
    state = msgspec.structs.replace(state, pending_invites=put(state.pending_invites, event.session_id, invites))
    if event.tries_left != _TOLD_TRIES_LEFT:
        return state
    return with_toast(state, "toast.code", tone="warn", name=event.invite_name, n=event.tries_left)


def invites_read(state: AppState, fact: InvitesRead) -> AppState:
    """The invites of an own session as the bridge knows them."""
    return msgspec.structs.replace(state, pending_invites=put(state.pending_invites, fact.session_id, fact.invites))


def peer_muted(state: AppState, event: PeerMuted) -> AppState:
    """Host: a guest sent too much that was not allowed."""
    person = participant_of(state, event.session_id, event.peer_id)
    return with_toast(state, "toast.muted", tone="warn", name=person.name if person else event.peer_id[:8])


def chat_said(state: AppState, event: ChatSaid) -> AppState:
    """Keep messages in the host's order, each once; count those that nobody saw yet."""
    session = session_of(state, event.session_id)
    if session is None or any(line.message_id == event.message_id for line in session.chat):
        return state
    line = ChatLine(message_id=event.message_id, peer_id=event.peer_id, name=event.name, at=event.at, text=event.text)
    chat = (*session.chat, line)
    if len(chat) > 1 and chat[-2].message_id > line.message_id:
        chat = tuple(sorted(chat, key=lambda said: said.message_id))
    is_seen = event.peer_id == session.own_peer_id or is_chat_seen(state, event.session_id)
    return with_session(
        state,
        event.session_id,
        chat=chat,
        unread=session.unread if is_seen else session.unread + 1,
        last_used=put(session.last_used, (event.peer_id, "chat"), state.now),
    )


def is_chat_seen(state: AppState, session_id: str) -> bool:
    """Whether the chat of a session is on the screen now."""
    session = state.active_sessions.get(session_id)
    is_front = state.page == "workspace" and state.front_session == session_id
    return session is not None and is_front and session.panel == "chat" and state.is_window_in_front


def chat_read(state: AppState, fact: ChatRead) -> AppState:
    """History that came in one piece: nothing in it is news."""
    session = session_of(state, fact.session_id)
    if session is None:
        return state
    known = {line.message_id: line for line in (*fact.lines, *session.chat)}
    return with_session(state, fact.session_id, chat=tuple(known[number] for number in sorted(known)))


def time_asked(state: AppState, event: TimeAsked) -> AppState:
    """Host: a guest asks for more time; it stands at their row."""
    session = session_of(state, event.session_id)
    if session is None or not session.is_host:
        return state
    asked = put(session.asked_minutes, event.peer_id, event.minutes)
    return with_session(state, event.session_id, asked_minutes=asked)


HANDLERS: Final[Mapping[type, Handler]] = {
    PeerKnocked: peer_knocked,
    KnockClosed: knock_closed,
    PeerEntered: peer_entered,
    PeerGone: peer_gone,
    RosterChanged: roster_changed,
    PathChanged: path_changed,
    QualityMeasured: quality_measured,
    LinkSilent: link_silent,
    LinkBack: link_back,
    AccessChanged: access_changed,
    CodeTried: code_tried,
    InvitesRead: invites_read,
    PeerMuted: peer_muted,
    ChatSaid: chat_said,
    ChatRead: chat_read,
    TimeAsked: time_asked,
}
