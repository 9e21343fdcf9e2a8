"""Facts about use that the specification's 14 lack: a quota runs down, a pool or a request in it moved."""

from decimal import Decimal
from uuid import UUID

import msgspec


class _Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


class QuotaWarned(_Fact, frozen=True):
    """Use has reached `percent` of a quota's limit: 50, 80, 95 or 100; told once for each."""

    quota_id: UUID
    sponsor_id: str
    session_id: str
    """The session whose use it was, empty for none."""
    percent: int
    left: Decimal
    """What can still be used, burst included."""


class PurseMoved(_Fact, frozen=True):
    """Metered use was debited from a session's purse, or its end stops or frees what costs."""

    session_id: str
    quota_id: UUID
    resource: str
    """gpu_hours, cpu_hours or network_gib."""
    used: Decimal
    limit: Decimal
    ceiling: Decimal
    """The limit with burst."""
    cost: Decimal
    is_stopped: bool
    """What costs is stopped: guests read and talk on."""
    reason: str = ""
    """Why it is stopped: quota.over, quota.expired, quota.suspended, quota.revoked, window.closed."""


class QuotaChanged(_Fact, frozen=True):
    """A quota was suspended, resumed, revoked or extended. Read it again."""

    quota_id: UUID
    status: str


class PoolChanged(_Fact, frozen=True):
    """A pool was made, stepped, or has expired. Read it again."""

    pool_id: UUID
    status: str


class AllocationChanged(_Fact, frozen=True):
    """A request to a pool was taken or decided, or an allocation was used, released, or has expired."""

    pool_id: UUID
    allocation_id: UUID
    user_id: str
    status: str
    amount: Decimal
