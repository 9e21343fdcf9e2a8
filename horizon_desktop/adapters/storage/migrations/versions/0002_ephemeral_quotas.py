"""Quotas: the specification's ephemeral_quotas, and the standing quotas that they are cut from."""

import sqlalchemy as sa
from alembic import op

from horizon_desktop.adapters.storage.migrations.stored_types import amount, moment, new_id, now, whole

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "quotas",
        sa.Column("id", sa.Uuid(), nullable=False, server_default=new_id()),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.String(255), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("limit_value", amount(), nullable=False),
        sa.Column("created_at", moment(), nullable=False, server_default=now()),
        sa.Column("updated_at", moment(), nullable=False, server_default=now()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotas")),
    )
    op.create_table(
        "ephemeral_quotas",
        sa.Column("id", sa.Uuid(), nullable=False, server_default=new_id()),
        sa.Column("quota_id", sa.Uuid(), nullable=True),
        sa.Column("ephemeral_identity_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sponsor_id", sa.String(255), nullable=False),
        sa.Column("beneficiary_id", sa.String(255), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("limit_value", amount(), nullable=False),
        sa.Column("used_value", amount(), nullable=False, server_default=sa.text("0")),
        sa.Column("reserved_value", amount(), nullable=False, server_default=sa.text("0")),
        sa.Column("starts_at", moment(), nullable=False, server_default=now()),
        sa.Column("expires_at", moment(), nullable=False),
        sa.Column("time_window_id", sa.Uuid(), nullable=True),
        sa.Column("burst_enabled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("burst_multiplier", amount(10, 4), nullable=False, server_default=whole(1, 4)),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("actual_cost", amount(), nullable=False, server_default=sa.text("0")),
        sa.Column("cost_rate", amount(), nullable=False, server_default=sa.text("0")),
        sa.Column("status", sa.Text(), nullable=False, server_default=sa.text("'pending'")),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("created_at", moment(), nullable=False, server_default=now()),
        sa.Column("updated_at", moment(), nullable=False, server_default=now()),
        sa.CheckConstraint("used_value >= 0 AND reserved_value >= 0", name=op.f("ck_ephemeral_quotas_ledger")),
        sa.ForeignKeyConstraint(["quota_id"], ["quotas.id"], name=op.f("fk_ephemeral_quotas_quota_id_quotas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ephemeral_quotas")),
    )
    op.create_index("idx_ephemeral_quotas_identity", "ephemeral_quotas", ["ephemeral_identity_id"])
    op.create_index("idx_ephemeral_quotas_sponsor", "ephemeral_quotas", ["sponsor_id"])
    op.create_index("idx_ephemeral_quotas_beneficiary", "ephemeral_quotas", ["beneficiary_id"])
    op.create_index("idx_ephemeral_quotas_expires", "ephemeral_quotas", ["expires_at"])
    op.create_index("idx_ephemeral_quotas_status", "ephemeral_quotas", ["status"])


def downgrade() -> None:
    op.drop_table("ephemeral_quotas")
    op.drop_table("quotas")
