"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "known_keys",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_known_keys")),
    )
    op.create_table(
        "memberships",
        sa.Column("session_id", sa.LargeBinary(), nullable=False),
        sa.Column("host_key", sa.LargeBinary(), nullable=False),
        sa.Column("host_name", sa.Text(), nullable=False),
        sa.Column("hubs", sa.Text(), nullable=False),
        sa.Column("locator", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("session_type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("host_offset_ms", sa.BigInteger(), nullable=False),
        sa.Column("mirror", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_memberships")),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("session_type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("limit_at", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("is_approval_asked", sa.Boolean(), nullable=False),
        sa.Column("is_relay_allowed", sa.Boolean(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("revocation_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sessions_open_expiry",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "chat_lines",
        sa.Column("session_id", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("peer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.session_id"], name=op.f("fk_chat_lines_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "message_id", name=op.f("pk_chat_lines")),
    )
    op.create_table(
        "identities",
        sa.Column("identity_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.LargeBinary(), nullable=False),
        sa.Column("invitation_id", sa.Text(), nullable=False),
        sa.Column("sponsor_key", sa.LargeBinary(), nullable=False),
        sa.Column("guest_key", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("color", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("has_place", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.session_id"], name=op.f("fk_identities_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_identities")),
        sa.UniqueConstraint("session_id", "guest_key", name=op.f("uq_identities_session_id")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(
            "ix_identities_live_expiry",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'active', 'suspended')"),
            postgresql_where=sa.text("state IN ('pending', 'active', 'suspended')"),
        )

    op.create_table(
        "invites",
        sa.Column("invitation_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.LargeBinary(), nullable=False),
        sa.Column("locator", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("places_taken", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("declines", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("places_taken BETWEEN 0 AND places", name=op.f("ck_invites_places")),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_invites_tries")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.session_id"], name=op.f("fk_invites_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_invites")),
        sa.UniqueConstraint("locator", name=op.f("uq_invites_locator")),
    )
    with op.batch_alter_table("invites", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invites_live_expiry",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('open', 'paused', 'full')"),
            postgresql_where=sa.text("state IN ('open', 'paused', 'full')"),
        )
        batch_op.create_index("ix_invites_session_id", ["session_id"], unique=False)

    op.create_table(
        "mirror_bases",
        sa.Column("session_id", sa.LargeBinary(), nullable=False),
        sa.Column("file_id", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["memberships.session_id"],
            name=op.f("fk_mirror_bases_session_id_memberships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "file_id", name=op.f("pk_mirror_bases")),
    )
    op.create_table(
        "shared_files",
        sa.Column("file_id", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("disk_path", sa.Text(), nullable=False),
        sa.Column("may_edit", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.session_id"],
            name=op.f("fk_shared_files_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_shared_files")),
    )
    with op.batch_alter_table("shared_files", schema=None) as batch_op:
        batch_op.create_index("ix_shared_files_session_id", ["session_id"], unique=False)

    op.create_table(
        "documents",
        sa.Column("file_id", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("saved_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["shared_files.file_id"], name=op.f("fk_documents_file_id_shared_files"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_documents")),
    )
    op.create_table(
        "invite_places",
        sa.Column("invitation_id", sa.Text(), nullable=False),
        sa.Column("guest_key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invites.invitation_id"],
            name=op.f("fk_invite_places_invitation_id_invites"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("invitation_id", "guest_key", name=op.f("pk_invite_places")),
    )
    op.create_table(
        "originals",
        sa.Column("file_id", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["shared_files.file_id"], name=op.f("fk_originals_file_id_shared_files"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_originals")),
    )
    op.create_table(
        "document_updates",
        sa.Column(
            "update_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("file_id", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["documents.file_id"], name=op.f("fk_document_updates_file_id_documents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_document_updates")),
    )
    with op.batch_alter_table("document_updates", schema=None) as batch_op:
        batch_op.create_index("ix_document_updates_file_id", ["file_id"], unique=False)

    # ### end Alembic commands ###


def downgrade() -> None:
    with op.batch_alter_table("document_updates", schema=None) as batch_op:
        batch_op.drop_index("ix_document_updates_file_id")

    op.drop_table("document_updates")
    op.drop_table("originals")
    op.drop_table("invite_places")
    op.drop_table("documents")
    with op.batch_alter_table("shared_files", schema=None) as batch_op:
        batch_op.drop_index("ix_shared_files_session_id")

    op.drop_table("shared_files")
    op.drop_table("mirror_bases")
    with op.batch_alter_table("invites", schema=None) as batch_op:
        batch_op.drop_index("ix_invites_session_id")
        batch_op.drop_index(
            "ix_invites_live_expiry",
            sqlite_where=sa.text("state IN ('open', 'paused', 'full')"),
            postgresql_where=sa.text("state IN ('open', 'paused', 'full')"),
        )

    op.drop_table("invites")
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_identities_live_expiry",
            sqlite_where=sa.text("state IN ('pending', 'active', 'suspended')"),
            postgresql_where=sa.text("state IN ('pending', 'active', 'suspended')"),
        )

    op.drop_table("identities")
    op.drop_table("chat_lines")
    op.drop_table("settings")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_sessions_open_expiry",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.drop_table("sessions")
    op.drop_table("memberships")
    op.drop_table("known_keys")
    # ### end Alembic commands ###
