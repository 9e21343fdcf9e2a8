"""Which hub a hosted session uses, and how a link names it."""

from typing import Protocol

import msgspec

from horizon_desktop.domain.access.invitation import HubAddress


class HubPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One hub, as this host dials it and as others reach it."""

    dial: HubAddress
    link: tuple[HubAddress, ...]
    """Best first; every address of this machine for an embedded hub."""
    url: str
    """Empty for the embedded hub, else what was asked for."""

    @property
    def is_embedded(self) -> bool:
        return not self.url


class HubHome(Protocol):
    """Finds the hub for a session; starts the embedded one when none is named and none is configured."""

    async def plan(self, url: str) -> HubPlan:
        """Return the plan for a hub URL (`https://HOST:PORT`, with `#PIN` for a self-signed one), or for "".

        Raises:
            UsageError: the URL is none, or the embedded hub cannot listen.
        """
        ...
