"""Facts as JSON objects, one a line: the table of the command line's --json (docs: README and user guide)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from horizon_desktop.bridge.views import InviteView, PreviewView, SessionView
from horizon_desktop.cli.doctor_texts import advice_words, cause_words
from horizon_desktop.cli.texts import sentence, trouble_sentence
from horizon_desktop.domain.access.facts import RiskAssessed
from horizon_desktop.domain.collaboration.diagnosis import Diagnosis, Verdict
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.events import (
    ActionRefused,
    ChatSaid,
    ClockSkewed,
    Event,
    FileSaved,
    FileTrouble,
    LeaseExtended,
    LeaseWarning,
    PathChanged,
    PeerEntered,
    PeerGone,
    PeerKnocked,
    SessionEnded,
)
from horizon_desktop.domain.usage.facts import PurseMoved, QuotaWarned
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.control import InviteCreated, SessionLine

JsonObject = dict[str, Any]
"""What json.dumps takes; made here and printed at once, never passed on."""


def _person(event: str, participant: Participant) -> JsonObject:
    return {
        "event": event,
        "peer_id": participant.peer_id,
        "name": participant.name,
        "role": participant.role,
        "device": participant.device,
    }


def _waiting(fact: PeerKnocked) -> JsonObject:
    return {
        "event": "waiting",
        "peer_id": fact.peer_id,
        "name": fact.name,
        "role": fact.role,
        "device": fact.device,
        "pictures": list(fact.pictures),
    }


def _refused(fact: ActionRefused) -> JsonObject:
    return {"event": "refused", "peer_id": fact.peer_id, "channel": fact.channel, "rule": fact.rule}


def _risk(fact: RiskAssessed) -> JsonObject:
    told = {"peer_id": fact.peer_id, "level": fact.level, "response": fact.response, "reasons": list(fact.reasons)}
    return {"event": "risk", **told}


def _purse(fact: PurseMoved) -> JsonObject:
    amounts = {name: str(getattr(fact, name)) for name in ("used", "limit", "ceiling", "cost")}
    told = {"resource": fact.resource, **amounts, "is_stopped": fact.is_stopped, "reason": fact.reason}
    return {"event": "purse", **told}


def _chat(fact: ChatSaid) -> JsonObject:
    return {"event": "chat", "peer_id": fact.peer_id, "name": fact.name, "text": fact.text}


def _trouble(fact: FileTrouble) -> JsonObject:
    return {"event": "error", "code": fact.code, "message": trouble_sentence(fact.code, fact.file)}


def _path(fact: PathChanged) -> JsonObject:
    return {"event": "path", "peer_id": fact.peer_id, "path": fact.path, "rtt_ms": fact.rtt_ms}


_EVENTS: Final[Mapping[type, Callable[[Any], JsonObject]]] = {
    PeerKnocked: _waiting,
    PeerEntered: lambda fact: _person("joined", fact.participant),
    PeerGone: lambda fact: {**_person("left", fact.participant), "reason": fact.reason},
    PathChanged: _path,
    FileSaved: lambda fact: {"event": "saved", "file": fact.file},
    LeaseWarning: lambda fact: {"event": "warning", "seconds_left": fact.seconds_left},
    LeaseExtended: lambda fact: {"event": "extended", "expires_at": fact.expires_at.iso()},
    SessionEnded: lambda fact: {"event": "ended", "reason": fact.reason},
    ActionRefused: _refused,
    RiskAssessed: _risk,
    PurseMoved: _purse,
    QuotaWarned: lambda fact: {"event": "purse_warning", "percent": fact.percent, "left": str(fact.left)},
    ChatSaid: _chat,
    FileTrouble: _trouble,
    ClockSkewed: lambda fact: _error("clock.skew", {"n": fact.minutes}),
}


def of_event(fact: Event) -> JsonObject | None:
    """Return the object for a fact, None for one that the table does not list."""
    make = _EVENTS.get(type(fact))
    return None if make is None else make(fact)


def of_session(view: SessionView) -> JsonObject:
    """Return the `session` object."""
    return {
        "event": "session",
        "session_id": view.session_id,
        "type": view.session_type,
        "expires_at": view.expires_at.iso(),
    }


def of_own_arrival(view: SessionView, name: str, device: str) -> JsonObject:
    """Return the `joined` object of the guest itself."""
    return {"event": "joined", "peer_id": view.own_peer_id, "name": name, "role": view.role, "device": device}


def of_invite(invite: InviteView) -> JsonObject:
    """Return the `invite` object, secrets included: stdout is where the host wants them."""
    return {
        "event": "invite",
        "link": invite.app_link,
        "code": invite.code,
        "expires_at": invite.expires_at.iso(),
        "web_link": invite.web_link,
    }


def of_created(invite: InviteCreated) -> JsonObject:
    """Return the `invite` object of an invite that the running process made."""
    return {"event": "invite", "link": invite.link, "code": invite.code, "expires_at": invite.expires_at.iso()}


def of_preview(preview: PreviewView) -> JsonObject:
    """Return the `preview` object."""
    return {
        "event": "preview",
        "host": preview.host_name,
        "type": preview.session_type,
        "access": {line.channel: line.access for line in preview.access},
        "expires_at": preview.expires_at.iso(),
        "title": preview.title,
        "role": preview.role,
    }


def of_line(line: SessionLine) -> JsonObject:
    """Return the `session` object of a listing."""
    return {
        "event": "session",
        "session_id": line.session_id,
        "type": line.session_type,
        "expires_at": line.expires_at.iso(),
        "title": line.title,
        "state": line.state,
        "is_host": line.is_host,
        "people": [
            {"peer_id": person.peer_id, "name": person.name, "role": person.role, "path": person.path}
            for person in line.people
        ],
        "invites": [
            {
                "name": invite.name,
                "state": invite.state,
                "places": invite.places,
                "places_taken": invite.places_taken,
                "tries_left": invite.tries_left,
            }
            for invite in line.invites
        ],
    }


def of_error(error: HorizonError) -> JsonObject:
    """Return the `error` object."""
    return _error(error.key, error.values)


def _error(key: str, values: Mapping[str, str | int]) -> JsonObject:
    return {"event": "error", "code": key, "message": sentence(key, values)}


def of_verdict(verdict: Verdict) -> JsonObject:
    """Return the object of one check of the network."""
    return {
        "event": "check",
        "check": verdict.check.value,
        "level": verdict.level.value,
        "cause": verdict.cause,
        "message": cause_words(verdict.cause, verdict.values),
        "advice": advice_words(verdict.advice),
    }


def of_diagnosis(diagnosis: Diagnosis) -> JsonObject:
    """Return the object of what all checks come to."""
    return {
        "event": "diagnosis",
        "cause": diagnosis.cause,
        "nat": diagnosis.nat.value,
        "path": diagnosis.path,
        "advice": advice_words(diagnosis.advice),
    }
