"""Checks a SQLite file before it is used, seals it, and keeps the last counter of it outside the file (attack 28)."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import structlog

from horizon_desktop.adapters.storage.seal import STORE_ID_BYTES, Head, Sealer, head_of, total_of, write_head
from horizon_desktop.errors import SecretUnavailable, StoreUnavailable
from horizon_desktop.ports.secrets import HeadKeeper

_COUNTER_BYTES: Final = 8
BUSY_S: Final = 10.0


class StoreSeal(msgspec.Struct, frozen=True):
    """What a profile's file is sealed with."""

    key: bytes
    """32 bytes, of this use alone."""
    keeper: HeadKeeper


class Sealing:
    """One file and its seal. Every call raises StoreUnavailable.

    `key` of the error: store.changed (rows were changed, swapped or removed by somebody else, or the file is another
    one), store.rolled_back (the file is an old state of itself), store.damaged (its pages are broken). The file is left
    as it is; the copies from before migrations lie beside it.
    """

    def __init__(self, path: Path, seal: StoreSeal) -> None:
        self._path = path
        self._sealer = Sealer(seal.key)
        self._keeper = seal.keeper
        self._keeping = asyncio.Lock()

    @property
    def sealer(self) -> Sealer:
        return self._sealer

    async def verify(self) -> None:
        """Return if the file is what we left: sound, of our seal, and no older than what is kept outside."""
        kept = await self._keeper.read_head()
        await asyncio.to_thread(self._verify, kept)

    async def reseal(self) -> None:
        """Seal the file as it is now, be it new, migrated, or accepted by a person."""
        await asyncio.to_thread(self._reseal)
        await self.keep()

    async def has_seal(self) -> bool:
        """Whether the file was sealed already."""
        return await asyncio.to_thread(self._head) is not None

    async def forget(self) -> None:
        """Keep nothing outside the file any more: it is of a version that knows no seal."""
        await self._keeper.write_head(b"")

    async def keep(self) -> None:
        """Note outside the file how far it has come: a state from before this moment is refused from now on.

        A keeper that does not answer is logged and asked again the next time; the file is good without it.
        """
        async with self._keeping:
            head = await asyncio.to_thread(self._head)
            if head is None:
                return
            try:
                await self._keeper.write_head(head.store_id + head.counter.to_bytes(_COUNTER_BYTES, "big"))
            except SecretUnavailable as trouble:
                structlog.get_logger(__name__).warning("store.head_not_kept", code=trouble.key)

    def _head(self) -> Head | None:
        with closing(self._open()) as raw:
            return head_of(raw)

    def _verify(self, kept: bytes | None) -> None:
        try:
            with closing(self._open()) as raw:
                self._check_pages(raw)
                raw.execute("BEGIN")  # one state for the head and every row
                head = head_of(raw)
                if head is None:
                    self._check_unsealed(kept)
                    return
                self._check_head(head, kept)
                if int.from_bytes(head.seal[:32], "big") != total_of(raw, self._sealer) % (1 << 256):
                    raise self._refused("store.changed", "rows were changed by somebody else")
        except sqlite3.Error as exc:
            raise self._refused("store.damaged", "it cannot be read") from exc

    def _check_pages(self, raw: sqlite3.Connection) -> None:
        (found,) = raw.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self._refused("store.damaged", found)

    def _check_unsealed(self, kept: bytes | None) -> None:
        """Let a file without a seal pass only where none was ever sealed: a new profile, or one of an old version."""
        if kept:
            raise self._refused("store.changed", "it has lost its seal, or is another file")

    def _check_head(self, head: Head, kept: bytes | None) -> None:
        if len(head.store_id) != STORE_ID_BYTES or not self._sealer.is_good(head):
            raise self._refused("store.changed", "its seal is not ours")
        if not kept:
            return
        if kept[:STORE_ID_BYTES] != head.store_id:
            raise self._refused("store.changed", "it is another file")
        least = int.from_bytes(kept[STORE_ID_BYTES:], "big")
        if head.counter < least:
            raise self._refused("store.rolled_back", f"it is at {head.counter}, and was at {least} before")

    def _reseal(self) -> None:
        try:
            with closing(self._open()) as raw:
                former = head_of(raw)
                store_id = os.urandom(STORE_ID_BYTES) if former is None else former.store_id
                counter = 1 if former is None else former.counter + 1
                total = total_of(raw, self._sealer)
                write_head(raw, Head(store_id, counter, self._sealer.seal(store_id, counter, total)))
        except sqlite3.Error as exc:
            raise StoreUnavailable(f"the database {self._path} cannot be sealed", file=str(self._path)) from exc

    def _open(self) -> sqlite3.Connection:
        raw = sqlite3.connect(self._path, timeout=BUSY_S)
        raw.execute("PRAGMA trusted_schema=OFF")
        raw.execute("PRAGMA synchronous=FULL")
        return raw

    def _refused(self, code: str, why: str) -> StoreUnavailable:
        return StoreUnavailable(
            f"the database {self._path} is not as we left it: {why}", code=code, file=str(self._path)
        )
