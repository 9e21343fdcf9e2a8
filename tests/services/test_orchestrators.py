"""What follows from events: joins and leaves are noted, revocations cut off, actions are checked, processes agree."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec
import pytest

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.facts import AccessAudited
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.events import (
    EphemeralQuotaCreated,
    EphemeralQuotaExpired,
    Event,
    IdentityRevoked,
    ParticipantJoined,
    ParticipantLeft,
    PeerGone,
    SessionCreated,
)
from horizon_desktop.domain.ids import IdentityId
from horizon_desktop.ports.notices import Notice, Reread
from horizon_desktop.services.notices import NoticeRelay, notice_of
from tests.contracts.test_store import NOON, SESSION, identity_row, invite_row, session_row
from tests.fakes.store import MemoryStore
from tests.services.session_world import World, world_of

SOME_ID = UUID("9b2c0000-0000-4000-8000-000000000001")


async def test_joining_and_leaving_is_noted_for_those_who_have_a_seat() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        presence = hosted._traffic.collaboration.presence
        await world.until(lambda: guest.peer_id in presence, "the join is noted")
        host.bus.publish(ParticipantJoined(session_id=hosted.core.text_id, peer_id="ff" * 32))
        host.bus.publish(ParticipantJoined(session_id="another", peer_id=guest.peer_id))
        await world.done(joined.leave())
        await host.fact(ParticipantLeft)
        await world.until(lambda: presence[guest.peer_id].left_at is not None, "the leave is noted")
        assert set(presence) == {guest.peer_id}
        assert presence[guest.peer_id].joins == 1
        assert hosted.orchestrator.redeemed == 1


async def test_an_identity_revoked_by_whomever_cuts_its_guest_off() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        seat = hosted.core.guests.seat_of(guest.peer_id)
        await world.done(hosted.core.identities.revoke(seat.identity_id, reason="the sponsor's desk"))
        gone = await host.fact(PeerGone)
        assert (gone.reason, gone.participant.peer_id) == ("revoked", guest.peer_id)
        await world.until(lambda: guest.key.key not in hosted.core.links.peers(), "the link is closed")
        assert hosted.core.ledger.is_removed(guest.key.key)


async def test_a_guest_may_do_what_its_seat_gives_and_nothing_else() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        await world.done(hosted.core.change_role(guest.peer_id, Role.OBSERVER))
        validate = hosted._traffic.collaboration.validate_ephemeral_action
        answers = {
            action: validate(guest.peer_id, action) for action in ("edits.view", "edits.use", "fly.use", "edits")
        }
        assert answers == {
            "edits.view": Allow(),
            "edits.use": Deny("channel.closed", "edits"),
            "fly.use": Deny("action.unknown", "fly.use"),
            "edits": Deny("action.unknown", "edits"),
        }
        assert validate("ff" * 32, "edits.view") == Deny("peer.unknown")
        assert validate("not a peer", "edits.view") == Deny("peer.unknown")
        seat = hosted.core.guests.seat_of(guest.peer_id)
        hosted.core.guests.roster.put(msgspec.structs.replace(seat, is_suspended=True))
        assert validate(guest.peer_id, "edits.view") == Deny("peer.suspended")


async def test_quotas_of_a_sessions_guests_are_followed_until_they_are_over() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        host.bus.publish(EphemeralQuotaCreated(quota_id=SOME_ID, beneficiary_id=guest.peer_id))
        host.bus.publish(EphemeralQuotaCreated(quota_id=UUID(int=2), beneficiary_id="somebody else"))
        await world.until(lambda: hosted.orchestrator.quotas == {str(SOME_ID)}, "the quota is followed")
        host.bus.publish(EphemeralQuotaExpired(quota_id=SOME_ID))
        await world.until(lambda: not hosted.orchestrator.quotas, "the quota is let go")


# --- between processes ---
class Process:
    """One process of a team: its own bus, the store and the board of all."""

    def __init__(self, store: MemoryStore, board: "MemoryBus[Notice | Reread]") -> None:
        self.bus: MemoryBus[Event] = MemoryBus()
        self.relay = NoticeRelay(store=store, bus=self.bus, board=board)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[AsyncIterator[Event]]:
        with self.bus.subscribe() as facts:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self.relay.tell()), group.create_task(self.relay.hear())]
                for _ in range(3):
                    await asyncio.sleep(0)
                yield facts
                for task in tasks:
                    task.cancel()


@pytest.fixture
async def store() -> MemoryStore:
    made = MemoryStore()
    await made.open_session(session_row(), invite_row())
    await made.add_identity(identity_row(identity_id=IdentityId(str(SOME_ID)), state="revoked", reason="host"))
    return made


def revocation() -> AccessAudited:
    return AccessAudited(
        action="revoked", session_id=SESSION.hex(), at=NOON, sponsor_id=UUID(int=0), identity_id=str(SOME_ID)
    )


async def test_a_revocation_in_one_process_is_one_in_the_other(store: MemoryStore) -> None:
    board: MemoryBus[Notice | Reread] = MemoryBus()
    one, two = Process(store, board), Process(store, board)
    async with one.running() as here, two.running() as there:
        one.bus.publish(revocation())
        assert await anext(there) == IdentityRevoked(identity_id=SOME_ID, reason="host")
        assert await anext(here) == revocation()
        one.bus.publish(SessionCreated(session_id="aa", session_type="pair"))
        assert await anext(here) == SessionCreated(session_id="aa", session_type="pair")


async def test_a_notice_is_no_proof_what_the_store_says_counts(store: MemoryStore) -> None:
    board: MemoryBus[Notice | Reread] = MemoryBus()
    await store.update_identity(identity_row(identity_id=IdentityId(str(SOME_ID)), state="active"))
    process = Process(store, board)
    async with process.running() as facts:
        board.publish(Notice(SESSION.hex(), "identity.revoked", str(SOME_ID)))
        board.publish(Notice(SESSION.hex(), "identity.revoked", "nobody"))
        marker = SessionCreated(session_id="aa", session_type="pair")
        process.bus.publish(marker)
        assert await anext(facts) == marker


async def test_after_a_lost_line_every_revocation_is_read_again(store: MemoryStore) -> None:
    board: MemoryBus[Notice | Reread] = MemoryBus()
    async with Process(store, board).running() as facts:
        board.publish(Reread())
        assert await anext(facts) == IdentityRevoked(identity_id=SOME_ID, reason="host")


def test_a_notice_carries_names_only() -> None:
    notice = notice_of(msgspec.structs.replace(revocation(), beneficiary="Maya", reason="private"))
    assert notice == Notice(SESSION.hex(), "identity.revoked", str(SOME_ID))
