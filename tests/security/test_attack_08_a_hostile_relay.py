"""Attack 8: the relay drops, doubles, reorders, truncates and changes what it carries. No byte of a session changes.

Host and guest are whole profiles that work on one file over a real hub, whose way out to its clients is hostile.
"""

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.hub_server import WebHubListener
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.events import DocumentUpdated, PeerEntered
from horizon_desktop.hub.server import Hub, HubPolicy
from horizon_desktop.ports.documents import TextReplica
from horizon_desktop.ports.hub_server import CloseCode, HubService, HubSocket, Page, TlsIdentity
from tests.end_to_end.company import DEVICE, Somebody, eventually, host_a_file, open_text, somebody

RELAY_TAG: Final = 2
LANE_AT: Final = 5
HEAD_BYTES: Final = 6
APPLICATION_DATA: Final = 23
"""The type of a TLS record (RFC 8446, section 5.1)."""
HELLO_AT: Final = HEAD_BYTES + 5
CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
"""The types of handshake messages (RFC 8446, section 4)."""
DEADLINE_S: Final = 60.0
"""Each frame of a handshake that is swallowed costs the ten seconds that a handshake may take."""
LINES: Final = 40
MEDDLINGS: Final = 3
Meddle = Callable[[bytes, list[bytes]], Sequence[bytes]]
"""Turns a frame into those that are sent in its place; what it puts into the list is sent after the next frame."""


def drop(frame: bytes, held: list[bytes]) -> Sequence[bytes]:
    return []


def double(frame: bytes, held: list[bytes]) -> Sequence[bytes]:
    return [frame, frame]


def reorder(frame: bytes, held: list[bytes]) -> Sequence[bytes]:
    held.append(frame)
    return []


def truncate(frame: bytes, held: list[bytes]) -> Sequence[bytes]:
    return [frame[: max(HEAD_BYTES, len(frame) - 7)]]


def change(frame: bytes, held: list[bytes]) -> Sequence[bytes]:
    return [frame[:-1] + bytes([frame[-1] ^ 1])]


def is_record(frame: bytes) -> bool:
    return frame[HEAD_BYTES] == APPLICATION_DATA


def is_client_hello(frame: bytes) -> bool:
    return not is_record(frame) and frame[HELLO_AT : HELLO_AT + 1] == bytes([CLIENT_HELLO])


def is_server_hello(frame: bytes) -> bool:
    return not is_record(frame) and frame[HELLO_AT : HELLO_AT + 1] == bytes([SERVER_HELLO])


class HostileRelay:
    """Meddles with a few relay frames once it is told to, each time with one of the next twenty.

    Frames of the interactive lane that `to_swallow` describes never arrive, the first of each, in turn.
    """

    def __init__(self, meddle: Meddle, seed: int) -> None:
        self._meddle = meddle
        self._chance = random.Random(seed)
        self._held: list[bytes] = []
        self._wait = 0
        self.left = 0
        self.to_swallow: list[Callable[[bytes], bool]] = []

    def begin(self) -> None:
        self.left = MEDDLINGS

    def sent_for(self, frame: bytes) -> Iterator[bytes]:
        if frame[0] != RELAY_TAG or len(frame) <= HEAD_BYTES:
            yield frame
            return
        if self.to_swallow and frame[LANE_AT] == Lane.INTERACTIVE and self.to_swallow[0](frame):
            del self.to_swallow[0]
            return
        self._wait -= 1
        if self.left and self._wait <= 0:
            self.left -= 1
            self._wait = self._chance.randrange(1, 20)
            yield from self._meddle(frame, self._held)
            return
        yield frame
        held, self._held = self._held, []
        yield from held


class HostileSocket:
    """A client's WebSocket at a hub that sends it something else."""

    def __init__(self, inner: HubSocket, relay: HostileRelay) -> None:
        self._inner = inner
        self._relay = relay

    @property
    def source(self) -> str:
        return self._inner.source

    async def receive(self) -> bytes:
        return await self._inner.receive()

    async def send(self, frame: bytes) -> None:
        for each in self._relay.sent_for(frame):
            await self._inner.send(each)

    def prove(self) -> None:
        self._inner.prove()

    async def close(self, code: CloseCode, reason: str) -> None:
        await self._inner.close(code, reason)


class HostileService:
    """The hub, given hostile sockets."""

    def __init__(self, hub: HubService, relay: HostileRelay) -> None:
        self._hub = hub
        self._relay = relay

    @property
    def is_draining(self) -> bool:
        return self._hub.is_draining

    def knock(self, source: str, leave: Callable[[], None]) -> int | None:
        return self._hub.knock(source, leave)

    def left(self, ticket: int) -> None:
        self._hub.left(ticket)

    def page(self, path: str, *, source: str) -> Page:
        return self._hub.page(path, source=source)

    async def serve(self, socket: HubSocket) -> None:
        await self._hub.serve(HostileSocket(socket, self._relay))


class HostileListener:
    """The real listener in front of it."""

    def __init__(self, inner: WebHubListener, relay: HostileRelay) -> None:
        self._inner = inner
        self._relay = relay

    @property
    def port(self) -> int:
        return self._inner.port

    @property
    def host(self) -> str:
        return self._inner.host

    @property
    def identity(self) -> TlsIdentity:
        return self._inner.identity

    async def open(self) -> None:
        await self._inner.open()

    async def serve(self, service: HubService) -> None:
        await self._inner.serve(HostileService(service, self._relay))

    async def close(self) -> None:
        await self._inner.close()


class Writer:
    """Somebody with the file open in an editor, who appends numbered lines."""

    def __init__(self, person: Somebody, name: str) -> None:
        self._person = person
        self._name = name
        self._session_id = ""
        self._replica: TextReplica
        self._file_id = self._epoch = b""

    async def open(self, session_id: str) -> None:
        self._session_id = session_id
        self._replica, self._file_id, self._epoch = await open_text(self._person, session_id)

    async def write(self, number: int) -> None:
        at = len(self._replica.text())
        update = self._replica.splice(at, 0, f"{self._name} {number}\n")
        await self._person.bridge.apply_edit(self._session_id, self._file_id, self._epoch, update)

    def text(self) -> str:
        """Return what this editor shows, everything that has arrived taken in."""
        for fact in self._person.listener.heard:
            if isinstance(fact, DocumentUpdated) and fact.file_id == self._file_id:
                self._replica.apply(fact.update)
        return self._replica.text()


def shows(file: Path, line: str) -> bool:
    return line in file.read_text().splitlines()


def lines_of(name: str, text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"{name} ")]


@asynccontextmanager
async def writing_by(relay: HostileRelay, tmp_path: Path) -> AsyncIterator[tuple[Path, dict[str, Writer]]]:
    """Host and guest, with one file open in both their editors."""
    clock, entropy = SystemClock(), SystemEntropy()
    identity = own_identity(tmp_path / "hub", hosts=("127.0.0.1",), now=clock.now().instant)
    listener = HostileListener(WebHubListener(host="127.0.0.1", port=0, identity=identity), relay)
    file = tmp_path / "notes.txt"
    file.write_text("")
    async with (
        Hub(listener=listener, clock=clock, entropy=entropy, policy=HubPolicy()) as hub,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        session, invite = await host_a_file(host, file, hub=hub.url)
        joined = await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        await host.listener.until(PeerEntered)
        writers = {"host": Writer(host, "host"), "guest": Writer(guest, "guest")}
        await writers["host"].open(session.session_id)
        await writers["guest"].open(joined.session_id)
        yield file, writers


@pytest.mark.timeout(240)
@pytest.mark.parametrize("meddle", [drop, double, reorder, truncate, change], ids=lambda meddle: meddle.__name__)
async def test_whatever_the_relay_does_to_its_frames_no_byte_of_the_session_changes(
    tmp_path: Path, meddle: Meddle
) -> None:
    relay = HostileRelay(meddle, seed=8)
    async with writing_by(relay, tmp_path) as (file, writers):
        relay.begin()
        for number in range(1, LINES + 1):
            for writer in writers.values():
                await writer.write(number)
            if number % 10 == 0:
                await eventually(partial(shows, file, f"guest {number}"), "the guest's line", deadline_s=DEADLINE_S)
        await eventually(lambda: not relay.left, "the relay has done its worst")
        await eventually(lambda: writers["guest"].text() == file.read_text(), "one text", deadline_s=DEADLINE_S)
        for name in writers:
            expected = [f"{name} {number}" for number in range(1, LINES + 1)]
            assert lines_of(name, file.read_text()) == expected
            assert lines_of(name, writers["guest"].text()) == expected


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["host", "guest"])
@pytest.mark.parametrize(
    "swallowed",
    [(is_record,), (is_record, is_client_hello), (is_record, is_server_hello)],
    ids=lambda swallowed: "_".join(each.__name__ for each in swallowed),
)
async def test_a_last_edit_that_is_swallowed_arrives_though_nobody_writes_on(
    tmp_path: Path, swallowed: tuple[Callable[[bytes], bool], ...], name: str
) -> None:
    relay = HostileRelay(drop, seed=8)
    async with writing_by(relay, tmp_path) as (file, writers):
        relay.to_swallow += swallowed
        await writers[name].write(1)
        await eventually(lambda: file.read_text() == f"{name} 1\n", "the edit at the host", deadline_s=DEADLINE_S)
        await eventually(lambda: writers["guest"].text() == f"{name} 1\n", "at the guest", deadline_s=DEADLINE_S)
        assert not relay.to_swallow
