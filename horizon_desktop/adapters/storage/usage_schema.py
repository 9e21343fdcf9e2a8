"""The tables of quotas, pools, time windows and cost: the specification's names, our own ledger, and the seal."""

from typing import Any, Final

import sqlalchemy as sa

from horizon_desktop.adapters.storage.column_types import Word
from horizon_desktop.adapters.storage.exact_types import ArrayOf, Exact, Moment
from horizon_desktop.adapters.storage.schema import METADATA
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.pool import AllocationStatus, PoolStatus, PoolType
from horizon_desktop.domain.usage.quota import QuotaStatus, ReservationState

_NAME: Final = 255


def _id() -> "sa.Column[Any]":
    return sa.Column("id", sa.Uuid, primary_key=True)


def _ref(name: str, *, is_optional: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Uuid, nullable=is_optional)


def _name(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(_NAME), nullable=False)


def _text(name: str, *, is_optional: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text, nullable=is_optional)


def _exact(name: str, precision: int = 20, scale: int = 6) -> "sa.Column[Any]":
    return sa.Column(name, Exact(precision, scale), nullable=False)


def _moment(name: str, *, is_optional: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, Moment, nullable=is_optional)


def _resource() -> "sa.Column[Any]":
    return sa.Column("resource_type", Word(ResourceType), nullable=False)


QUOTAS: Final = sa.Table(
    "quotas",
    METADATA,
    _id(),
    _ref("tenant_id"),
    _name("owner_id"),
    _resource(),
    _exact("limit_value"),
    _moment("created_at"),
    _moment("updated_at"),
)

EPHEMERAL_QUOTAS: Final = sa.Table(
    "ephemeral_quotas",
    METADATA,
    _id(),
    sa.Column("quota_id", sa.Uuid, sa.ForeignKey("quotas.id"), nullable=True),
    _ref("ephemeral_identity_id"),
    _ref("tenant_id"),
    _name("sponsor_id"),
    _name("beneficiary_id"),
    _resource(),
    _exact("limit_value"),
    _exact("used_value"),
    _exact("reserved_value"),
    _moment("starts_at"),
    _moment("expires_at"),
    _ref("time_window_id", is_optional=True),
    sa.Column("burst_enabled", sa.Boolean, nullable=False),
    _exact("burst_multiplier", 10, 4),
    _ref("pool_id", is_optional=True),
    _exact("actual_cost"),
    _exact("cost_rate"),
    sa.Column("status", Word(QuotaStatus), nullable=False),
    _text("status_reason", is_optional=True),
    _moment("created_at"),
    _moment("updated_at"),
    sa.CheckConstraint("used_value >= 0 AND reserved_value >= 0", name="ledger"),
)
sa.Index("idx_ephemeral_quotas_identity", EPHEMERAL_QUOTAS.c.ephemeral_identity_id)
sa.Index("idx_ephemeral_quotas_sponsor", EPHEMERAL_QUOTAS.c.sponsor_id)
sa.Index("idx_ephemeral_quotas_beneficiary", EPHEMERAL_QUOTAS.c.beneficiary_id)
sa.Index("idx_ephemeral_quotas_expires", EPHEMERAL_QUOTAS.c.expires_at)
sa.Index("idx_ephemeral_quotas_status", EPHEMERAL_QUOTAS.c.status)
sa.Index(
    "ix_ephemeral_quotas_live_expiry",
    EPHEMERAL_QUOTAS.c.expires_at,
    sqlite_where=sa.text("status IN ('pending', 'active', 'suspended')"),
    postgresql_where=sa.text("status IN ('pending', 'active', 'suspended')"),
)

RESOURCE_POOLS: Final = sa.Table(
    "resource_pools",
    METADATA,
    _id(),
    _name("name"),
    _text("description", is_optional=True),
    _ref("tenant_id"),
    sa.Column("pool_type", Word(PoolType), nullable=False),
    _resource(),
    _exact("total_limit"),
    _exact("allocated"),
    _exact("reserved"),
    _exact("max_allocation_per_user"),
    _exact("min_allocation_per_request"),
    sa.Column("requires_approval", sa.Boolean, nullable=False),
    sa.Column("auto_approve_domains", ArrayOf(sa.Text()), nullable=True),
    sa.Column("max_concurrent_users", sa.Integer, nullable=True),
    sa.Column("current_users", sa.Integer, nullable=False),
    _moment("starts_at", is_optional=True),
    _moment("expires_at", is_optional=True),
    sa.Column("status", Word(PoolStatus), nullable=False),
    _ref("sponsor_id", is_optional=True),
    _ref("time_window_id", is_optional=True),
    _moment("created_at"),
    _moment("updated_at"),
    sa.CheckConstraint("allocated >= 0 AND reserved >= 0 AND allocated + reserved <= total_limit", name="shares"),
    sa.CheckConstraint("current_users >= 0", name="users"),
)

POOL_ALLOCATIONS: Final = sa.Table(
    "pool_allocations",
    METADATA,
    _id(),
    sa.Column("pool_id", sa.Uuid, sa.ForeignKey("resource_pools.id"), nullable=False),
    _name("user_id"),
    _ref("ephemeral_identity_id", is_optional=True),
    _exact("allocated_amount"),
    _exact("used_amount"),
    sa.Column("status", Word(AllocationStatus), nullable=False),
    _text("purpose", is_optional=True),
    _ref("approved_by", is_optional=True),
    _moment("approved_at", is_optional=True),
    _moment("released_at", is_optional=True),
    _moment("expires_at"),
    _moment("created_at"),
    _moment("updated_at"),
    sa.CheckConstraint("used_amount BETWEEN 0 AND allocated_amount", name="used"),
)
sa.Index("ix_pool_allocations_pool_user", POOL_ALLOCATIONS.c.pool_id, POOL_ALLOCATIONS.c.user_id)
sa.Index(
    "ix_pool_allocations_live_expiry",
    POOL_ALLOCATIONS.c.expires_at,
    sqlite_where=sa.text("status IN ('pending', 'approved')"),
    postgresql_where=sa.text("status IN ('pending', 'approved')"),
)

TIME_WINDOWS: Final = sa.Table(
    "time_windows",
    METADATA,
    _id(),
    _name("name"),
    sa.Column("start_time", sa.Time, nullable=False),
    sa.Column("end_time", sa.Time, nullable=False),
    sa.Column("timezone", sa.String(50), nullable=False),
    sa.Column("days_of_week", ArrayOf(sa.Integer()), nullable=False),
    sa.Column("blackout_dates", ArrayOf(sa.Date()), nullable=True),
    _moment("created_at"),
    _moment("updated_at"),
)

QUOTA_RESERVATIONS: Final = sa.Table(
    "quota_reservations",
    METADATA,
    _id(),
    sa.Column("quota_id", sa.Uuid, sa.ForeignKey("ephemeral_quotas.id", ondelete="CASCADE"), nullable=False),
    _exact("amount"),
    _exact("used"),
    _text("session_id"),
    sa.Column("state", Word(ReservationState), nullable=False),
    _moment("created_at"),
    _moment("expires_at"),
    _moment("settled_at", is_optional=True),
    sa.CheckConstraint("used BETWEEN 0 AND amount", name="used"),
)
sa.Index("ix_quota_reservations_quota_id", QUOTA_RESERVATIONS.c.quota_id)
sa.Index(
    "ix_quota_reservations_held_expiry",
    QUOTA_RESERVATIONS.c.expires_at,
    sqlite_where=sa.text("state = 'held'"),
    postgresql_where=sa.text("state = 'held'"),
)

IDEMPOTENCY_KEYS: Final = sa.Table(
    "idempotency_keys",
    METADATA,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.Text, nullable=False),
    _ref("subject_id"),
    _moment("created_at"),
)
sa.Index("ix_idempotency_keys_created_at", IDEMPOTENCY_KEYS.c.created_at)

COST_ENTRIES: Final = sa.Table(
    "cost_entries",
    METADATA,
    _id(),
    _ref("tenant_id"),
    _ref("quota_id", is_optional=True),
    _name("sponsor_id"),
    _name("beneficiary_id"),
    _text("session_id"),
    _resource(),
    _exact("quantity"),
    _exact("rate"),
    _exact("cost"),
    _moment("booked_at"),
)
sa.Index("ix_cost_entries_sponsor", COST_ENTRIES.c.sponsor_id, COST_ENTRIES.c.booked_at)
sa.Index("ix_cost_entries_session", COST_ENTRIES.c.session_id)
sa.Index("ix_cost_entries_booked_at", COST_ENTRIES.c.booked_at)

RATE_CARDS: Final = sa.Table(
    "rate_cards",
    METADATA,
    _id(),
    _ref("tenant_id"),
    _resource(),
    _text("model"),
    _exact("price"),
    sa.Column("currency", sa.String(3), nullable=False),
    _moment("valid_from"),
    _moment("created_at"),
)

SESSION_LIMITS: Final = sa.Table(
    "session_limits",
    METADATA,
    sa.Column("session_id", sa.LargeBinary, sa.ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True),
    _ref("quota_id", is_optional=True),
    _ref("time_window_id", is_optional=True),
)

STORE_HEAD: Final = sa.Table(
    "store_head",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("store_id", sa.LargeBinary, nullable=False),
    sa.Column("counter", sa.BigInteger, nullable=False),
    sa.Column("seal", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("id = 1", name="one"),
)
"""One row: the seal of a SQLite file. Empty on PostgreSQL, whose server guards its files."""

USAGE_TABLES: Final = (
    QUOTAS,
    EPHEMERAL_QUOTAS,
    RESOURCE_POOLS,
    POOL_ALLOCATIONS,
    TIME_WINDOWS,
    QUOTA_RESERVATIONS,
    IDEMPOTENCY_KEYS,
    COST_ENTRIES,
    RATE_CARDS,
    SESSION_LIMITS,
    STORE_HEAD,
)
