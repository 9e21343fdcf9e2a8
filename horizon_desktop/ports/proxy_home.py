"""Where a profile's choice of an HTTP proxy is kept."""

from typing import Protocol


class ProxyHome(Protocol):
    """Keeps one line for its owner alone: it may hold a password. Raises StoreUnavailable."""

    async def read(self) -> str:
        """Return the line, empty when there is none."""
        ...

    async def write(self, line: str) -> None:
        """Keep this line in place of the last; an empty one forgets it."""
        ...
