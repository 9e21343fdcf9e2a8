"""The services of use over a real database: quotas, pools, cost, time windows, one clock and one bus."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_store import SqlUsageStore
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import Event
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.quota import EphemeralQuota
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.services.usage import usage_over
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy

NOON = Instant(1_795_262_400_000)
"""Saturday 2026-11-21, 12:00 UTC."""
HOUR = 3_600_000
MAYA = UUID("9b2c0000-0000-4000-8000-000000000001")
ANA = UUID("a0a00000-0000-4000-8000-000000000002")


FactT = TypeVar("FactT")


class HeardBus(MemoryBus[Event]):
    """The bus of the product, that also keeps what was published."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Event] = []

    def publish(self, event: Event) -> None:
        self.heard.append(event)
        super().publish(event)


class UsageWorld:
    """Everything over one database."""

    def __init__(self, store: SqlStore, *, entropy: Entropy) -> None:
        self.store = store
        self.clock = FakeClock(NOON)
        self.entropy = entropy
        self.bus = HeardBus()
        self.rows = SqlUsageStore(store.database)
        usage = usage_over(self.rows, bus=self.bus, clock=self.clock, entropy=self.entropy)
        self.usage = usage
        self.windows, self.quotas, self.pools, self.costs = usage.windows, usage.quotas, usage.pools, usage.costs

    def told(self, kind: type[FactT]) -> list[FactT]:
        """Return the facts of one kind published so far, in order."""
        return [fact for fact in self.bus.heard if isinstance(fact, kind)]

    async def quota(self, limit: str = "10", **changes: object) -> EphemeralQuota:
        """Make a quota of GPU hours for Maya, paid by Ana, that lasts an hour."""
        given = {
            "identity": MAYA,
            "sponsor": "ana",
            "beneficiary": "maya",
            "resource": ResourceType.GPU_HOURS,
            "limit": Decimal(limit),
            "expires_at": self.clock.now().instant.plus(HOUR),
            **changes,
        }
        made = await self.quotas.create(**given)  # type: ignore[arg-type]
        assert isinstance(made, EphemeralQuota), made
        return made

    async def now_of(self, quota: EphemeralQuota) -> EphemeralQuota:
        """Return the quota as it is stored now."""
        found = await self.quotas.find(quota.id)
        assert found is not None
        return found


@asynccontextmanager
async def opened_world(url: str, *, seed: str = "usage") -> AsyncIterator[UsageWorld]:
    """Open a database and everything over it."""
    async with SqlStore(url) as store:
        yield UsageWorld(store, entropy=SeededEntropy(seed))


def rule(answer: object) -> str:
    """Return the rule by which something was refused."""
    assert isinstance(answer, Deny), answer
    return answer.rule
