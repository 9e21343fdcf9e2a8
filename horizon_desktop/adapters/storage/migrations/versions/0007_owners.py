"""Whose rows they are where several hosts share a database: sessions, memberships and the texts of mirrors.

An empty owner is one of before. A session's is found in its guests' rows, else by its host, whose key gives its id.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_FOREIGN = "fk_mirror_bases_session_id_memberships"
_ONE_OF_EACH = (
    "DELETE FROM memberships WHERE EXISTS (SELECT 1 FROM memberships AS other "
    "WHERE other.session_id = memberships.session_id AND other.owner_key < memberships.owner_key)"
)
_WITH_MEMBERSHIP = (
    "DELETE FROM mirror_bases WHERE NOT EXISTS (SELECT 1 FROM memberships WHERE "
    "memberships.session_id = mirror_bases.session_id AND memberships.owner_key = mirror_bases.owner_key)"
)
_BY_GUESTS = (
    "UPDATE sessions SET owner_key = (SELECT sponsor_key FROM identities "
    "WHERE identities.session_id = sessions.session_id LIMIT 1) "
    "WHERE EXISTS (SELECT 1 FROM identities WHERE identities.session_id = sessions.session_id)"
)


def upgrade() -> None:
    op.add_column("sessions", _owner())
    op.execute(_BY_GUESTS)
    with op.batch_alter_table("mirror_bases") as table:
        table.drop_constraint(_FOREIGN, type_="foreignkey")
    with op.batch_alter_table("memberships") as table:
        table.add_column(_owner())
        table.drop_constraint("pk_memberships", type_="primary")
        table.create_primary_key("pk_memberships", ["session_id", "owner_key"])
    with op.batch_alter_table("mirror_bases") as table:
        table.add_column(_owner())
        table.drop_constraint("pk_mirror_bases", type_="primary")
        table.create_primary_key("pk_mirror_bases", ["session_id", "owner_key", "file_id"])
        both = ["session_id", "owner_key"]
        table.create_foreign_key(_FOREIGN, "memberships", both, both, ondelete="CASCADE")


def downgrade() -> None:
    """Of several members of one session one stays: the table of before has room for no more."""
    op.execute(_ONE_OF_EACH)
    op.execute(_WITH_MEMBERSHIP)
    with op.batch_alter_table("mirror_bases") as table:
        table.drop_constraint(_FOREIGN, type_="foreignkey")
        table.drop_constraint("pk_mirror_bases", type_="primary")
        table.create_primary_key("pk_mirror_bases", ["session_id", "file_id"])
        table.drop_column("owner_key")
    with op.batch_alter_table("memberships") as table:
        table.drop_constraint("pk_memberships", type_="primary")
        table.create_primary_key("pk_memberships", ["session_id"])
        table.drop_column("owner_key")
    with op.batch_alter_table("mirror_bases") as table:
        table.create_foreign_key(_FOREIGN, "memberships", ["session_id"], ["session_id"], ondelete="CASCADE")
    op.drop_column("sessions", "owner_key")


def _owner() -> "sa.Column[bytes]":
    none = sa.text("x''" if op.get_bind().dialect.name == "sqlite" else "''")
    return sa.Column("owner_key", sa.LargeBinary(), nullable=False, server_default=none)
