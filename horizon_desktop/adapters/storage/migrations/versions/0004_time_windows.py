"""Time windows: the specification's time_windows."""

import sqlalchemy as sa
from alembic import op

from horizon_desktop.adapters.storage.migrations.stored_types import array, every_day, moment, new_id, now

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "time_windows",
        sa.Column("id", sa.Uuid(), nullable=False, server_default=new_id()),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("timezone", sa.String(50), nullable=False, server_default=sa.text("'UTC'")),
        sa.Column("days_of_week", array(sa.Integer()), nullable=False, server_default=every_day()),
        sa.Column("blackout_dates", array(sa.Date()), nullable=True),
        sa.Column("created_at", moment(), nullable=False, server_default=now()),
        sa.Column("updated_at", moment(), nullable=False, server_default=now()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_windows")),
    )


def downgrade() -> None:
    op.drop_table("time_windows")
