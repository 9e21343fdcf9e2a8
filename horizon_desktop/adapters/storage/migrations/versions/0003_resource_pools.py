"""Pools: the specification's resource_pools and pool_allocations."""

import sqlalchemy as sa
from alembic import op

from horizon_desktop.adapters.storage.migrations.stored_types import amount, array, moment, new_id, now, whole

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "resource_pools",
        sa.Column("id", sa.Uuid(), nullable=False, server_default=new_id()),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("pool_type", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("total_limit", amount(), nullable=False),
        sa.Column("allocated", amount(), nullable=False, server_default=sa.text("0")),
        sa.Column("reserved", amount(), nullable=False, server_default=sa.text("0")),
        sa.Column("max_allocation_per_user", amount(), nullable=False),
        sa.Column("min_allocation_per_request", amount(), nullable=False, server_default=whole(1, 6)),
        sa.Column("requires_approval", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("auto_approve_domains", array(sa.Text()), nullable=True),
        sa.Column("max_concurrent_users", sa.Integer(), nullable=True),
        sa.Column("current_users", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("starts_at", moment(), nullable=True),
        sa.Column("expires_at", moment(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False, server_default=sa.text("'active'")),
        sa.Column("sponsor_id", sa.Uuid(), nullable=True),
        sa.Column("time_window_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", moment(), nullable=False, server_default=now()),
        sa.Column("updated_at", moment(), nullable=False, server_default=now()),
        sa.CheckConstraint(
            "allocated >= 0 AND reserved >= 0 AND allocated + reserved <= total_limit",
            name=op.f("ck_resource_pools_shares"),
        ),
        sa.CheckConstraint("current_users >= 0", name=op.f("ck_resource_pools_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_pools")),
    )
    op.create_table(
        "pool_allocations",
        sa.Column("id", sa.Uuid(), nullable=False, server_default=new_id()),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("ephemeral_identity_id", sa.Uuid(), nullable=True),
        sa.Column("allocated_amount", amount(), nullable=False),
        sa.Column("used_amount", amount(), nullable=False, server_default=sa.text("0")),
        sa.Column("status", sa.Text(), nullable=False, server_default=sa.text("'pending'")),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", moment(), nullable=True),
        sa.Column("released_at", moment(), nullable=True),
        sa.Column("expires_at", moment(), nullable=False),
        sa.Column("created_at", moment(), nullable=False, server_default=now()),
        sa.Column("updated_at", moment(), nullable=False, server_default=now()),
        sa.CheckConstraint("used_amount BETWEEN 0 AND allocated_amount", name=op.f("ck_pool_allocations_used")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["resource_pools.id"], name=op.f("fk_pool_allocations_pool_id_resource_pools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_allocations")),
    )
    op.create_index("ix_pool_allocations_pool_user", "pool_allocations", ["pool_id", "user_id"])
    op.create_index(
        "ix_pool_allocations_live_expiry",
        "pool_allocations",
        ["expires_at"],
        sqlite_where=sa.text("status IN ('pending', 'approved')"),
        postgresql_where=sa.text("status IN ('pending', 'approved')"),
    )


def downgrade() -> None:
    op.drop_table("pool_allocations")
    op.drop_table("resource_pools")
