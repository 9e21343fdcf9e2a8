"""EphemeralQuotaService: time-bounded quotas with burst; reserve, commit, release; expiry (SPEC system 13)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.events import BurstUsed, CostRecorded, EphemeralQuotaCreated, EphemeralQuotaExpired
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.amounts import MAX_AMOUNT, ResourceType, amount, positive
from horizon_desktop.domain.usage.facts import QuotaChanged, QuotaWarned
from horizon_desktop.domain.usage.quota import (
    MAX_MULTIPLIER,
    NO_BURST,
    EphemeralQuota,
    QuotaStatus,
    Reservation,
    Settled,
    StandingQuota,
)
from horizon_desktop.errors import UsageError
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.usage import QuotaStore, RepeatKey
from horizon_desktop.services.time_windows import TimeWindowService

HOLD_MS: Final = 3_600_000
"""A reservation that nobody settles is freed after an hour."""
SWEEP_BATCH: Final = 2_000
"""Rows in one transaction: the write lock is held some tens of milliseconds."""
HOUR_MS: Final = 3_600_000
LOCAL_TENANT: Final = UUID(int=0)
"""The tenant of a profile on its own."""
_UUID_BYTES: Final = 16
_MULTIPLIER_PLACES: Final = Decimal("0.0001")


class MayHaveQuota(Protocol):
    """Asks the policies whether somebody may be given a quota, and each time whether it may be used."""

    def __call__(self, resource: ResourceType, *, beneficiary: str, amount: Decimal) -> Decision: ...


class EphemeralQuotaService:
    """Makes quotas and counts what is used of them. A refusal is a Deny; broken promises raise StoreUnavailable.

    Callers at once, in this process or another, never hold and use more than limit plus burst together. `key`
    everywhere is the caller's own name for one request: asked again with it, the same answer comes and nothing more
    happens; with other figures, repeat.differs.
    """

    def __init__(
        self,
        *,
        store: QuotaStore,
        windows: TimeWindowService,
        bus: Bus,
        clock: Clock,
        entropy: Entropy,
        may_have: MayHaveQuota,
    ) -> None:
        self._store = store
        self._windows = windows
        self._bus = bus
        self._clock = clock
        self._entropy = entropy
        self._may_have = may_have

    # --- make ---
    async def create_standing(
        self, *, owner: str, resource: ResourceType, limit: Decimal, tenant: UUID = LOCAL_TENANT
    ) -> StandingQuota:
        """Keep what a sponsor has to give in all. Raises UsageError: usage.amount."""
        now = self._now()
        quota = StandingQuota(
            id=self._new_id(),
            tenant_id=tenant,
            owner_id=owner,
            resource_type=resource,
            limit_value=positive(limit),
            created_at=now,
            updated_at=now,
        )
        await self._store.add_standing(quota)
        return quota

    async def create(
        self,
        *,
        identity: UUID,
        sponsor: str,
        beneficiary: str,
        resource: ResourceType,
        limit: Decimal,
        expires_at: Instant,
        starts_at: Instant | None = None,
        burst: Decimal = NO_BURST,
        cost_rate: Decimal = Decimal(0),
        window_id: UUID | None = None,
        pool_id: UUID | None = None,
        standing_id: UUID | None = None,
        tenant: UUID = LOCAL_TENANT,
        key: str | None = None,
    ) -> EphemeralQuota | Deny:
        """Keep a quota, ACTIVE at once or PENDING until `starts_at`; publish EphemeralQuotaCreated.

        Args:
            identity: The ephemeral identity that uses it; for a session's purse the host's own.
            burst: Times the limit that may be used, 1 (no burst) to 10, with four places.
            cost_rate: Price of one unit of the resource.

        Refused: policy.denied, standing.missing, standing.over, repeat.differs.

        Raises:
            UsageError: usage.amount; quota.burst; quota.period (it ends before it begins, or has ended).
        """
        now = self._now()
        quota = EphemeralQuota(
            id=self._new_id(),
            quota_id=standing_id,
            ephemeral_identity_id=identity,
            tenant_id=tenant,
            sponsor_id=sponsor,
            beneficiary_id=beneficiary,
            resource_type=resource,
            limit_value=positive(limit),
            starts_at=starts_at or now,
            expires_at=expires_at,
            time_window_id=window_id,
            burst_enabled=burst != NO_BURST,
            burst_multiplier=_multiplier(burst),
            pool_id=pool_id,
            cost_rate=amount(cost_rate),
            status=QuotaStatus.PENDING if starts_at is not None and starts_at > now else QuotaStatus.ACTIVE,
            created_at=now,
            updated_at=now,
        )
        _check(quota, now)
        decision = self._may_have(resource, beneficiary=beneficiary, amount=quota.limit_value)
        if isinstance(decision, Deny):
            return decision
        asked = (identity, sponsor, beneficiary, resource.value, quota.limit_value, expires_at.ms, quota.ceiling)
        kept = await self._store.add_quota(quota, repeat=_repeat("quota.create", key, asked))
        if isinstance(kept, EphemeralQuota) and kept.id == quota.id:
            self._bus.publish(EphemeralQuotaCreated(quota_id=kept.id, beneficiary_id=beneficiary))
        return kept

    # --- read ---
    async def find(self, quota_id: UUID) -> EphemeralQuota | None:
        return await self._store.quota(quota_id)

    async def listing(
        self,
        *,
        sponsor: str | None = None,
        beneficiary: str | None = None,
        identity: UUID | None = None,
        status: QuotaStatus | None = None,
    ) -> Sequence[EphemeralQuota]:
        """Return the quotas that match everything given, newest first."""
        return await self._store.quotas(sponsor=sponsor, beneficiary=beneficiary, identity=identity, status=status)

    async def reservations(self, quota_id: UUID) -> Sequence[Reservation]:
        """Return a quota's reservations, oldest first, settled ones too."""
        return await self._store.reservations(quota_id)

    # --- change ---
    async def suspend(self, quota_id: UUID, *, reason: str) -> EphemeralQuota | Deny:
        """Refuse every further reservation until `resume`; what is held may still be committed."""
        return await self._step(quota_id, QuotaStatus.SUSPENDED, reason)

    async def resume(self, quota_id: UUID) -> EphemeralQuota | Deny:
        return await self._step(quota_id, QuotaStatus.ACTIVE, "")

    async def revoke(self, quota_id: UUID, *, reason: str) -> EphemeralQuota | Deny:
        """End a quota for good; what is held is freed and can no longer be committed."""
        return await self._step(quota_id, QuotaStatus.REVOKED, reason)

    async def extend(self, quota_id: UUID, expires_at: Instant) -> EphemeralQuota | Deny:
        """Move a live quota's end. Raises UsageError: quota.period (a moment that is over)."""
        if expires_at <= self._now():
            raise UsageError("a quota ends in the future", code="quota.period")
        changed = await self._store.extend_quota(quota_id, expires_at, now=self._now())
        return self._told(changed)

    # --- use ---
    async def reserve(
        self, quota_id: UUID, wanted: Decimal, *, session: str = "", key: str | None = None, hold_ms: int = HOLD_MS
    ) -> Reservation | Deny:
        """Set an amount aside for at most `hold_ms`; nobody else can use it meanwhile.

        Refused: policy.denied, quota.missing/pending/expired/suspended/revoked, quota.over (`detail`: what is left),
        window.closed (`detail`: the next opening), repeat.differs. Raises UsageError: usage.amount.
        """
        exact = positive(wanted)
        window = await self._may_use(quota_id, exact)
        if isinstance(window, Deny):
            return window
        now = self._now()
        held = await self._store.reserve(
            self._reservation(quota_id, exact, session, now, hold_ms),
            window=window,
            now=now,
            repeat=_repeat("quota.reserve", key, (quota_id, exact, session)),
        )
        return held if isinstance(held, Deny) else held.reservation

    async def commit(self, reservation_id: UUID, used: Decimal) -> Settled | Deny:
        """Turn a reservation into use: `used` of it, 0 to all; the rest is free again. The cost is booked with it.

        Publishes BurstUsed (what went above the limit), CostRecorded, and QuotaWarned for each of 50, 80, 95 and
        100 % of the limit that was passed. The same commit again changes and publishes nothing.

        Refused: reservation.missing, .settled, .expired, .over. Raises UsageError: usage.amount.
        """
        settled = await self._store.settle(reservation_id, amount(used), entry_id=self._new_id(), now=self._now())
        return self._tell(settled)

    async def release(self, reservation_id: UUID) -> Settled | Deny:
        """Give a reservation back unused. Refused: reservation.missing, .settled (it was committed), .expired."""
        return await self._store.release(reservation_id, now=self._now())

    async def use(
        self,
        quota_id: UUID,
        wanted: Decimal,
        *,
        session: str = "",
        key: str | None = None,
        is_partial: bool = False,
    ) -> Settled | Deny:
        """Reserve and commit at once, for what was used already and is metered.

        With `is_partial` a quota that is nearly spent gives what it has left: read `reservation.used`, and
        `after.is_spent` to know when to stop. Publishes and refuses as `reserve` and `commit`.
        """
        exact = positive(wanted)
        window = await self._may_use(quota_id, exact)
        if isinstance(window, Deny):
            return window
        now = self._now()
        settled = await self._store.use(
            self._reservation(quota_id, exact, session, now, HOLD_MS),
            entry_id=self._new_id(),
            window=window,
            now=now,
            is_partial=is_partial,
            repeat=_repeat("quota.use", key, (quota_id, exact, session)),
        )
        return self._tell(settled)

    # --- what workers do ---
    async def process_expirations(self, *, batch: int = SWEEP_BATCH) -> int:
        """Begin quotas whose start has come; expire quotas and reservations whose end has come, in batches.

        Publishes EphemeralQuotaExpired for each quota. Return how many quotas expired.
        """
        while len(await self._store.begin_due(self._now(), limit=batch)) == batch:
            pass
        expired = 0
        while over := await self._store.expire_quotas(self._now(), limit=batch):
            expired += len(over)
            for quota_id in over:
                self._bus.publish(EphemeralQuotaExpired(quota_id=quota_id))
        while await self._store.expire_reservations(self._now(), limit=batch):
            pass
        return expired

    async def cleanup_expired(self, hours: int, *, batch: int = SWEEP_BATCH) -> int:
        """Delete quotas that ended more than so many hours ago; their cost stays booked. Return how many."""
        before = self._now().plus(-hours * HOUR_MS)
        deleted = 0
        while gone := await self._store.delete_quotas(before, limit=batch):
            deleted += gone
        return deleted

    # --- inside ---
    async def _may_use(self, quota_id: UUID, wanted: Decimal) -> TimeWindow | Deny | None:
        """Ask the policies and a quota's window; return it, so that the store asks it again in the same transaction."""
        quota = await self._store.quota(quota_id)
        if quota is None:
            return None
        allowed = self._may_have(quota.resource_type, beneficiary=quota.beneficiary_id, amount=wanted)
        if isinstance(allowed, Deny):
            return allowed
        if quota.time_window_id is None:
            return None
        decision = await self._windows.evaluate(quota.time_window_id, quota_id=quota_id)
        return decision if isinstance(decision, Deny) else await self._windows.find(quota.time_window_id)

    async def _step(self, quota_id: UUID, status: QuotaStatus, reason: str) -> EphemeralQuota | Deny:
        return self._told(await self._store.step_quota(quota_id, status, reason=reason, now=self._now()))

    def _told(self, changed: EphemeralQuota | Deny) -> EphemeralQuota | Deny:
        if isinstance(changed, EphemeralQuota):
            self._bus.publish(QuotaChanged(quota_id=changed.id, status=changed.status.value))
        return changed

    def _tell(self, settled: Settled | Deny) -> Settled | Deny:
        if isinstance(settled, Deny) or settled.is_repeated or not settled.reservation.used:
            return settled
        quota = settled.after
        if settled.burst:
            self._bus.publish(BurstUsed(quota_id=quota.id, amount=settled.burst))
        self._bus.publish(CostRecorded(quota_id=quota.id, sponsor_id=quota.sponsor_id, cost=settled.cost))
        for percent in settled.passed_percents:
            self._bus.publish(
                QuotaWarned(
                    quota_id=quota.id,
                    sponsor_id=quota.sponsor_id,
                    session_id=settled.reservation.session_id,
                    percent=percent,
                    left=quota.left,
                )
            )
        return settled

    def _reservation(self, quota_id: UUID, wanted: Decimal, session: str, now: Instant, hold_ms: int) -> Reservation:
        return Reservation(
            id=self._new_id(),
            quota_id=quota_id,
            amount=wanted,
            session_id=session,
            created_at=now,
            expires_at=now.plus(hold_ms),
        )

    def _now(self) -> Instant:
        return self._clock.now().instant

    def _new_id(self) -> UUID:
        return UUID(bytes=self._entropy.draw(_UUID_BYTES), version=4)


def _multiplier(burst: Decimal) -> Decimal:
    exact = Decimal(burst).quantize(_MULTIPLIER_PLACES)
    if exact != burst or not NO_BURST <= exact <= MAX_MULTIPLIER:
        raise UsageError(f"burst is 1 to {MAX_MULTIPLIER} times the limit, got {burst}", code="quota.burst")
    return exact


def _check(quota: EphemeralQuota, now: Instant) -> None:
    if quota.expires_at <= max(quota.starts_at, now):
        raise UsageError("a quota ends after its start and in the future", code="quota.period")
    if quota.ceiling > MAX_AMOUNT:
        raise UsageError(f"limit and burst come to more than {MAX_AMOUNT}", code="quota.burst")


def _repeat(scope: str, key: str | None, asked: tuple[object, ...]) -> RepeatKey | None:
    return None if key is None else RepeatKey(scope=scope, key=key, request="|".join(str(part) for part in asked))
