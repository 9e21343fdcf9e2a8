"""Which hubs a hosted session uses, and how a link names them."""

from typing import Protocol

import msgspec

from horizon_desktop.domain.access.invitation import HubAddress


class HubPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The hubs of a session, as this host dials them and as others reach them."""

    dial: HubAddress
    """The embedded hub by loopback, or the first of those that are named."""
    link: tuple[HubAddress, ...]
    """Best first: every hub that is named, and the host registers at each; or every address of this machine."""
    url: str
    """Empty for the embedded hub, else the URLs of those that are named, with spaces between."""

    @property
    def is_embedded(self) -> bool:
        return not self.url


class HubHome(Protocol):
    """Finds the hub for a session; starts the embedded one when none is named and none is configured."""

    async def plan(self, url: str) -> HubPlan:
        """Return the plan for hub URLs, best first, with spaces between; or for "".

        Raises:
            UsageError: one is none (`https://HOST:PORT`, with `#PIN` for a self-signed hub), there are more than a
                link can name, or the embedded hub cannot listen.
        """
        ...
