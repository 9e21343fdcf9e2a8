"""Our own ledger of use: reservations, idempotency keys, cost, rate cards, and what a session is limited by."""

import sqlalchemy as sa
from alembic import op

from horizon_desktop.adapters.storage.migrations.stored_types import amount, moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index(
        "ix_ephemeral_quotas_live_expiry",
        "ephemeral_quotas",
        ["expires_at"],
        sqlite_where=sa.text("status IN ('pending', 'active', 'suspended')"),
        postgresql_where=sa.text("status IN ('pending', 'active', 'suspended')"),
    )
    op.create_table(
        "quota_reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quota_id", sa.Uuid(), nullable=False),
        sa.Column("amount", amount(), nullable=False),
        sa.Column("used", amount(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("expires_at", moment(), nullable=False),
        sa.Column("settled_at", moment(), nullable=True),
        sa.CheckConstraint("used BETWEEN 0 AND amount", name=op.f("ck_quota_reservations_used")),
        sa.ForeignKeyConstraint(
            ["quota_id"],
            ["ephemeral_quotas.id"],
            name=op.f("fk_quota_reservations_quota_id_ephemeral_quotas"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_reservations")),
    )
    op.create_index("ix_quota_reservations_quota_id", "quota_reservations", ["quota_id"])
    op.create_index(
        "ix_quota_reservations_held_expiry",
        "quota_reservations",
        ["expires_at"],
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_table(
        "cost_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("quota_id", sa.Uuid(), nullable=True),
        sa.Column("sponsor_id", sa.String(255), nullable=False),
        sa.Column("beneficiary_id", sa.String(255), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("quantity", amount(), nullable=False),
        sa.Column("rate", amount(), nullable=False),
        sa.Column("cost", amount(), nullable=False),
        sa.Column("booked_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_entries")),
    )
    op.create_index("ix_cost_entries_sponsor", "cost_entries", ["sponsor_id", "booked_at"])
    op.create_index("ix_cost_entries_session", "cost_entries", ["session_id"])
    op.create_index("ix_cost_entries_booked_at", "cost_entries", ["booked_at"])
    op.create_table(
        "rate_cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("price", amount(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("valid_from", moment(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_cards")),
    )
    op.create_table(
        "session_limits",
        sa.Column("session_id", sa.LargeBinary(), nullable=False),
        sa.Column("quota_id", sa.Uuid(), nullable=True),
        sa.Column("time_window_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.session_id"],
            name=op.f("fk_session_limits_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_limits")),
    )


def downgrade() -> None:
    op.drop_index("ix_ephemeral_quotas_live_expiry", "ephemeral_quotas")
    op.drop_table("session_limits")
    op.drop_table("rate_cards")
    op.drop_table("cost_entries")
    op.drop_table("idempotency_keys")
    op.drop_table("quota_reservations")
