"""A HubDialer that asks again, with growing pauses, where asking twice does no harm and the trouble may pass."""

from typing import Final

import stamina

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.ids import Locator, SessionId
from horizon_desktop.errors import Unreachable
from horizon_desktop.ports.hub import Caller, HostHub, HubDialer, Mailbox, MemberHub

ATTEMPTS: Final = 3
IN_ALL_S: Final = 5.0
"""No attempt begins later than this."""
_FIRST_PAUSE_S: Final = 0.1
_MOST_PAUSE_S: Final = 2.0
_JITTER_S: Final = 0.05
"""The library's own jitter of a second would dwarf a first pause of a tenth."""


class RetryingDialer:
    """The HubDialer port over another one: previews, which only read, are fetched up to three times.

    Registering, mailboxes and relays are dialled once: each has its own machine that dials anew
    (`services/hub_attachment.py`, `services/relay_dialing.py`), and a second mailbox would cost a try.
    """

    def __init__(self, dialer: HubDialer) -> None:
        self._dialer = dialer

    async def fetch_preview(self, hub: HubAddress, locator: Locator) -> bytes | None:
        """Return an invite's sealed preview. Raises what the last attempt met."""
        attempts = stamina.retry_context(
            on=may_pass,
            attempts=ATTEMPTS,
            timeout=IN_ALL_S,
            wait_initial=_FIRST_PAUSE_S,
            wait_max=_MOST_PAUSE_S,
            wait_jitter=_JITTER_S,
        )
        sealed: bytes | None = None
        async for attempt in attempts:
            with attempt:
                sealed = await self._dialer.fetch_preview(hub, locator)
        return sealed

    async def register(self, hub: HubAddress, caller: Caller, *, session: SessionId, session_nonce: bytes) -> HostHub:
        return await self._dialer.register(hub, caller, session=session, session_nonce=session_nonce)

    async def open_mailbox(self, hub: HubAddress, caller: Caller, *, locator: Locator) -> Mailbox:
        return await self._dialer.open_mailbox(hub, caller, locator=locator)

    async def connect(self, hub: HubAddress, caller: Caller, *, session: SessionId, token: bytes) -> MemberHub:
        return await self._dialer.connect(hub, caller, session=session, token=token)


def may_pass(failure: Exception) -> bool | float:
    """Say whether to try again, or in how many seconds: a hub that names a moment is asked then, or never.

    A limit on tries (`code.slow`) is not waited out here: the person sees it count down.
    """
    if not isinstance(failure, Unreachable) or not failure.is_retriable:
        return False
    wait_s = int(failure.values.get("retry_ms", 0)) / 1000
    if wait_s <= 0:
        return True
    return wait_s if wait_s < IN_ALL_S else False
