"""How alembic runs our revisions: on the caller's connection, with tables rebuilt where SQLite cannot alter them."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

_attributes = context.config.attributes


def _as_stored(kind: str, item: Any, _autogenerate: object) -> str | Literal[False]:
    """Write our own column types into revisions as what they store: a revision outlives our classes."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


context.configure(
    connection=_attributes["connection"],
    target_metadata=_attributes["metadata"],
    render_as_batch=True,
    render_item=_as_stored,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
