"""When this machine's network is another than before."""

from collections.abc import AsyncIterator
from typing import Protocol


class NetworkWatch(Protocol):
    """Watches the ways out of this machine."""

    def changes(self) -> AsyncIterator[None]:
        """Yield whenever there is a network and it is another than at the last look, or the machine woke from sleep.

        A network that only went away is not told: there is nothing to be done before the next one.
        """
        ...
