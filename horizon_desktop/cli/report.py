"""What a command tells: to a program as JSON lines, to a person as sentences. Both say the same facts."""

import json
import sys
from typing import Protocol, TextIO

from horizon_desktop.bridge.views import DeviceInfo, InviteView, PreviewView, SessionView
from horizon_desktop.cli import json_events
from horizon_desktop.cli.doors import HubReady
from horizon_desktop.cli.json_events import JsonObject
from horizon_desktop.cli.texts import note, sentence
from horizon_desktop.domain.collaboration.diagnosis import Diagnosis, Verdict
from horizon_desktop.domain.events import Event, PeerKnocked
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import Origin
from horizon_desktop.ports.control import (
    GuestRevoked,
    InviteCreated,
    SessionClosed,
    SessionExtended,
    SessionLine,
)


class Report(Protocol):
    """Where a command's facts go. Raises BrokenPipeError when nobody reads any more."""

    def session(self, view: SessionView) -> None: ...
    def arrival(self, view: SessionView, device: DeviceInfo) -> None:
        """Tell that we ourselves were let in."""
        ...

    def invite(self, invite: InviteView) -> None: ...
    def preview(self, preview: PreviewView) -> None: ...
    def event(self, fact: Event) -> None: ...
    def waiting(self, fact: PeerKnocked) -> None:
        """Tell that we ourselves wait to be let in."""
        ...

    def error(self, error: HorizonError) -> None: ...
    def warn(self, key: str) -> None:
        """Tell something that concerns the person who started the command, on stderr."""
        ...

    def hint(self, key: str, **values: str | int) -> None:
        """Tell something that only people want to read."""
        ...

    def ready(self, hub: HubReady) -> None: ...
    def listed(self, line: SessionLine) -> None: ...
    def created(self, invite: InviteCreated) -> None: ...
    def extended(self, session: SessionExtended) -> None: ...
    def revoked(self, guest: GuestRevoked) -> None: ...
    def closed(self, session: SessionClosed) -> None: ...
    def setting(self, origin: Origin) -> None: ...
    def told(self, text: str, data: JsonObject | None = None) -> None:
        """Tell lines for people, and one object for programs; without an object people alone are told."""
        ...

    def check(self, verdict: Verdict) -> None: ...
    def diagnosis(self, diagnosis: Diagnosis) -> None:
        """Tell what all checks come to."""
        ...


class JsonReport:
    """One object a line on stdout, ASCII only, so that no name can steer a terminal. Errors also go to stderr."""

    def __init__(self, clock: Clock, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._clock = clock
        self._out = sys.stdout if out is None else out
        self._err = sys.stderr if err is None else err

    def session(self, view: SessionView) -> None:
        self._print(json_events.of_session(view))

    def arrival(self, view: SessionView, device: DeviceInfo) -> None:
        self._print(json_events.of_own_arrival(view, device.name, device.device))

    def invite(self, invite: InviteView) -> None:
        self._print(json_events.of_invite(invite))

    def preview(self, preview: PreviewView) -> None:
        self._print(json_events.of_preview(preview))

    def event(self, fact: Event) -> None:
        found = json_events.of_event(fact)
        if found is not None:
            self._print(found)
            if found["event"] == "error":
                print(found["message"], file=self._err)

    def waiting(self, fact: PeerKnocked) -> None:
        self.event(fact)

    def error(self, error: HorizonError) -> None:
        self._print(json_events.of_error(error))
        print(sentence(error.key, error.values), file=self._err)

    def warn(self, key: str) -> None:
        print(note(key), file=self._err)

    def hint(self, key: str, **values: str | int) -> None:
        """Programs need no hints."""

    def ready(self, hub: HubReady) -> None:
        self._print({"event": "ready", "url": hub.url, "pin": hub.pin})

    def listed(self, line: SessionLine) -> None:
        self._print(json_events.of_line(line))

    def created(self, invite: InviteCreated) -> None:
        self._print(json_events.of_created(invite))

    def extended(self, session: SessionExtended) -> None:
        self._print({"event": "extended", "expires_at": session.expires_at.iso(), "session_id": session.session_id})

    def revoked(self, guest: GuestRevoked) -> None:
        person = guest.guest
        self._print(
            {
                "event": "left",
                "peer_id": person.peer_id,
                "name": person.name,
                "role": person.role,
                "device": person.device,
                "reason": "revoked",
            }
        )

    def closed(self, session: SessionClosed) -> None:
        self._print({"event": "ended", "reason": "host", "session_id": session.session_id})

    def told(self, text: str, data: JsonObject | None = None) -> None:
        if data is not None:
            self._print(data)

    def setting(self, origin: Origin) -> None:
        told = {"name": origin.name, "value": origin.value, "layer": origin.layer, "where": origin.where}
        self._print({"event": "setting", **told})

    def check(self, verdict: Verdict) -> None:
        self._print(json_events.of_verdict(verdict))

    def diagnosis(self, diagnosis: Diagnosis) -> None:
        self._print(json_events.of_diagnosis(diagnosis))

    def _print(self, found: JsonObject) -> None:
        line = {"event": found["event"], "at": self._clock.now().instant.iso(), **found}
        self._out.write(json.dumps(line, ensure_ascii=True) + "\n")
        self._out.flush()
