"""A hub in a process of its own, and the search for a text in everything it received, holds, logs or wrote.

Run as a program it serves until its standard input ends. Every frame that a client sent is copied to a file
that is not the hub's, so that a test can look at what arrived after TLS was taken off.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.hub_server import WebHubListener
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.hub.admission import AdmissionLimits
from horizon_desktop.hub.server import Hub, HubPolicy
from horizon_desktop.ports.hub_server import CloseCode, HubSocket

_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)")
_SLICE = 16 * 1024 * 1024


class SeparateHub:
    """The running process, as a test sees it."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, address: HubAddress) -> None:
        self._process = process
        self._folder = folder
        self.address = address

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def received(self) -> bytes:
        """Every frame that clients sent to it."""
        return (self._folder / "received").read_bytes()

    def rss_bytes(self) -> int:
        """Return what the process holds in memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def places_of(self, text: bytes) -> list[str]:
        """Return where the hub has `text`: received, memory, log, files."""
        found = [f"memory {name}" for name, part in self._memory() if text in part]
        if text in self.received:
            found.append("received")
        for path in [*sorted((self._folder / "data").rglob("*")), self._folder / "log"]:
            if path.is_file() and text in path.read_bytes():
                found.append(f"file {path.name}")
        return found

    def _memory(self) -> Iterator[tuple[str, bytes]]:
        with open(f"/proc/{self.pid}/maps", encoding="ascii", errors="replace") as maps:
            mappings = [match.groups() for line in maps if (match := _MAPPING.match(line))]
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            for start, end, name in mappings:
                if name in {"[vvar]", "[vvar_vclock]", "[vsyscall]"}:
                    continue
                yield from _slices(memory.fileno(), int(start, 16), int(end, 16), name or "heap")


def _slices(memory: int, start: int, end: int, name: str) -> Iterator[tuple[str, bytes]]:
    overlap = 4096
    at = start
    while at < end:
        try:
            part = os.pread(memory, min(_SLICE + overlap, end - at), at)
        except OSError:  # a guard page, or one that went meanwhile
            return
        if not part:
            return
        yield name, part
        at += min(_SLICE, len(part))


@asynccontextmanager
async def separate_hub(folder: Path, **admission: int) -> AsyncIterator[SeparateHub]:
    """Run a hub in a process of its own, on a free port of the loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    log = (folder / "log").open("wb")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.security.separate_hub",
        str(folder),
        json.dumps(admission),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert process.stdout is not None and process.stdin is not None
    try:
        async with asyncio.timeout(20):
            ready = json.loads(await process.stdout.readline())
        address = HubAddress(host="127.0.0.1", port=ready["port"], pin=bytes.fromhex(ready["pin"]))
        yield SeparateHub(process, folder, address)
    finally:
        process.stdin.close()
        async with asyncio.timeout(20):
            await process.wait()
        log.close()


class _RecordedSocket:
    """Hands a socket's frames on and copies what came in."""

    def __init__(self, socket: HubSocket, record: int) -> None:
        self._socket = socket
        self._record = record
        self.source = socket.source

    async def receive(self) -> bytes:
        frame = await self._socket.receive()
        os.write(self._record, frame)
        return frame

    async def send(self, frame: bytes) -> None:
        await self._socket.send(frame)

    def prove(self) -> None:
        self._socket.prove()

    async def close(self, code: CloseCode, reason: str) -> None:
        await self._socket.close(code, reason)


class _RecordingHub(Hub):
    record = -1

    async def serve(self, socket: HubSocket) -> None:
        await super().serve(_RecordedSocket(socket, self.record))


async def _serve(folder: Path, admission: dict[str, int]) -> None:
    clock = SystemClock()
    identity = own_identity(folder / "data", hosts=("127.0.0.1",), now=clock.now().instant)
    listener = WebHubListener(host="127.0.0.1", port=0, identity=identity)
    policy = HubPolicy(admission=AdmissionLimits(**admission))
    _RecordingHub.record = os.open(folder / "received", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    async with _RecordingHub(listener=listener, clock=clock, entropy=SystemEntropy(), policy=policy) as hub:
        print(json.dumps({"port": hub.port, "pin": hub.pin.hex()}), file=sys.__stdout__, flush=True)
        await asyncio.to_thread(sys.stdin.buffer.read)


def _main() -> None:
    sys.stdout = sys.stderr  # the log goes to the file that the test looks through
    serving = _serve(Path(sys.argv[1]), json.loads(sys.argv[2]))
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(serving)


def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop that the product's hub runs on."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


if __name__ == "__main__":
    _main()
