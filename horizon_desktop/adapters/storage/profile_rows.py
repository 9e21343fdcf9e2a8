"""Statements about keys met before and about settings."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage.schema import KNOWN_KEYS, SETTINGS
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import KnownKeyRow


async def remember_key(conn: AsyncConnection, key: DeviceKey, name: str, now: Instant) -> None:
    changed = await conn.execute(KNOWN_KEYS.update().where(KNOWN_KEYS.c.key == key).values(name=name, last_seen=now))
    if changed.rowcount == 0:
        await conn.execute(KNOWN_KEYS.insert(), {"key": key, "name": name, "first_seen": now, "last_seen": now})


async def known_key(conn: AsyncConnection, key: DeviceKey) -> KnownKeyRow | None:
    found = (await conn.execute(KNOWN_KEYS.select().where(KNOWN_KEYS.c.key == key))).first()
    return None if found is None else KnownKeyRow(**found._mapping)


async def setting(conn: AsyncConnection, name: str) -> str | None:
    value: str | None = await conn.scalar(sa.select(SETTINGS.c.value).where(SETTINGS.c.name == name))
    return value


async def put_setting(conn: AsyncConnection, name: str, value: str) -> None:
    await conn.execute(SETTINGS.delete().where(SETTINGS.c.name == name))
    await conn.execute(SETTINGS.insert(), {"name": name, "value": value})
