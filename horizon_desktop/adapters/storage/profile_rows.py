"""Statements about keys met before and about settings."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import conflicts
from horizon_desktop.adapters.storage.schema import KNOWN_KEYS, SETTINGS
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import KnownKeyRow


async def remember_key(conn: AsyncConnection, key: DeviceKey, name: str, now: Instant) -> None:
    row = {"key": key, "name": name, "first_seen": now, "last_seen": now}
    await conflicts.put(conn, KNOWN_KEYS, row, kept=frozenset({"first_seen"}))


async def known_key(conn: AsyncConnection, key: DeviceKey) -> KnownKeyRow | None:
    found = (await conn.execute(KNOWN_KEYS.select().where(KNOWN_KEYS.c.key == key))).first()
    return None if found is None else KnownKeyRow(**found._mapping)


async def setting(conn: AsyncConnection, name: str) -> str | None:
    value: str | None = await conn.scalar(sa.select(SETTINGS.c.value).where(SETTINGS.c.name == name))
    return value


async def put_setting(conn: AsyncConnection, name: str, value: str) -> None:
    await conflicts.put(conn, SETTINGS, {"name": name, "value": value})
