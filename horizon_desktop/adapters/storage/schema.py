"""The tables of a profile's database. A change here needs a migration."""

from typing import Final

import sqlalchemy as sa

from horizon_desktop.adapters.storage.column_types import InstantMs, Json, Word
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.places import MAX_TRIES, InviteState, PlaceState
from horizon_desktop.ports.records import SessionState

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    }
)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _moment(name: str, *, is_optional: bool = False) -> "sa.Column[object]":
    return sa.Column(name, InstantMs, nullable=is_optional)


def _channels() -> "sa.Column[object]":
    return sa.Column("channels", Json(dict[str, int]), nullable=False)


def _of(table: str, column: str, kind: type[sa.LargeBinary] | type[sa.Text]) -> "sa.Column[object]":
    """Return a column that names a row of `table` and goes when that row goes."""
    parent = sa.ForeignKey(f"{table}.{column}", ondelete="CASCADE")
    return sa.Column(column, kind, parent, nullable=False)


def _owner(*, is_key: bool = False) -> "sa.Column[bytes]":
    """Return the key of the host or guest whose row it is; empty where a store was opened for nobody."""
    return sa.Column("owner_key", sa.LargeBinary, primary_key=is_key, nullable=False, default=b"")


SESSIONS: Final = sa.Table(
    "sessions",
    METADATA,
    sa.Column("session_id", sa.LargeBinary, primary_key=True),
    _blob("nonce"),
    _text("session_type"),
    _text("title"),
    _moment("created_at"),
    _moment("expires_at"),
    _moment("limit_at"),
    _text("role"),
    _channels(),
    _flag("is_approval_asked"),
    _flag("is_relay_allowed"),
    _text("hub"),
    _text("folder"),
    sa.Column("state", Word(SessionState), nullable=False),
    _text("reason"),
    _moment("ended_at", is_optional=True),
    _count("revocation_number"),
    _owner(),
)
sa.Index(
    "ix_sessions_open_expiry",
    SESSIONS.c.expires_at,
    sqlite_where=sa.text("state = 'open'"),
    postgresql_where=sa.text("state = 'open'"),
)

INVITES: Final = sa.Table(
    "invites",
    METADATA,
    sa.Column("invitation_id", sa.Text, primary_key=True),
    _of("sessions", "session_id", sa.LargeBinary),
    sa.Column("locator", sa.LargeBinary, nullable=False, unique=True),
    _blob("nonce"),
    _text("role"),
    _moment("created_at"),
    _moment("expires_at"),
    _count("places"),
    _blob("sealed"),
    sa.Column("state", Word(InviteState), nullable=False),
    _count("places_taken"),
    _count("tries"),
    _count("declines"),
    sa.CheckConstraint(f"tries BETWEEN 0 AND {MAX_TRIES}", name="tries"),
    sa.CheckConstraint("places_taken BETWEEN 0 AND places", name="places"),
)
sa.Index("ix_invites_session_id", INVITES.c.session_id)
sa.Index(
    "ix_invites_live_expiry",
    INVITES.c.expires_at,
    sqlite_where=sa.text("state IN ('open', 'paused', 'full')"),
    postgresql_where=sa.text("state IN ('open', 'paused', 'full')"),
)

INVITE_PLACES: Final = sa.Table(
    "invite_places",
    METADATA,
    sa.Column(
        "invitation_id",
        sa.Text,
        sa.ForeignKey("invites.invitation_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("guest_key", sa.LargeBinary, primary_key=True),
    sa.Column("state", Word(PlaceState), nullable=False),
    _moment("changed_at"),
)

IDENTITIES: Final = sa.Table(
    "identities",
    METADATA,
    sa.Column("identity_id", sa.Text, primary_key=True),
    _of("sessions", "session_id", sa.LargeBinary),
    _text("invitation_id"),
    _blob("sponsor_key"),
    _blob("guest_key"),
    _text("name"),
    _text("device"),
    _text("system"),
    _text("version"),
    _text("role"),
    _channels(),
    _text("state"),
    _moment("created_at"),
    _moment("expires_at"),
    _count("color"),
    _count("epoch"),
    _text("reason"),
    _flag("has_place"),
    _moment("seen_at", is_optional=True),
    sa.UniqueConstraint("session_id", "guest_key"),
)
sa.Index(
    "ix_identities_live_expiry",
    IDENTITIES.c.expires_at,
    sqlite_where=sa.text("state IN ('pending', 'active', 'suspended')"),
    postgresql_where=sa.text("state IN ('pending', 'active', 'suspended')"),
)

SHARED_FILES: Final = sa.Table(
    "shared_files",
    METADATA,
    sa.Column("file_id", sa.LargeBinary, primary_key=True),
    _of("sessions", "session_id", sa.LargeBinary),
    _count("position"),
    _text("path"),
    _text("disk_path"),
    _flag("may_edit"),
)
sa.Index("ix_shared_files_session_id", SHARED_FILES.c.session_id)


def _of_file(table: str) -> "sa.Column[object]":
    parent = sa.ForeignKey(f"{table}.file_id", ondelete="CASCADE")
    return sa.Column("file_id", sa.LargeBinary, parent, primary_key=True)


DOCUMENTS: Final = sa.Table(
    "documents",
    METADATA,
    _of_file("shared_files"),
    _blob("epoch"),
    _blob("state"),
    _text("saved_text"),
)

DOCUMENT_UPDATES: Final = sa.Table(
    "document_updates",
    METADATA,
    sa.Column(
        "update_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    _of("documents", "file_id", sa.LargeBinary),
    _blob("data"),
)
sa.Index("ix_document_updates_file_id", DOCUMENT_UPDATES.c.file_id)

ORIGINALS: Final = sa.Table("originals", METADATA, _of_file("shared_files"), _blob("data"))

CHAT_LINES: Final = sa.Table(
    "chat_lines",
    METADATA,
    sa.Column(
        "session_id",
        sa.LargeBinary,
        sa.ForeignKey("sessions.session_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    _text("peer_id"),
    _text("name"),
    _moment("at"),
    _text("text"),
)

MEMBERSHIPS: Final = sa.Table(
    "memberships",
    METADATA,
    sa.Column("session_id", sa.LargeBinary, primary_key=True),
    _owner(is_key=True),
    _blob("host_key"),
    _text("host_name"),
    sa.Column("hubs", Json(tuple[HubAddress, ...]), nullable=False),
    _blob("locator"),
    _blob("token"),
    _text("name"),
    _text("role"),
    _text("session_type"),
    _text("title"),
    _moment("created_at"),
    _moment("expires_at"),
    _count("host_offset_ms"),
    _text("mirror"),
    sa.Column("state", Word(SessionState), nullable=False),
    _text("reason"),
    _moment("ended_at", is_optional=True),
)

MIRROR_BASES: Final = sa.Table(
    "mirror_bases",
    METADATA,
    sa.Column("session_id", sa.LargeBinary, primary_key=True),
    _owner(is_key=True),
    sa.Column("file_id", sa.LargeBinary, primary_key=True),
    _text("path"),
    _text("text"),
    sa.ForeignKeyConstraint(
        ["session_id", "owner_key"], ["memberships.session_id", "memberships.owner_key"], ondelete="CASCADE"
    ),
)

KNOWN_KEYS: Final = sa.Table(
    "known_keys",
    METADATA,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    _text("name"),
    _moment("first_seen"),
    _moment("last_seen"),
)

SETTINGS: Final = sa.Table(
    "settings",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    _text("value"),
)
