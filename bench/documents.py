"""Shared texts: what a key costs in a replica, and how many edits a second the host checks, applies and keeps."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from horizon_desktop.adapters.documents.bones import TextBones
from horizon_desktop.adapters.documents.replica import PycrdtReplica, PycrdtReplicas
from horizon_desktop.adapters.documents.text_files import DiskTextFiles
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.domain.collaboration.channel import DataType
from horizon_desktop.domain.collaboration.merge import merge_texts
from horizon_desktop.domain.decision import Allow
from horizon_desktop.domain.events import Event
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import SessionRow
from horizon_desktop.protocol.payloads.edits import HostEdits, Open, Opened, Update
from horizon_desktop.protocol.payloads.yjs import MAX_STATE_BYTES, read_update
from horizon_desktop.services.shared_documents import HostDocuments

LINE = "    loss = nn.functional.cross_entropy(model(x), y)  # räzon 😀\n"
SIZES = {"10 KB": 10_000, "200 KB": 200_000, "2 MB": 2_000_000}
KEYS = 1000
GUEST = DeviceKey(b"g" * 32)
SESSION = SessionId(b"s" * 32)


class NoBus:
    """Nobody listens."""

    def publish(self, event: Event) -> None:
        return

    def subscribe(self) -> AbstractContextManager[Any]:
        raise NotImplementedError


def show(name: str, took_us: list[float]) -> None:
    worst = statistics.quantiles(took_us, n=100)[98]
    print(f"{name:58} median {statistics.median(took_us):9.1f} us   p99 {worst:9.1f} us")


def once(name: str, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    print(f"{name:58} {1000 * (time.perf_counter() - start):9.1f} ms")


def text_of(size: int) -> str:
    return LINE * (size // len(LINE.encode()))


def timed_keys(work: Callable[[int], object]) -> list[float]:
    took: list[float] = []
    for number in range(KEYS):
        start = time.perf_counter_ns()
        work(number)
        took.append((time.perf_counter_ns() - start) / 1000)
    return took


def replica_costs(label: str, size: int) -> None:
    """Print what one replica costs its window."""
    replicas, text = PycrdtReplicas(), text_of(size)
    first = replicas.empty(11)
    first.splice(0, 0, text)
    state = first.full_update()
    once(f"{label}: open a replica", lambda: replicas.load(12, state))
    mine, theirs = replicas.load(12, state), replicas.load(13, state)
    middle = len(text) // 2 // len(LINE) * (len(LINE) + 1)
    updates: list[bytes] = []
    show(f"{label}: own key", timed_keys(lambda at: updates.append(mine.splice(middle + at, 0, "k"))))
    show(f"{label}: key of somebody else", timed_keys(lambda at: theirs.apply(updates[at])))
    theirs.caret_at(middle)
    show(f"{label}: caret to unit", timed_keys(lambda at: theirs.caret_at(middle + at)))
    caret = theirs.caret_at(middle)
    show(f"{label}: unit to caret", timed_keys(lambda _: theirs.position_of(caret)))
    once(f"{label}: merge three ways", lambda: merge_texts(text, "# one\n" + text, text + "# two\n"))
    once(f"{label}: replace all", lambda: theirs.replace_all(text.replace("räzon", "reason")))


def survey_costs(label: str, replica: PycrdtReplica) -> None:
    state = replica.full_update()
    once(f"{label}: read a whole state", lambda: read_update(state, max_bytes=MAX_STATE_BYTES, max_structs=10**8))
    read = read_update(state, max_bytes=MAX_STATE_BYTES, max_structs=10**8)
    once(f"{label}: learn its order ({read.structs} structs)", lambda: TextBones().learn(read.sections))


def session_row(now: Instant) -> SessionRow:
    return SessionRow(
        session_id=SESSION,
        nonce=bytes(16),
        session_type="pair",
        title="",
        created_at=now,
        expires_at=now.plus(3_600_000),
        limit_at=now.plus(3_600_000),
        role="editor",
        channels={},
        is_approval_asked=False,
        is_relay_allowed=True,
        hub="",
        folder="",
    )


async def gate(folder: Path, label: str, size: int) -> None:
    """Print how many edits of a guest a second the host checks, applies and keeps."""
    path = folder / f"{size}.py"
    path.write_text(text_of(size))
    opened: asyncio.Queue[Opened] = asyncio.Queue()

    async def send(peer: DeviceKey, data_type: DataType, message: HostEdits) -> None:
        if isinstance(message, Opened):
            opened.put_nowait(message)

    clock = SystemClock()
    async with SqlStore(folder / f"{size}.sqlite3") as store:
        await store.add_session(session_row(clock.now().instant))
        documents = HostDocuments(
            session_id=SESSION,
            files=DiskTextFiles(),
            replicas=PycrdtReplicas(),
            store=store,
            bus=NoBus(),
            clock=clock,
            entropy=SystemEntropy(),
            send=send,
        )
        file_id = (await documents.share([path]))[0].file_id
        async with asyncio.TaskGroup() as group:
            running = group.create_task(documents.run())
            documents.guest_up(GUEST, may_edit=True)
            await documents.from_guest(GUEST, may_edit=True, message=Open(file_id, b"", b""))
            parts = [await opened.get()]
            while len(parts) < parts[0].parts:
                parts.append(await opened.get())
            replica = PycrdtReplicas().load(parts[0].client_id, b"".join(part.data for part in parts))
            edits = [Update(file_id, parts[0].epoch, replica.splice(at, 0, "k")) for at in range(KEYS)]
            start = time.perf_counter()
            for edit in edits:
                decision = await documents.from_guest(GUEST, may_edit=True, message=edit)
                if not isinstance(decision, Allow):
                    raise SystemExit(f"refused: {decision}")
            took = time.perf_counter() - start
            print(f"{label + ': edits of a guest checked, applied, kept':58} {KEYS / took:9.0f} a second")
            await documents.close()
            running.cancel()


def many_structs() -> PycrdtReplica:
    """Return a text that 50 000 edits in changing places went into."""
    replica = PycrdtReplicas().empty(11)
    replica.splice(0, 0, text_of(200_000))
    for number in range(20_000):
        replica.splice((number * 7919) % 150_000, number % 2, "ab")
    return replica


def main() -> None:
    """Print one line for each figure."""
    for label, size in SIZES.items():
        replica_costs(label, size)
    survey_costs("200 KB after 20 000 edits", many_structs())
    with tempfile.TemporaryDirectory() as folder:
        for label, size in SIZES.items():
            asyncio.run(gate(Path(folder), label, size))


if __name__ == "__main__":
    main()
