"""What the screen shows of people: badges, rows of the panel, quality of their links."""

from typing import Final

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.collaboration.presence import Participant, Presence
from horizon_desktop.presentation.changes import host_name, participant_of
from horizon_desktop.presentation.people import (
    CHANNEL_ORDER,
    BadgeView,
    Doing,
    ParticipantView,
    PeopleView,
    channel_marks,
    identity_of,
    initials,
)
from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.presentation.select_time import SECOND_MS, seconds_until, time_of_day
from horizon_desktop.presentation.state import AppState, Session

ACTIVE_MS: Final = 3000
"""A channel used within this time is shown as active."""
_SHOWN_STAGES: Final = frozenset({"chip", "banner"})


def people_of(state: AppState, session: Session) -> tuple[Participant, ...]:
    """Return everyone in join order, the host first."""
    people = state.ephemeral_participants.get(session.session_id, ())
    return tuple(sorted(people, key=lambda person: (person.role != "host", person.joined_at.ms, person.peer_id)))


def guests_of(state: AppState, session: Session) -> tuple[Participant, ...]:
    """Return everyone but the host."""
    return tuple(person for person in people_of(state, session) if person.role != "host")


def host_of(state: AppState, session: Session) -> str:
    """Return what the host is called here."""
    if session.is_host and state.profile is not None:
        return plain(state.profile.name)
    return plain(host_name(state, session.session_id))


def is_shown_silent(session: Session, peer_id: str) -> bool:
    """Whether the silence of a peer lasts long enough to be shown (5 s)."""
    silence = session.silences.get(peer_id)
    return silence is not None and silence.stage in _SHOWN_STAGES


def badge_of(session: Session, person: Participant) -> BadgeView:
    """Return the circle of one person."""
    name = plain(person.name)
    return BadgeView(
        peer_id=person.peer_id,
        name=name,
        initials=initials(name),
        color=identity_of(person.color),
        is_here=person.presence == Presence.HERE and not is_shown_silent(session, person.peer_id),
        is_host=person.role == "host",
        is_self=person.peer_id == session.own_peer_id,
    )


def badges_of(state: AppState, session: Session) -> tuple[BadgeView, ...]:
    """Return everybody's circle."""
    return tuple(badge_of(session, person) for person in people_of(state, session))


def own_badge(state: AppState) -> BadgeView:
    """Return the circle of this profile."""
    name = plain(state.profile.name) if state.profile else ""
    peer_id = state.profile.peer_id if state.profile else ""
    return BadgeView(peer_id=peer_id, name=name, initials=initials(name), color=0, is_self=True)


def people_in(state: AppState, session: Session, path: str, *, is_self_counted: bool) -> tuple[BadgeView, ...]:
    """Return who is in a file."""
    return tuple(
        badge_of(session, person)
        for person in people_of(state, session)
        if person.file == path and (is_self_counted or person.peer_id != session.own_peer_id)
    )


def people_view(state: AppState, session: Session) -> PeopleView:
    """Return the panel."""
    rows = tuple(participant_view(state, session, person) for person in people_of(state, session))
    return PeopleView(
        session_id=session.session_id,
        is_host=session.is_host,
        rows=rows,
        are_cursors_shown=state.are_cursors_shown,
    )


def participant_view(state: AppState, session: Session, person: Participant) -> ParticipantView:
    """Return one row of the panel."""
    is_self = person.peer_id == session.own_peer_id
    is_guest_of_ours = session.is_host and not is_self
    silence = session.silences.get(person.peer_id)
    return ParticipantView(
        badge=badge_of(session, person),
        role=session.applying.get(person.peer_id, person.role),
        doing=_doing(session, person),
        file=person.file.rsplit("/", 1)[-1],
        line=person.line,
        last_seen=time_of_day(state, silence.since) if silence and is_shown_silent(session, person.peer_id) else "",
        channels=channel_marks(_access_of(person), _active(state, session, person)),
        roles=tuple(role.value for role in Role) if is_guest_of_ours else (),
        may_follow=not is_self,
        is_followed=session.following == person.peer_id,
        may_revoke=is_guest_of_ours,
        is_revoke_asked=is_guest_of_ours and session.revoke_asked == person.peer_id,
        is_applying=person.peer_id in session.applying,
        asked_minutes=session.asked_minutes.get(person.peer_id, 0),
    )


def _access_of(person: Participant) -> dict[str, int]:
    """Return what a person may do on each channel; a host has them all."""
    if person.role == "host":
        return {name: int(ChannelAccess.USE) for name in CHANNEL_ORDER}
    return dict(person.channels)


def _doing(session: Session, person: Participant) -> Doing:
    if is_shown_silent(session, person.peer_id):
        return Doing.RECONNECTING
    if person.presence == Presence.AWAY:
        return Doing.AWAY
    if not person.file:
        return Doing.NOTHING
    may_edit = person.role == "host" or person.channels.get(ChannelKind.EDITS, 0) == ChannelAccess.USE
    return Doing.EDITING if may_edit else Doing.READING


def _active(state: AppState, session: Session, person: Participant) -> frozenset[str]:
    return frozenset(
        channel
        for (peer_id, channel), at in session.last_used.items()
        if peer_id == person.peer_id and state.now.since(at) < ACTIVE_MS
    )


def quality_peer(state: AppState, session: Session) -> str:
    """Return whose link the quality of a session stands for: the host's, or the worst heard guest's."""
    if not session.is_host:
        return next((person.peer_id for person in people_of(state, session) if person.role == "host"), "")
    guests = [person.peer_id for person in guests_of(state, session)]
    measured = [peer_id for peer_id in guests if peer_id in session.qualities]
    silent = [peer_id for peer_id in guests if is_shown_silent(session, peer_id)]
    if silent:
        return silent[0]
    return min(measured, key=lambda peer_id: session.qualities[peer_id].bars, default="")


def quality_view(state: AppState, session: Session) -> QualityView:
    """Return what the four bars show."""
    if session.is_host and not guests_of(state, session):
        return QualityView(relay=session.hub, is_alone=True)
    peer_id = quality_peer(state, session)
    quality = session.qualities.get(peer_id)
    silence = session.silences.get(peer_id) if is_shown_silent(session, peer_id) else None
    resume_left_s = -1 if silence is None else max(0, seconds_until(silence.resume_by, state.now))
    if quality is None:
        person = participant_of(state, session.session_id, peer_id)
        has_link = silence is None and person is not None and person.rtt_ms > 0
        if person is None or not has_link:
            return QualityView(relay=session.hub, resume_left_s=resume_left_s)
        return QualityView(bars=1, path=person.path, rtt_ms=person.rtt_ms, relay=session.hub)
    return QualityView(
        bars=0 if silence else quality.bars,
        path=quality.path,
        rtt_ms=quality.rtt_ms,
        loss_permille=quality.loss_permille,
        jitter_ms=quality.jitter_ms,
        sent_bytes_per_s=quality.sent_bytes_per_s,
        received_bytes_per_s=quality.received_bytes_per_s,
        relay=session.hub,
        resume_left_s=resume_left_s,
    )


def silent_ms(state: AppState, session: Session, peer_id: str) -> int:
    """Return for how long nothing was heard from a peer, by the stage that the link told and the time since."""
    silence = session.silences.get(peer_id)
    if silence is None:
        return 0
    told = {"suspect": 3, "chip": 5, "banner": 30}.get(silence.stage, 0) * SECOND_MS
    return max(told, state.now.since(silence.since))
