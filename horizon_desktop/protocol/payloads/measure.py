"""Messages of the measure channel: blocks that one end sends and the other counts, hashes and forgets.

Either end may send a run and either may ask the other for one. A run has a number that its starter chose: a host's
runs are even, a guest's odd, so that both may name one at the same time.
"""

from typing import Final

import msgspec

MAX_RUN_BYTES: Final = 256 * 1024 * 1024
BLOCK_BYTES: Final = 65_500
"""Data of one block: with its head it fills one frame."""
MAX_RUN_MS: Final = 60_000


class _Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    pass


class AskRun(_Message, frozen=True, tag=1):
    """Send me a run: until so many bytes are settled or so many milliseconds are over."""

    run: int
    most_bytes: int
    most_ms: int


class Begin(_Message, frozen=True, tag=2):
    """A run follows: at most so many bytes."""

    run: int
    most_bytes: int


class Block(_Message, frozen=True, tag=3):
    """One block; `index` counts from 0."""

    run: int
    index: int
    data: bytes


class End(_Message, frozen=True, tag=4):
    """The run is over; `digest` is the BLAKE3 hash of all its data in order."""

    run: int
    blocks: int
    size_bytes: int
    digest: bytes


class Receipt(_Message, frozen=True, tag=5):
    """What the receiver counted and hashed itself, and how long it took from Begin to End."""

    run: int
    blocks: int
    size_bytes: int
    digest: bytes
    took_ms: int


class Declined(_Message, frozen=True, tag=6):
    """There will be no run, or no more of it: by this rule."""

    run: int
    rule: str


Measure = AskRun | Begin | Block | End | Receipt | Declined
