"""Bytes that look random and are the same in every run."""

import hashlib


class SeededEntropy:
    """The Entropy port from a seed: SHA-256 in counter mode."""

    def __init__(self, seed: int | bytes | str) -> None:
        self._seed = hashlib.sha256(repr(seed).encode()).digest()
        self._counter = 0

    def draw(self, count: int) -> bytes:
        if not 1 <= count <= 1024:
            raise ValueError(f"count is 1 to 1024, got {count}")
        drawn = b""
        while len(drawn) < count:
            drawn += hashlib.sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
        return drawn[:count]
