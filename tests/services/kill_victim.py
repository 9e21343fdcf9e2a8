"""A process that reserves or redeems a thousand times and says each one that was confirmed, until it is killed.

python -m tests.services.kill_victim reserve|redeem URL
"""

import asyncio
import sys
from decimal import Decimal
from uuid import UUID

import msgspec

from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.system import SystemEntropy
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import DeviceKey, InvitationId, Locator
from horizon_desktop.domain.usage.quota import Reservation
from tests.contracts.test_store import NOON, identity_row, invite_row, session_row
from tests.services.usage_world import UsageWorld

COUNT = 1000
AT_ONCE = 8
INVITES = 40
PLACES = COUNT // INVITES
QUOTA = UUID("11111111-1111-4111-8111-111111111111")


def guest(number: int) -> DeviceKey:
    return DeviceKey(number.to_bytes(32, "big"))


def invitation(number: int) -> InvitationId:
    """Neighbours come by different invites: at most one of an invite's tries is open when the process dies."""
    return InvitationId(str(UUID(int=number % INVITES)))


async def prepare_redeeming(store: SqlStore) -> None:
    """Open a session with as many invites as a thousand guests need."""
    await store.add_session(session_row())
    for number in range(INVITES):
        locator = Locator(number.to_bytes(16, "big"))
        row = invite_row(invitation_id=invitation(number), locator=locator, nonce=bytes(locator), places=PLACES)
        await store.add_invite(row)


async def redeem(store: SqlStore, number: int) -> bool:
    """Redeem for one guest; True once its place is taken and its identity kept."""
    tried = await store.count_try(invitation(number), now=NOON)
    if isinstance(tried, Deny):
        return False
    if isinstance(await store.give_back_and_reserve(invitation(number), guest(number), now=NOON), Deny):
        return False
    taken = await store.consume_place(invitation(number), guest(number), now=NOON)
    await store.replace_identity(
        msgspec.structs.replace(identity_row(), identity_id=str(UUID(int=number + 1)), guest_key=guest(number))
    )
    return isinstance(taken, Allow)


async def reserve(world: UsageWorld, number: int) -> str:
    held = await world.quotas.reserve(QUOTA, Decimal("0.01"), key=f"job-{number}")
    assert isinstance(held, Reservation), held
    return str(held.id)


async def main(what: str, url: str) -> None:
    """Do it `AT_ONCE` at a time, in order of the numbers; each confirmed one is a line."""
    async with SqlStore(url) as store:
        world = UsageWorld(store, entropy=SystemEntropy())
        numbers = iter(range(COUNT))

        async def worker() -> None:
            for number in numbers:
                if what == "reserve":
                    print(number, await reserve(world, number), flush=True)
                elif await redeem(store, number):
                    print(number, "taken", flush=True)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(worker())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
