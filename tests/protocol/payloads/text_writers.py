"""Writers of one text for tests: replicas that edit at random, and updates put together by hand."""

import random
from collections.abc import Sequence

from horizon_desktop.adapters.documents.replica import PycrdtReplica, PycrdtReplicas
from horizon_desktop.domain.collaboration.documents import TEXT_ROOT
from horizon_desktop.protocol.payloads.edit_rules import KnownText
from horizon_desktop.protocol.payloads.lib0 import encode_integer
from horizon_desktop.protocol.payloads.yjs import Mark, read_update

WORDS = ("x", "😀", "é\n", "日本", "\n", "👩‍👧 family ", "ordinary words ", "")
ANY = 10**8


class Host:
    """A replica with what the gate must know of it."""

    def __init__(self, text: str = "") -> None:
        self.replica = PycrdtReplicas().empty(1)
        self.known = KnownText()
        self.order = PycrdtReplicas().order()
        self.learn(self.replica.splice(0, 0, text))

    def learn(self, update: bytes) -> None:
        if update:
            read = read_update(update, max_bytes=ANY, max_structs=ANY)
            self.known.learn(read)
            self.order.learn(read.sections)

    def is_ordered(self, left: Mark | None, right: Mark | None) -> bool:
        """Whether two neighbours that an item names stand in that order."""
        return left is None or right is None or self.order.is_before(left, right)

    def writer(self, client_id: int) -> PycrdtReplica:
        return PycrdtReplicas().load(client_id, self.replica.full_update())


def random_edit(replica: PycrdtReplica, chance: random.Random) -> bytes:
    """Do something an editor does; return the update (may be empty)."""
    length = len(replica.text().encode("utf-16-le")) // 2
    position = chance.randrange(length + 1)
    removed = min(length - position, chance.choice((0, 0, 1, 2, 7)))
    kind = chance.random()
    if kind < 0.75:
        return replica.splice(position, removed, chance.choice(WORDS))
    if kind < 0.85:
        return replica.undo()[0]
    if kind < 0.9:
        return replica.redo()[0]
    words = replica.text().split(" ")
    chance.shuffle(words)
    return replica.replace_all(" ".join(words))


def item(
    text: str, left: Mark | None = None, right: Mark | None = None, *, kind: int = 4, root: str = TEXT_ROOT
) -> bytes:
    """Encode one struct; `kind` 4 are characters, others get the same body."""
    info = kind | (0x80 if left is not None else 0) | (0x40 if right is not None else 0)
    parts = [bytes([info])]
    for origin in (left, right):
        if origin is not None:
            parts += (encode_integer(origin[0]), encode_integer(origin[1]))
    if left is None and right is None:
        parts += (b"\x01", encode_integer(len(root.encode())), root.encode())
    encoded = text.encode()
    return b"".join((*parts, encode_integer(len(encoded)), encoded))


def update(client: int, clock: int, items: Sequence[bytes], deletions: bytes = b"\x00") -> bytes:
    """Encode an update of one client."""
    return b"".join(
        (b"\x01", encode_integer(len(items)), encode_integer(client), encode_integer(clock), *items, deletions)
    )


def deletion(client: int, clock: int, length: int) -> bytes:
    """Encode a delete set of one range."""
    return b"".join((b"\x01", encode_integer(client), b"\x01", encode_integer(clock), encode_integer(length)))
