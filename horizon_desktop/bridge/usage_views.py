"""What a front sees of use, and what it asks with: quotas, cost by sponsor, pools, requests. Amounts are exact."""

from decimal import Decimal

import msgspec

from horizon_desktop.domain.instants import Instant


class QuotaView(msgspec.Struct, frozen=True, kw_only=True):
    """One quota, for a bar: used, then reserved, a tick at the limit, burst up to the ceiling."""

    quota_id: str
    resource: str
    """gpu_hours, tpu_hours, cpu_hours, memory_gib_hours, storage_gib_hours or network_gib."""
    sponsor: str
    beneficiary: str
    limit: Decimal
    used: Decimal
    reserved: Decimal
    ceiling: Decimal
    """Limit with burst; equal to the limit without."""
    left: Decimal
    warned_percent: int
    """0, 50, 80, 95 or 100."""
    rate: Decimal
    """Price of one unit."""
    cost: Decimal
    """Of all that was used."""
    status: str
    """pending, active, suspended, expired or revoked."""
    starts_at: Instant
    expires_at: Instant
    forecast: Decimal | None = None
    """What will be used by the end if it goes on as so far; None before an hour of it has passed."""


class SponsorLine(msgspec.Struct, frozen=True, kw_only=True):
    """One sponsor's share of the month."""

    sponsor: str
    quantities: dict[str, Decimal]
    """Resource to how much."""
    cost: Decimal
    share_percent: int
    """Of the whole cost, rounded."""


class PoolView(msgspec.Struct, frozen=True, kw_only=True):
    pool_id: str
    name: str
    description: str
    kind: str
    """shared, grant, donated or bounty."""
    resource: str
    total: Decimal
    left: Decimal
    used: Decimal
    users: int
    most_users: int | None
    is_approval_asked: bool
    hours: str
    """`22:00-06:00 Europe/Berlin`, empty for always."""
    expires_at: Instant | None
    status: str
    """draft, active, paused, closed or expired."""
    waiting: int
    """Requests nobody decided yet."""
    is_nearly_empty: bool
    """Under a tenth is left."""


class RequestView(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a pool: waiting, or decided."""

    allocation_id: str
    pool_id: str
    pool_name: str
    user: str
    resource: str
    amount: Decimal
    used: Decimal
    purpose: str
    status: str
    """pending, approved, declined, released or expired."""
    asked_at: Instant
    decided_at: Instant | None
    expires_at: Instant
    left_after: Decimal
    """Waiting: what the pool has left when it is approved."""
    user_cap: Decimal
    """The most one user may have of the pool."""
    cost: Decimal
    """What it costs at today's price when it is used up."""
    is_self_approved: bool = False
    """Approved by the pool's own rule."""


class UsageView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of the screen of quotas and pools at one moment."""

    since: Instant
    """Beginning of this month, UTC: cost counts from here."""
    until: Instant
    """Beginning of the next one."""
    currency: str
    quotas: tuple[QuotaView, ...]
    """Live ones, newest first."""
    sponsors: tuple[SponsorLine, ...]
    """The highest cost first."""
    cost: Decimal
    """The sum of `sponsors`, to the last digit."""
    pools: tuple[PoolView, ...]
    """All but the expired and closed, newest first."""
    waiting: tuple[RequestView, ...]
    """Oldest first."""
    decided: tuple[RequestView, ...]
    """The 20 newest decisions, newest first."""


class PoolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who offers a pool says."""

    name: str
    total: Decimal
    most_per_user: Decimal
    resource: str = "gpu_hours"
    kind: str = "shared"
    description: str = ""
    least_per_request: Decimal = Decimal(1)
    is_approval_asked: bool = True
    auto_approve_domains: tuple[str, ...] = ()
    most_users: int | None = None
    days: int | None = None
    """How many days it is open; None: until it is closed."""
    window_id: str = ""


class QuotaSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a sponsor says who gives somebody a quota."""

    beneficiary: str
    limit: Decimal
    resource: str = "gpu_hours"
    hours: int = 24
    """How long it lasts from now."""
    burst: Decimal = Decimal(1)
    """Times the limit that may be used: 1 to 10."""
    model: str = ""
    """The resource's model (`h100`), for its price."""
    window_id: str = ""


class WindowSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says who limits something to hours of the day."""

    name: str
    start: str
    """HH:MM."""
    end: str
    zone: str = "UTC"
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    """0 is Monday."""
    blackout_dates: tuple[str, ...] = ()
    """YYYY-MM-DD."""


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    window_id: str
    name: str
    start: str
    end: str
    zone: str
    days: tuple[int, ...]
    blackout_dates: tuple[str, ...]
    is_open: bool
    next_open: Instant | None
    """From now on; None: never."""
    next_close: Instant | None
    """None: it is closed, or never closes."""
