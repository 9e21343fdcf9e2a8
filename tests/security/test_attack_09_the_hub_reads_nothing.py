"""Attack 9: the hub reads content. A canary runs through a whole session; the hub must never hold it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.hub_server import WebHubListener
from horizon_desktop.domain.events import ChatSaid, PeerEntered
from horizon_desktop.hub.server import Hub, HubPolicy
from horizon_desktop.ports.hub_server import CloseCode, HubService, HubSocket, Page, TlsIdentity
from tests.end_to_end.company import DEVICE, eventually, host_a_file, open_text, somebody

CANARY = "canary-7f3b9a51c2"
FORMS = (CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.encode().hex().encode())


class RecordingSocket:
    """A client's WebSocket that keeps every byte that the hub received, after the hub's own TLS."""

    def __init__(self, inner: HubSocket, received: bytearray) -> None:
        self._inner = inner
        self._received = received

    @property
    def source(self) -> str:
        return self._inner.source

    async def receive(self) -> bytes:
        frame = await self._inner.receive()
        self._received += frame
        return frame

    async def send(self, frame: bytes) -> None:
        await self._inner.send(frame)

    def prove(self) -> None:
        self._inner.prove()

    async def close(self, code: CloseCode, reason: str) -> None:
        await self._inner.close(code, reason)


class RecordingService:
    """The hub, told of recording sockets."""

    def __init__(self, hub: HubService, received: bytearray) -> None:
        self._hub = hub
        self._received = received

    @property
    def is_draining(self) -> bool:
        return self._hub.is_draining

    def knock(self, source: str, leave: Callable[[], None]) -> int | None:
        return self._hub.knock(source, leave)

    def left(self, ticket: int) -> None:
        self._hub.left(ticket)

    def page(self, path: str, *, source: str) -> Page:
        self._received += path.encode()
        return self._hub.page(path, source=source)

    async def serve(self, socket: HubSocket) -> None:
        await self._hub.serve(RecordingSocket(socket, self._received))


class RecordingListener:
    """The real listener, with every received byte kept."""

    def __init__(self, inner: WebHubListener) -> None:
        self._inner = inner
        self.received = bytearray()

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
        await self._inner.serve(RecordingService(service, self.received))

    async def close(self) -> None:
        await self._inner.close()


@asynccontextmanager
async def hub_process(data: Path) -> AsyncIterator[tuple[str, int, Path]]:
    """Run `horizon hub` as a process of its own; yield its URL, pid and log."""
    log = data.with_suffix(".log")
    environment = {**os.environ, "HORIZON_HOME": str(data.with_suffix(".home"))}
    program = str(Path(sys.executable).parent / "horizon")
    command = [program, "hub", "--listen", "127.0.0.1:0", "--data", str(data)]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*command, "--json"], stdout=subprocess.PIPE, stderr=errors, env=environment, text=True
        )
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"], process.pid, log
        finally:
            process.terminate()
            process.wait(timeout=10)
            assert process.stdout is not None
            process.stdout.close()


async def work_together(folder: Path, url: str) -> None:
    """A whole session on the relay in which the canary is the title, the text, an edit and a line of chat."""
    file = folder / "train.py"
    file.write_text(f"# {CANARY}\n")
    async with somebody(folder / "host") as host, somebody(folder / "guest") as guest:
        await host.bridge.rename(CANARY)
        session, invite = await host_a_file(host, file, hub=url)
        joined = await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        await host.listener.until(PeerEntered)
        text, file_id, epoch = await open_text(guest, joined.session_id)
        assert CANARY in text.text()
        await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, f"# guest {CANARY}\n"))
        await guest.bridge.say(joined.session_id, f"chat {CANARY}")
        await host.listener.until(ChatSaid)
        await eventually(lambda: f"# guest {CANARY}" in file.read_text(), "the edit reaches the host")
        await host.bridge.say(session.session_id, f"answer {CANARY}")
        await guest.listener.until(ChatSaid, lambda fact: fact.text.startswith("answer"))


async def test_the_canary_is_in_no_byte_that_the_hub_received(tmp_path: Path) -> None:
    clock, entropy = SystemClock(), SystemEntropy()
    identity = own_identity(tmp_path / "hub", hosts=("127.0.0.1",), now=clock.now().instant)
    listener = RecordingListener(WebHubListener(host="127.0.0.1", port=0, identity=identity))
    async with Hub(listener=listener, clock=clock, entropy=entropy, policy=HubPolicy()) as hub:
        await work_together(tmp_path, hub.url)
    assert len(listener.received) > 4096
    assert not [form for form in FORMS if form in listener.received]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="reads another process's memory by /proc")
async def test_the_canary_is_not_in_a_hub_processs_memory_log_or_files(tmp_path: Path) -> None:
    data = tmp_path / "hub"
    async with hub_process(data) as (url, pid, log):
        await work_together(tmp_path, url)
        memory = memory_of(pid)
        assert any(url.partition("#")[2].encode() in part or b"horizon" in part for part in memory)
        assert not [form for part in memory for form in FORMS if form in part]
    kept = [path for path in (*data.rglob("*"), log) if path.is_file()]
    assert log in kept
    assert not [path for path in kept for form in FORMS if form in path.read_bytes()]


def memory_of(pid: int) -> list[bytes]:
    """Return every readable private mapping of a process."""
    parts = []
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if found is None:
                continue
            start, end = int(found[1], 16), int(found[2], 16)
            try:
                memory.seek(start)
                parts.append(memory.read(end - start))
            except OSError:
                continue
    return parts
