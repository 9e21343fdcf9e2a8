"""The identity service: from the knock to the purge, with every step in the store and on the bus."""

from collections.abc import AsyncIterator, Awaitable
from uuid import UUID

import msgspec
import pytest

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.derivation import sponsor_id_of
from horizon_desktop.domain.access.facts import AccessAudited
from horizon_desktop.domain.access.identity import IdentityState
from horizon_desktop.domain.events import (
    Event,
    IdentityActivated,
    IdentityRevoked,
    InvitationCreated,
    InvitationRedeemed,
)
from horizon_desktop.domain.ids import DeviceKey, IdentityId, InvitationId, Locator
from horizon_desktop.errors import AccessRefused, UsageError
from horizon_desktop.ports.records import IdentityQuery, IdentityRow
from horizon_desktop.services.identities import EphemeralIdentityService
from tests.contracts.test_store import GUEST, HOUR, INVITE, NOON, SESSION, THIRD, invite_row, session_row
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.store import MemoryStore

HOST = DeviceKey(b"h" * 32)


class Maya(msgspec.Struct, frozen=True):
    """A knock."""

    guest: DeviceKey = GUEST
    invitation_id: InvitationId = INVITE
    name: str = "Maya"
    device: str = "zephyr"
    system: str = "Linux"
    version: str = "0.1.0"


class House:
    """A service with its ports."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.bus = MemoryBus()
        self.clock = FakeClock(NOON)
        self.service = EphemeralIdentityService(
            store=self.store, bus=self.bus, clock=self.clock, entropy=SeededEntropy(1), sponsor=HOST
        )

    async def admit(self, knock: Maya | None = None) -> IdentityRow:
        return await self.service.admit(
            session=SESSION,
            knock=knock or Maya(),
            role=Role.EDITOR,
            channels={"edits": 2, "chat": 1},
            color=1,
            expires_at=NOON.plus(HOUR),
        )


@pytest.fixture
async def house() -> House:
    made = House()
    await made.store.open_session(session_row(), invite_row())
    return made


async def heard(house: House, action: object) -> Event:
    with house.bus.subscribe() as events:
        await action  # type: ignore[misc]
        return await first_but(AccessAudited, events)


async def first_but(kind: type[Event], events: AsyncIterator[Event]) -> Event:
    async for event in events:
        if not isinstance(event, kind):
            return event
    raise AssertionError("the bus ended")


async def audited(house: House, *actions: Awaitable[object]) -> list[AccessAudited]:
    """Return what the books got of these steps."""
    marker = IdentityRevoked(identity_id=UUID(int=0), reason="marker")
    found: list[AccessAudited] = []
    with house.bus.subscribe() as events:
        for action in actions:
            await action
        house.bus.publish(marker)
        async for event in events:
            if event == marker:
                break
            if isinstance(event, AccessAudited):
                found.append(event)
    return found


async def test_somebody_let_in_is_active_and_kept(house: House) -> None:
    row = await house.admit()
    assert (row.state, row.name, row.sponsor_key, row.epoch) == ("active", "Maya", HOST, 0)
    assert await house.store.identities(SESSION) == (row,)


async def test_an_identity_has_a_uuid_of_its_own(house: House) -> None:
    first, second = await house.admit(), await house.admit(Maya(guest=THIRD))
    assert UUID(first.identity_id).version == 4
    assert first.identity_id != second.identity_id


async def test_the_bus_hears_who_became_active_with_what(house: House) -> None:
    event = await heard(house, house.admit())
    assert isinstance(event, IdentityActivated)
    assert event.capabilities == ("chat.view", "edits.use")


async def test_a_device_that_comes_again_voids_its_older_tokens(house: House) -> None:
    first = await house.admit()
    await house.service.revoke(first.identity_id, reason="host")
    again = await house.admit()
    assert again.epoch > first.epoch + 1
    assert [row.identity_id for row in await house.store.identities(SESSION)] == [again.identity_id]


async def test_a_revoked_identity_gets_a_higher_epoch_and_the_bus_hears_it(house: House) -> None:
    row = await house.admit()
    event = await heard(house, house.service.revoke(row.identity_id, reason="host"))
    assert event == IdentityRevoked(identity_id=UUID(row.identity_id), reason="host")
    kept = await house.service.find(row.identity_id)
    assert (kept.state, kept.epoch, kept.reason) == ("revoked", 1, "host")


async def test_the_ledgers_epoch_counts_when_it_is_higher(house: House) -> None:
    row = await house.admit()
    assert (await house.service.revoke(row.identity_id, reason="host", epoch=7)).epoch == 7


async def test_a_second_revocation_changes_nothing_and_is_not_told(house: House) -> None:
    row = await house.admit()
    first = await house.service.revoke(row.identity_id, reason="host")
    with house.bus.subscribe() as events:
        assert await house.service.revoke(row.identity_id, reason="again") == first
        house.bus.publish(IdentityRevoked(identity_id=UUID(int=0), reason="marker"))
        assert await anext(events) == IdentityRevoked(identity_id=UUID(int=0), reason="marker")


async def test_a_suspended_identity_can_be_resumed_with_void_tokens(house: House) -> None:
    row = await house.admit()
    suspended = await house.service.suspend(row.identity_id, reason="oversize")
    resumed = await house.service.resume(row.identity_id)
    assert (suspended.state, suspended.reason) == ("suspended", "oversize")
    assert (resumed.state, resumed.epoch) == ("active", row.epoch + 1)


async def test_a_revoked_identity_cannot_be_resumed(house: House) -> None:
    row = await house.admit()
    await house.service.revoke(row.identity_id, reason="host")
    with pytest.raises(AccessRefused):
        await house.service.resume(row.identity_id)


async def test_an_active_identity_cannot_be_activated_again(house: House) -> None:
    row = await house.admit()
    with pytest.raises(AccessRefused):
        await house.service.activate(row.identity_id)


async def test_another_role_is_kept_and_the_epoch_never_falls(house: House) -> None:
    row = await house.admit()
    changed = await house.service.rescope(row.identity_id, role=Role.OBSERVER, channels={"edits": 1}, epoch=3)
    later = await house.service.rescope(row.identity_id, role=Role.OBSERVER, channels={"edits": 1}, epoch=2)
    assert (changed.role, changed.channels, changed.epoch) == ("observer", {"edits": 1}, 3)
    assert later.epoch == 3


async def test_a_revoked_identity_keeps_its_role(house: House) -> None:
    row = await house.admit()
    await house.service.revoke(row.identity_id, reason="host")
    with pytest.raises(AccessRefused):
        await house.service.rescope(row.identity_id, role=Role.OBSERVER, channels={}, epoch=9)


async def test_a_place_given_up_by_silence_is_noted(house: House) -> None:
    row = await house.admit()
    house.clock.advance(minutes=6)
    given_up = await house.service.set_place(row.identity_id, has_place=False)
    assert (given_up.has_place, given_up.seen_at) == (False, NOON.plus(360_000))


async def test_the_end_of_a_session_ends_its_identities(house: House) -> None:
    await house.admit()
    gone = await house.admit(Maya(guest=THIRD))
    await house.service.revoke(gone.identity_id, reason="host")
    await house.service.end_session(SESSION, reason="host")
    states = {row.guest_key: row.state for row in await house.store.identities(SESSION)}
    assert states == {GUEST: "expired", THIRD: "revoked"}


async def test_identities_are_listed_by_state(house: House) -> None:
    await house.admit()
    gone = await house.admit(Maya(guest=THIRD))
    await house.service.revoke(gone.identity_id, reason="host")
    active = await house.service.of_session(SESSION, state=IdentityState.ACTIVE)
    assert [row.guest_key for row in active] == [GUEST]


async def test_identities_past_their_end_are_swept(house: House) -> None:
    row = await house.admit()
    house.clock.advance(minutes=60)
    assert (await house.service.cleanup()).identities == (row.identity_id,)


async def test_finished_identities_are_purged_after_their_time(house: House) -> None:
    row = await house.admit()
    await house.service.expire(row.identity_id)
    house.clock.advance(minutes=3 * 60)
    assert await house.service.purge_expired(keep_hours=2) == 0
    house.clock.advance(ms=1)
    assert await house.service.purge_expired(keep_hours=2) == 1


async def test_an_unknown_identity_is_said_to_be_unknown(house: House) -> None:
    with pytest.raises(UsageError):
        await house.service.find(IdentityId("nobody"))


async def test_an_invitation_is_kept_told_and_booked(house: House) -> None:
    row = invite_row(invitation_id=InvitationId(str(UUID(int=7))), locator=Locator(b"m" * 16))
    await house.service.invite(row)
    assert await house.store.invite(row.invitation_id) == row
    with house.bus.subscribe() as events:
        house.service.invited(row)
        created, booked = await anext(events), await anext(events)
    assert isinstance(created, InvitationCreated)
    assert (created.invitation_id, created.expires_at) == (UUID(int=7), row.expires_at)
    assert isinstance(booked, AccessAudited)
    assert (booked.action, booked.invitation_id, booked.sponsor_id) == ("invited", str(UUID(int=7)), created.sponsor_id)


async def test_a_redeemed_invitation_names_its_identity(house: House) -> None:
    row = await house.admit(Maya(invitation_id=InvitationId(str(UUID(int=7)))))
    event = await heard(house, house.service.redeem(SESSION, GUEST))
    assert event == InvitationRedeemed(invitation_id=UUID(int=7), identity_id=UUID(row.identity_id))


async def test_nothing_is_redeemed_for_somebody_who_has_gone(house: House) -> None:
    assert await house.service.redeem(SESSION, GUEST) is None


async def test_every_step_of_a_life_is_booked_with_sponsor_and_beneficiary(house: House) -> None:
    row = await house.admit()
    service, who = house.service, row.identity_id
    steps = await audited(
        house,
        service.rescope(who, role=Role.OBSERVER, channels={"edits": 1}, epoch=1),
        service.suspend(who, reason="muted"),
        service.resume(who),
        service.revoke(who, reason="host"),
        service.revoke(who, reason="again"),
    )
    assert [step.action for step in steps] == ["rescoped", "suspended", "resumed", "revoked"]
    assert {(step.beneficiary, step.identity_id, step.session_id) for step in steps} == {("Maya", who, SESSION.hex())}
    assert {step.sponsor_id for step in steps} == {sponsor_id_of(HOST)}
    assert steps[-1].reason == "host"


async def test_what_is_swept_and_purged_is_booked(house: House) -> None:
    await house.admit()
    house.clock.advance(minutes=60)
    swept = await audited(house, house.service.cleanup(), house.service.cleanup())
    house.clock.advance(minutes=60 * 25)
    purged = await audited(
        house, house.service.purge_expired(keep_hours=24), house.service.purge_expired(keep_hours=24)
    )
    assert [step.action for step in (*swept, *purged)] == ["expired", "purged"]


async def test_identities_are_listed_by_sponsor_beneficiary_device_and_state(house: House) -> None:
    maya = await house.admit()
    noor = await house.admit(Maya(guest=THIRD, name="Noor"))
    await house.service.revoke(noor.identity_id, reason="host")
    queries = (
        IdentityQuery(),
        IdentityQuery(sponsor_key=HOST, states=("active",)),
        IdentityQuery(beneficiary="Noor"),
        IdentityQuery(guest_key=GUEST, session_id=SESSION),
        IdentityQuery(sponsor_key=GUEST),
        IdentityQuery(limit=1),
    )
    found = [{row.name for row in await house.service.list(query)} for query in queries]
    assert found[:5] == [{"Maya", "Noor"}, {"Maya"}, {"Noor"}, {maya.name}, set()]
    assert len(found[5]) == 1
