"""A profile whose rows are on a PostgreSQL of a team: hosting, and a revocation by another process of the team."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.events import Event, PeerEntered, PeerGone
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.team_notices import team_notices
from horizon_desktop.main.wiring import Choices, open_bridge
from horizon_desktop.ports.configuration import Configuration, Database
from horizon_desktop.ports.records import IdentityQuery, SessionState
from horizon_desktop.services.identities import EphemeralIdentityService
from tests.end_to_end.company import DEVICE, Listener, Somebody, host_a_file, somebody


@asynccontextmanager
async def team_member(folder: Path, url: str) -> AsyncIterator[Somebody]:
    """Open a profile on the team's database."""
    profile = Profile(name=folder.name, folder=folder)
    choices = Choices(
        is_direct_tried=False, is_loopback_linked=True, configuration=Configuration(database=Database(url=url))
    )
    async with open_bridge(profile, choices) as bridge, asyncio.TaskGroup() as group:
        listener = Listener()
        with bridge.events() as facts:
            hearing = group.create_task(listener.run(facts))
            try:
                yield Somebody(bridge, listener, profile)
            finally:
                hearing.cancel()


@asynccontextmanager
async def administration(url: str) -> AsyncIterator[EphemeralIdentityService]:
    """Another process of the team: the identities, and the notices that tell of its changes."""
    bus: MemoryBus[Event] = MemoryBus()
    async with SqlStore(url) as store, team_notices(url, store=store, bus=bus):
        await asyncio.sleep(0)
        yield EphemeralIdentityService(
            store=store,
            bus=bus,
            clock=SystemClock(),
            entropy=SystemEntropy(),
            sponsor=DeviceKeyPair.from_seed(b"a" * 32).key,
        )


async def test_a_revocation_by_another_process_cuts_the_guest_off(tmp_path: Path, new_postgres: str) -> None:
    file = tmp_path / "train.py"
    file.write_text("import torch\n")
    async with (
        team_member(tmp_path / "host", new_postgres) as host,
        somebody(tmp_path / "guest") as guest,
        administration(new_postgres) as identities,
    ):
        _, invite = await host_a_file(host, file)
        await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        await host.listener.until(PeerEntered)
        (row,) = await identities.list(IdentityQuery(states=("active",)))
        await identities.revoke(row.identity_id, reason="by the team")
        gone = await host.listener.until(PeerGone)
        assert (gone.reason, gone.participant.name) == ("revoked", row.name)
        assert not (tmp_path / "host" / "horizon.db").exists()


async def test_a_second_host_of_a_team_sees_and_closes_only_its_own_sessions(tmp_path: Path, new_postgres: str) -> None:
    file = tmp_path / "train.py"
    file.write_text("import torch\n")
    async with team_member(tmp_path / "one", new_postgres) as one:
        hosted, _ = await host_a_file(one, file)
        async with team_member(tmp_path / "two", new_postgres) as two:
            assert list(await two.bridge.sessions()) == []
            async with SqlStore(new_postgres) as store:
                assert [row.state for row in await store.sessions()] == [SessionState.OPEN]
        (mine,) = await one.bridge.sessions()
        assert (mine.session_id, mine.state) == (hosted.session_id, "open")


async def test_every_process_of_a_team_listens_on_a_connection_of_its_own(tmp_path: Path, new_postgres: str) -> None:
    async with team_member(tmp_path / "one", new_postgres), team_member(tmp_path / "two", new_postgres):
        connection = await asyncpg.connect(new_postgres.replace("+asyncpg", ""))
        try:
            listening = await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        finally:
            await connection.close()
        assert listening == 2
