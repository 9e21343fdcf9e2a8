"""Which of several processes over one database does what only one may do at a time."""

from typing import Protocol


class SoleNode(Protocol):
    """Hands each duty to at most one process; when that one goes, another may take it."""

    async def has(self, duty: str) -> bool:
        """Take the duty, or keep it; False while another process has it, or nobody can say."""
        ...


class OnlyProcess:
    """A profile on its own file has one process, which has every duty."""

    async def has(self, duty: str) -> bool:
        return True
