"""Opens the engine of a place; names what its vendors raise. PostgreSQL's driver is loaded only where it is used."""

import sqlite3

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from horizon_desktop.adapters.storage.engine import make_engine
from horizon_desktop.adapters.storage.place import Place
from horizon_desktop.adapters.storage.seal import Sealer


class OpenedEngine(msgspec.Struct, frozen=True):
    """An engine, and the exceptions that mean that its database cannot be used."""

    engine: AsyncEngine
    troubles: tuple[type[Exception], ...]


def open_engine(place: Place, sealer: Sealer | None = None) -> OpenedEngine:
    """Return an engine that has opened nothing yet. Whoever asks disposes of it."""
    ours = (SQLAlchemyError, OSError)
    if place.path is not None:
        return OpenedEngine(make_engine(place.path, sealer), (*ours, sqlite3.Error))
    from horizon_desktop.adapters.storage.postgres_engine import TROUBLES, make_postgres_engine  # noqa: PLC0415

    return OpenedEngine(make_postgres_engine(place.url), (*ours, *TROUBLES))
