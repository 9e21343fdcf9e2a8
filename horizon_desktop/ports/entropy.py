"""Randomness, as the use cases see it."""

from typing import Protocol


class Entropy(Protocol):
    """A source of bytes nobody can foresee."""

    def draw(self, count: int) -> bytes:
        """Return `count` random bytes, 1 to 1024."""
        ...
