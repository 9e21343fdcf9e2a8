"""The store on SQLite (sealed, as a profile is) and PostgreSQL: session rows created, many at once, and swept."""

import asyncio
import os
import resource
import secrets
import statistics
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import msgspec
import sqlalchemy as sa
import uvloop

from horizon_desktop.adapters.keyring.seed_file import FileSecretStore
from horizon_desktop.adapters.storage.database import Database
from horizon_desktop.adapters.storage.schema import INVITES, SESSIONS
from horizon_desktop.adapters.storage.sealing import StoreSeal
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_schema import EPHEMERAL_QUOTAS
from horizon_desktop.adapters.system import SystemEntropy
from horizon_desktop.domain.ids import InvitationId, Locator, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import InviteRow, SessionRow
from tests.postgres import running_postgres
from tests.services.usage_world import ANA, HOUR, NOON, UsageWorld

ONE_BY_ONE = 300
WARM_UP = 30
EXPIRED = 100_000
CHUNK = 5_000
CALLERS = 200
"""Who create at once; the others wait their turn outside of the store."""
IN_AN_HOUR = NOON.plus(HOUR)
GOALS = {"create": "goal < 10 ms, specification < 100 ms", "sweep": "goal < 5 s, specification < 1 min"}


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def rows(*, expires_at: Instant = IN_AN_HOUR) -> tuple[SessionRow, InviteRow]:
    """Return a new session and its first invite, of the size that real ones have."""
    session_id, nonce = SessionId(secrets.token_bytes(32)), secrets.token_bytes(16)
    session = SessionRow(
        session_id=session_id,
        nonce=nonce,
        session_type="pair",
        title="Loss spike in run 7",
        created_at=NOON,
        expires_at=expires_at,
        limit_at=expires_at.plus(HOUR),
        role="editor",
        channels={"control": 2, "edits": 2, "cursors": 2, "chat": 2},
        is_approval_asked=True,
        is_relay_allowed=True,
        hub="https://hub.example:7443",
        folder="/home/ana/train",
    )
    invite = InviteRow(
        invitation_id=InvitationId(str(uuid4())),
        session_id=session_id,
        locator=Locator(secrets.token_bytes(16)),
        nonce=nonce,
        role="editor",
        created_at=NOON,
        expires_at=expires_at,
        places=1,
        sealed=secrets.token_bytes(160),
    )
    return session, invite


def resident_mib() -> float:
    """Return what this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


async def one_by_one(store: SqlStore) -> None:
    times = []
    for _ in range(WARM_UP + ONE_BY_ONE):
        pair = rows()
        started = time.perf_counter()
        await store.open_session(*pair)
        times.append((time.perf_counter() - started) * 1000)
    kept = sorted(times[WARM_UP:])
    p99 = kept[int(len(kept) * 0.99)]
    say(f"  create one by one: p50 {statistics.median(kept):.2f} ms, p99 {p99:.2f} ms ({GOALS['create']})")


async def at_once(store: SqlStore, count: int) -> None:
    """Have `count` sessions open at once, created by 200 callers, then sweep them when their hour is over."""
    before = resident_mib()
    pairs = iter([rows() for _ in range(count)])

    async def caller() -> None:
        for pair in pairs:
            await store.open_session(*pair)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    created = time.perf_counter() - started
    held = resident_mib() - before
    started = time.perf_counter()
    swept = await store.close_expired(IN_AN_HOUR)
    took = time.perf_counter() - started
    say(
        f"  {count} sessions open at once: created in {created:.2f} s ({count / created:.0f}/s), +{held:.0f} MiB, "
        f"swept {len(swept.sessions)} in {took:.2f} s (specification: 1000 concurrent sessions)"
    )


async def sweep_sessions(store: SqlStore) -> None:
    over = NOON.plus(-HOUR)
    for _ in range(0, EXPIRED, CHUNK):
        pairs = [rows(expires_at=over) for _ in range(CHUNK)]
        invites = [msgspec.structs.asdict(invite) for _, invite in pairs]
        for invite in invites:
            del invite["places_reserved"]
        await _insert(store.database, SESSIONS, [msgspec.structs.asdict(session) for session, _ in pairs])
        await _insert(store.database, INVITES, invites)
    started, busy = time.perf_counter(), time.process_time()
    swept = await store.close_expired(NOON)
    took, cpu = time.perf_counter() - started, time.process_time() - busy
    say(
        f"  sweep of {len(swept.sessions)} expired sessions and their invites: {took:.2f} s, {cpu:.2f} s of it on our "
        f"processor ({GOALS['sweep']})"
    )


async def sweep_quotas(store: SqlStore) -> None:
    world = UsageWorld(store, entropy=SystemEntropy())
    quota = await world.quota("10", cost_rate=Decimal(3), sponsor=str(ANA))
    over = msgspec.structs.replace(quota, expires_at=NOON.plus(-1))
    for _ in range(0, EXPIRED, CHUNK):
        copies = [{**msgspec.structs.asdict(over), "id": uuid4()} for _ in range(CHUNK)]
        await _insert(store.database, EPHEMERAL_QUOTAS, copies)
    started, busy = time.perf_counter(), time.process_time()
    expired = await world.quotas.process_expirations()
    took, cpu = time.perf_counter() - started, time.process_time() - busy
    say(f"  sweep of {expired} expired quotas: {took:.2f} s, {cpu:.2f} s of it on our processor ({GOALS['sweep']})")
    times = []
    for _ in range(ONE_BY_ONE):
        started = time.perf_counter()
        await world.quotas.use(quota.id, Decimal("0.000001"))
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    say(f"  reserve and commit: p50 {statistics.median(times):.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms")


async def _insert(database: Database, table: sa.Table, values: list[dict[str, object]]) -> None:
    await database.write(lambda conn: conn.execute(table.insert(), values))


async def measure(label: str, where: Path | str, folder: Path) -> None:
    """Run every measurement over one database, and open it once more at the end."""
    say(f"{label}:")
    seal = StoreSeal(secrets.token_bytes(32), FileSecretStore(folder / "device-key"))
    async with Database(where, seal=seal) as database:
        store = SqlStore(database)
        await one_by_one(store)
        await sweep_sessions(store)
        await sweep_quotas(store)
        for count in (1_000, 10_000):
            await at_once(store, count)
    started = time.perf_counter()
    async with Database(where, seal=seal):
        say(f"  opening it with all of that in it: {time.perf_counter() - started:.2f} s")


def main() -> None:
    """Print what both databases do, beside the figures of the specification."""
    say(f"load on this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name, running_postgres() as server:
        folder = Path(name)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(measure("SQLite, sealed", folder / "profile" / "horizon.db", folder))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(measure("PostgreSQL", server.new_database(), folder))


if __name__ == "__main__":
    main()
