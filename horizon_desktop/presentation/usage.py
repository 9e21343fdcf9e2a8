"""What the window knows of quotas, cost and pools: a reading of the bridge, as the state keeps it."""

from decimal import Decimal

import msgspec

from horizon_desktop.domain.instants import Instant


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """One quota that counts now. Amounts are exact."""

    quota_id: str
    resource: str
    sponsor: str
    beneficiary: str
    limit: Decimal
    used: Decimal
    reserved: Decimal
    ceiling: Decimal
    """The limit with burst; equal to the limit without."""
    status: str
    expires_at: Instant
    forecast: Decimal | None = None
    """What will be used by the end if it goes on as so far."""


class Sponsor(msgspec.Struct, frozen=True, kw_only=True):
    """One sponsor's share of this month's cost."""

    sponsor: str
    quantities: dict[str, Decimal]
    cost: Decimal
    share_percent: int


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """One pool or bounty."""

    pool_id: str
    name: str
    description: str
    kind: str
    """shared, grant, donated or bounty."""
    resource: str
    total: Decimal
    left: Decimal
    users: int
    most_users: int | None
    hours: str
    expires_at: Instant | None
    status: str
    """draft, active or paused."""
    waiting: int
    is_nearly_empty: bool


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a pool, waiting or decided."""

    allocation_id: str
    pool_id: str
    pool_name: str
    user: str
    resource: str
    amount: Decimal
    purpose: str
    status: str
    """pending, approved, declined, released or expired."""
    asked_at: Instant
    decided_at: Instant | None
    left_after: Decimal
    """What the pool has left when it is approved."""
    user_cap: Decimal
    cost: Decimal
    is_self_approved: bool = False


class UsageReading(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one moment. The order of each list is the order on the screen."""

    until: Instant
    """When the month that cost is counted for ends."""
    currency: str
    quotas: tuple[Quota, ...]
    sponsors: tuple[Sponsor, ...]
    cost: Decimal
    pools: tuple[Pool, ...]
    waiting: tuple[Request, ...]
    decided: tuple[Request, ...]
