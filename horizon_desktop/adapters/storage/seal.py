"""The seal of a SQLite file: one keyed sum over every row that access and money hang on, kept up by triggers of ours.

Each connection of ours has temporary triggers that fold a row's MAC out of the sum and the new one's into it, in the
same transaction. Whoever changes, swaps, removes or adds a row without our key leaves a sum that does not fit; the sum
is itself under a MAC together with a counter that only rises, and the counter's last value is kept outside the file.
"""

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from horizon_desktop.adapters.storage.schema import (
    IDENTITIES,
    INVITE_PLACES,
    INVITES,
    KNOWN_KEYS,
    MEMBERSHIPS,
    SESSIONS,
)
from horizon_desktop.adapters.storage.usage_schema import (
    COST_ENTRIES,
    EPHEMERAL_QUOTAS,
    POOL_ALLOCATIONS,
    QUOTA_RESERVATIONS,
    QUOTAS,
    RATE_CARDS,
    RESOURCE_POOLS,
    SESSION_LIMITS,
    TIME_WINDOWS,
)

SEALED: Final = (
    SESSIONS,
    INVITES,
    INVITE_PLACES,
    IDENTITIES,
    MEMBERSHIPS,
    KNOWN_KEYS,
    QUOTAS,
    EPHEMERAL_QUOTAS,
    RESOURCE_POOLS,
    POOL_ALLOCATIONS,
    TIME_WINDOWS,
    RATE_CARDS,
    SESSION_LIMITS,
    QUOTA_RESERVATIONS,
    COST_ENTRIES,
)
"""Tables under the seal. Texts and chat are not: they are many and large, and give nobody access or money."""
_LATER: Final = frozenset({QUOTA_RESERVATIONS.name, COST_ENTRIES.name})
_LATER_REVISION: Final = "0007"
"""A file of an older revision was sealed without those. Whoever calls a newer file older changes its sum."""
LIVE: Final = {
    SESSIONS.name: "({row}state = 'open')",
    INVITES.name: "({row}state = 'open' OR {row}state = 'paused' OR {row}state = 'full')",
    EPHEMERAL_QUOTAS.name: "({row}status = 'pending' OR {row}status = 'active' OR {row}status = 'suspended')",
    QUOTA_RESERVATIONS.name: "({row}state = 'held')",
}
"""Of these, rows that have ended are out of the sum: what brings one to life again moves the sum as well.

Written with OR: for an IN inside of a trigger SQLite builds a table each time, which costs more than the MAC.
"""
_SIGNS: Final = {"+": "in", "-": "out", "*": "on"}
STORE_ID_BYTES: Final = 16
_MAC_BYTES: Final = 32
_RANGE: Final = 1 << (8 * _MAC_BYTES)
_encode: Final = msgspec.msgpack.Encoder().encode


class Head(msgspec.Struct, frozen=True):
    """What a file says of itself: its name, how many sealed rows were ever changed in it, and the sealed sum."""

    store_id: bytes
    counter: int
    seal: bytes


class Sealer:
    """Computes seals under one key. Its functions are called by SQLite for each changed row."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def row(self, table: str, values: Sequence[Any]) -> int:
        """Return a row's share of the sum."""
        return int.from_bytes(self._mac(b"row" + _encode((str(table), values))), "big")

    def seal(self, store_id: bytes, counter: int, total: int) -> bytes:
        """Return the sum, and the MAC over it, the counter and the file's name: 64 bytes."""
        text = (total % _RANGE).to_bytes(_MAC_BYTES, "big")
        return text + self._mac(b"head" + _encode((store_id, counter, text)))

    def is_good(self, head: Head) -> bool:
        """Whether a head was sealed under our key."""
        expected = self.seal(head.store_id, head.counter, int.from_bytes(head.seal[:_MAC_BYTES], "big"))
        return hmac.compare_digest(expected, head.seal)

    def step(self, store_id: bytes, counter: int, seal: bytes, table: str, *values: Any) -> bytes:
        """Return the next seal: `values` are the columns of the row before and after, or of the one that is there.

        The first value says how: + a row is new, - it goes, * it changes.
        """
        how, *columns = values
        total = int.from_bytes(seal[:_MAC_BYTES], "big")
        half = len(columns) // 2
        if how == "*":
            total += self.row(table, columns[half:]) - self.row(table, columns[:half])
        else:
            total += self.row(table, columns) * (1 if how == "+" else -1)
        return self.seal(store_id, counter + 1, total)

    def _mac(self, data: bytes) -> bytes:
        """Return keyed BLAKE2b: a MAC by itself (RFC 7693), at half the price of HMAC-SHA-256 for short rows."""
        return hashlib.blake2b(data, key=self._key, digest_size=_MAC_BYTES).digest()


def trigger_script() -> str:
    """Return the statements that give one connection its triggers."""
    return "\n".join(_trigger(table, *event) for table in SEALED for event in _events(table))


def _events(table: sa.Table) -> Iterator[tuple[str, str, str, str]]:
    """Give what happens to a row, how the sum moves by it, from which side of the row, and when."""
    live = LIVE.get(table.name)
    if live is None:
        yield from (("INSERT", "+", "NEW", ""), ("DELETE", "-", "OLD", ""), ("UPDATE", "*", "OLD NEW", ""))
        return
    was, is_now = live.format(row="OLD."), live.format(row="NEW.")
    yield "INSERT", "+", "NEW", f"WHEN {is_now}"
    yield "DELETE", "-", "OLD", f"WHEN {was}"
    yield "UPDATE", "*", "OLD NEW", f"WHEN {was} AND {is_now}"
    yield "UPDATE", "-", "OLD", f"WHEN {was} AND NOT {is_now}"
    yield "UPDATE", "+", "NEW", f"WHEN NOT {was} AND {is_now}"


def _trigger(table: sa.Table, event: str, sign: str, sides: str, when: str) -> str:
    names = sorted(column.name for column in table.columns)
    columns = ",".join(f'{side}."{name}"' for side in sides.split() for name in names)
    name = f"horizon_{table.name}_{event}_{_SIGNS[sign]}"
    return (
        f"CREATE TEMP TRIGGER {name} AFTER {event} ON main.{table.name} {when} BEGIN "  # noqa: S608  (names of the schema)
        f"UPDATE store_head SET seal = horizon_step(store_id, counter, seal, '{table.name}', '{sign}',{columns}), "
        "counter = counter + 1; END;"
    )


def head_of(raw: sqlite3.Connection) -> Head | None:
    """Return what the file says of itself, None for one that was never sealed."""
    found = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'store_head'")
    if found.fetchone() is None:
        return None
    row = raw.execute("SELECT store_id, counter, seal FROM store_head").fetchone()
    return None if row is None else Head(*row)


def total_of(raw: sqlite3.Connection, sealer: Sealer) -> int:
    """Return the sum over every sealed row as it is in the file now."""
    total = 0
    is_older = _revision(raw) < _LATER_REVISION
    for table in SEALED:
        if is_older and table.name in _LATER:
            continue
        columns = sorted(name for _, name, *_ in raw.execute(f"PRAGMA main.table_info({table.name})"))
        if columns:
            chosen = ",".join('"{}"'.format(name.replace('"', '""')) for name in columns)
            live = LIVE.get(table.name, "1").format(row="")
            rows = raw.execute(f"SELECT {chosen} FROM main.{table.name} WHERE {live}")  # noqa: S608  (quoted above)
            total += sum(sealer.row(table.name, row) for row in rows)
    return total


def _revision(raw: sqlite3.Connection) -> str:
    row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    return "" if row is None else str(row[0])


def write_head(raw: sqlite3.Connection, head: Head) -> None:
    """Put this head in place of any other one."""
    with raw:
        raw.execute("DELETE FROM store_head")
        raw.execute(
            "INSERT INTO store_head (id, store_id, counter, seal) VALUES (1, ?, ?, ?)",
            (head.store_id, head.counter, head.seal),
        )
