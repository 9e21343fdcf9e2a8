"""ResourcePoolService: shared amounts and bounties; requests, approval, limits, statistics (SPEC systems 9 and 14)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.amounts import ZERO, ResourceType, amount, positive
from horizon_desktop.domain.usage.facts import AllocationChanged, PoolChanged
from horizon_desktop.domain.usage.pool import (
    ONE,
    AllocationStatus,
    PoolAllocation,
    PoolStatus,
    PoolType,
    PoolUsage,
    ResourcePool,
)
from horizon_desktop.errors import UsageError
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.usage import PoolStore, RepeatKey, Requested
from horizon_desktop.services.quotas import LOCAL_TENANT
from horizon_desktop.services.time_windows import TimeWindowService

LAST_MS: Final = 7 * 24 * 3_600_000
"""How long an allocation lasts when nothing else is said: a week."""
MAX_NAME: Final = 255
MAX_PURPOSE: Final = 1000
ALLOCATION_BATCH: Final = 200
"""Allocations in one expiry transaction: each locks its pool."""
_UUID_BYTES: Final = 16


class MayUsePool(Protocol):
    """Asks the policies whether somebody may have a part of a pool; `held` is what they have and asked for already."""

    def __call__(self, pool: ResourcePool, *, user: str, mail: str, wanted: Decimal, held: Decimal) -> Decision: ...


class ResourcePoolService:
    """Makes pools, takes requests, lets people decide them. A refusal is a Deny; broken promises raise.

    Requests at once never get more out of a pool, or to one user, than it allows. `key` as in EphemeralQuotaService.
    """

    def __init__(
        self,
        *,
        store: PoolStore,
        windows: TimeWindowService,
        bus: Bus,
        clock: Clock,
        entropy: Entropy,
        may_use: MayUsePool,
    ) -> None:
        self._store = store
        self._windows = windows
        self._bus = bus
        self._clock = clock
        self._entropy = entropy
        self._may_use = may_use

    # --- pools ---
    async def create(
        self,
        *,
        name: str,
        resource: ResourceType,
        total: Decimal,
        most_per_user: Decimal,
        kind: PoolType = PoolType.SHARED,
        description: str = "",
        least_per_request: Decimal = ONE,
        is_approval_asked: bool = False,
        auto_approve_domains: Sequence[str] = (),
        most_users: int | None = None,
        starts_at: Instant | None = None,
        expires_at: Instant | None = None,
        window_id: UUID | None = None,
        sponsor: UUID | None = None,
        tenant: UUID = LOCAL_TENANT,
        is_draft: bool = False,
    ) -> ResourcePool:
        """Keep a pool, open at once unless it is a draft. A bounty always asks for approval and a purpose.

        Args:
            auto_approve_domains: Mail domains whose users' requests need no person.
            most_users: How many users may hold an allocation at once; None: any number.

        Raises:
            UsageError: pool.name, pool.domain, pool.users (under 1), pool.period, usage.amount.
        """
        now = self._now()
        if not 0 < len(name.strip()) <= MAX_NAME:
            raise UsageError(f"a pool has a name of 1 to {MAX_NAME} characters", code="pool.name")
        if most_users is not None and most_users < 1:
            raise UsageError("a pool is for one user at least", code="pool.users")
        if expires_at is not None and expires_at <= max(starts_at or now, now):
            raise UsageError("a pool ends after its start and in the future", code="pool.period")
        pool = ResourcePool(
            id=self._new_id(),
            name=name.strip(),
            description=description or None,
            tenant_id=tenant,
            pool_type=kind,
            resource_type=resource,
            total_limit=positive(total),
            max_allocation_per_user=positive(most_per_user),
            min_allocation_per_request=amount(least_per_request),
            requires_approval=is_approval_asked or bool(auto_approve_domains) or kind is PoolType.BOUNTY,
            auto_approve_domains=tuple(_domain(text) for text in auto_approve_domains) or None,
            max_concurrent_users=most_users,
            starts_at=starts_at,
            expires_at=expires_at,
            status=PoolStatus.DRAFT if is_draft else PoolStatus.ACTIVE,
            sponsor_id=sponsor,
            time_window_id=window_id,
            created_at=now,
            updated_at=now,
        )
        await self._store.add_pool(pool)
        self._bus.publish(PoolChanged(pool_id=pool.id, status=pool.status.value))
        return pool

    async def open(self, pool_id: UUID) -> ResourcePool | Deny:
        """Open a draft or a paused pool. Refused: pool.missing, pool.status."""
        return await self._step(pool_id, PoolStatus.ACTIVE)

    async def pause(self, pool_id: UUID) -> ResourcePool | Deny:
        """Take no requests until `open`; what was allocated stays."""
        return await self._step(pool_id, PoolStatus.PAUSED)

    async def close(self, pool_id: UUID) -> ResourcePool | Deny:
        """Take no requests any more and decline those that wait; what was allocated stays until its end."""
        return await self._step(pool_id, PoolStatus.CLOSED)

    async def find(self, pool_id: UUID) -> ResourcePool | None:
        return await self._store.pool(pool_id)

    async def listing(self, *, status: PoolStatus | None = None) -> Sequence[ResourcePool]:
        """Return pools, newest first."""
        return await self._store.pools(status=status)

    async def usage(self, pool_id: UUID) -> PoolUsage | None:
        """Return the pool's usage statistics."""
        return await self._store.pool_usage(pool_id)

    # --- requests ---
    async def request(
        self,
        pool_id: UUID,
        *,
        user: str,
        wanted: Decimal,
        purpose: str = "",
        mail: str = "",
        last_ms: int = LAST_MS,
        identity: UUID | None = None,
        key: str | None = None,
    ) -> PoolAllocation | Deny:
        """Ask for an amount: PENDING until somebody decides, or APPROVED at once by the pool's own rule.

        Args:
            user: Who asks; the same text every time, for the limit per user.
            mail: The user's address if the caller has checked it, for approval by domain; empty otherwise.
            last_ms: How long the allocation lasts from now, and the request waits; never past the pool's end.

        Refused: pool.missing/draft/paused/closed/expired/pending, window.closed, pool.least, pool.share, pool.over,
        pool.users, pool.purpose, policy.denied, repeat.differs.
        Raises UsageError: usage.amount, pool.purpose (over 1000 characters).
        """
        if len(purpose) > MAX_PURPOSE:
            raise UsageError(f"a purpose has at most {MAX_PURPOSE} characters", code="pool.purpose")
        exact = positive(wanted)
        pool = await self._store.pool(pool_id)
        if pool is None:
            return Deny("pool.missing")
        window = await self._window(pool)
        if isinstance(window, Deny):
            return window
        held = await self._held(pool_id, user)
        decision = self._may_use(pool, user=user, mail=mail, wanted=exact, held=held)
        if isinstance(decision, Deny):
            return decision
        now = self._now()
        end = now.plus(last_ms)
        allocation = PoolAllocation(
            id=self._new_id(),
            pool_id=pool_id,
            user_id=user,
            ephemeral_identity_id=identity,
            allocated_amount=exact,
            purpose=purpose or None,
            expires_at=end if pool.expires_at is None else min(end, pool.expires_at),
            created_at=now,
            updated_at=now,
        )
        repeat = None
        if key is not None:
            repeat = RepeatKey(scope="pool.request", key=key, request=f"{pool_id}|{user}|{exact}|{purpose}")
        taken = await self._store.request(allocation, mail=mail, window=window, now=now, repeat=repeat)
        return self._tell(taken)

    async def approve(
        self, allocation_id: UUID, *, approver: UUID, given: Decimal | None = None
    ) -> PoolAllocation | Deny:
        """Approve a waiting request, in full or with less.

        Refused: allocation.missing/closed/expired, allocation.over (more than was asked), pool.users, pool.paused...
        Raises UsageError: usage.amount.
        """
        exact = None if given is None else positive(given)
        return self._tell(await self._store.approve(allocation_id, approver=approver, given=exact, now=self._now()))

    async def decline(self, allocation_id: UUID, *, approver: UUID) -> PoolAllocation | Deny:
        """Decline a waiting request. Refused: allocation.missing, allocation.closed."""
        return self._tell(await self._store.decline(allocation_id, approver=approver, now=self._now()))

    async def use(self, allocation_id: UUID, used: Decimal, *, mail: str = "") -> PoolAllocation | Deny:
        """Count use of an approved allocation, if the policies still let its user use the pool.

        Args:
            mail: As at the request, where a policy names the user's domain.

        Refused: policy.denied, allocation.missing/closed/expired/over. Raises UsageError: usage.amount.
        """
        exact = positive(used)
        allocation = await self._store.allocation(allocation_id)
        pool = None if allocation is None else await self._store.pool(allocation.pool_id)
        if allocation is not None and pool is not None:
            held = allocation.allocated_amount - exact
            decision = self._may_use(pool, user=allocation.user_id, mail=mail, wanted=exact, held=max(held, ZERO))
            if isinstance(decision, Deny):
                return decision
        return self._tell(await self._store.use_allocation(allocation_id, exact, now=self._now()))

    async def release(self, allocation_id: UUID) -> PoolAllocation | Deny:
        """End an allocation, or withdraw a request: what was not used is there for others again."""
        return self._tell(await self._store.release_allocation(allocation_id, now=self._now()))

    async def allocation(self, allocation_id: UUID) -> PoolAllocation | None:
        return await self._store.allocation(allocation_id)

    async def allocations(
        self, *, pool_id: UUID | None = None, user: str | None = None, status: AllocationStatus | None = None
    ) -> Sequence[PoolAllocation]:
        """Return the allocations that match everything given, newest first; PENDING are those that wait."""
        return await self._store.allocations(pool_id=pool_id, user=user, status=status)

    # --- what workers do ---
    async def process_pool_expirations(self) -> int:
        """Expire pools whose end has come, with all that was asked and given. Return how many."""
        expired = 0
        while batch := await self._store.expire_pools(self._now(), limit=ALLOCATION_BATCH):
            expired += len(batch)
            for pool_id in batch:
                self._bus.publish(PoolChanged(pool_id=pool_id, status=PoolStatus.EXPIRED.value))
        return expired

    async def process_allocation_expirations(self) -> int:
        """Expire allocations and waiting requests whose end has come. Return how many."""
        expired = 0
        while batch := await self._store.expire_allocations(self._now(), limit=ALLOCATION_BATCH):
            expired += len(batch)
            for allocation_id in batch:
                ended = await self._store.allocation(allocation_id)
                if ended is not None:
                    self._publish(ended)
        return expired

    # --- inside ---
    async def _held(self, pool_id: UUID, user: str) -> Decimal:
        """What one user has and asks for in a pool now."""
        mine = await self._store.allocations(pool_id=pool_id, user=user, status=None)
        open_states = {AllocationStatus.PENDING, AllocationStatus.APPROVED}
        return sum((each.allocated_amount for each in mine if each.status in open_states), ZERO)

    async def _window(self, pool: ResourcePool) -> TimeWindow | Deny | None:
        if pool.time_window_id is None:
            return None
        return await self._windows.find(pool.time_window_id) or Deny("window.missing")

    async def _step(self, pool_id: UUID, status: PoolStatus) -> ResourcePool | Deny:
        changed = await self._store.step_pool(pool_id, status, now=self._now())
        if isinstance(changed, ResourcePool):
            self._bus.publish(PoolChanged(pool_id=pool_id, status=changed.status.value))
        return changed

    def _tell(self, moved: Requested | Deny) -> PoolAllocation | Deny:
        if isinstance(moved, Deny):
            return moved
        if not moved.is_repeated:
            self._publish(moved.allocation)
        return moved.allocation

    def _publish(self, allocation: PoolAllocation) -> None:
        self._bus.publish(
            AllocationChanged(
                pool_id=allocation.pool_id,
                allocation_id=allocation.id,
                user_id=allocation.user_id,
                status=allocation.status.value,
                amount=allocation.allocated_amount,
            )
        )

    def _now(self) -> Instant:
        return self._clock.now().instant

    def _new_id(self) -> UUID:
        return UUID(bytes=self._entropy.draw(_UUID_BYTES), version=4)


def _domain(text: str) -> str:
    domain = text.strip().removeprefix("@").lower()
    if not domain or "@" in domain or not all(part.isascii() and part for part in domain.split(".")):
        raise UsageError(f"a mail domain is like example.org, got {text!r}", code="pool.domain")
    return domain
