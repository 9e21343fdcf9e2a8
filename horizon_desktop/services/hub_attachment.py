"""A host's standing registration at one hub: dialled, redialled, its events handed on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import structlog

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.errors import AccessRefused, HubPinMismatch, LinkLost, Unreachable
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import Caller, HostHub, HostHubEvent, HubDialer

_log = structlog.get_logger(__name__)

_BACKOFF_MS: Final = (200, 500, 1000, 2000, 5000)
"""Waits between dials (PROTOCOL section 6), each with up to a quarter of jitter on top."""
_WORTH_MS: Final = 10_000
"""A registration that lasted so long lets the next loss start with the shortest wait again. Two that end each other,
two names for one hub or two processes with one session, slow down instead."""

OnEvent = Callable[[HostHub, HostHubEvent], Awaitable[None]]


class OnChange(Protocol):
    """Told when the registration stands or has gone."""

    async def __call__(self, hub: HostHub, *, is_connected: bool) -> None: ...


class HubAttachment:
    """Keeps one session registered at one hub for as long as `run` runs.

    A host that lost its hub registers again by itself: the hub keeps nothing that matters.

    Args:
        ways: The addresses of the one hub, at least one, best first; the next is tried where one fails.
    """

    def __init__(
        self,
        *,
        ways: Sequence[HubAddress],
        caller: Caller,
        session: SessionId,
        session_nonce: bytes,
        dialer: HubDialer,
        clock: Clock,
        entropy: Entropy,
        on_event: OnEvent,
        on_change: OnChange,
    ) -> None:
        self._ways = ways
        self._way = 0
        self._caller = caller
        self._session = session
        self._nonce = session_nonce
        self._dialer = dialer
        self._clock = clock
        self._entropy = entropy
        self._on_event = on_event
        self._on_change = on_change
        self._connection: HostHub | None = None
        self._attempt = 0
        self._is_refused = False
        self._hurried = asyncio.Event()
        self._first = asyncio.get_running_loop().create_future()

    @property
    def address(self) -> HubAddress:
        """The way to the hub that is used or tried now."""
        return self._ways[self._way]

    @property
    def connection(self) -> HostHub | None:
        """The registered connection, or None while there is none."""
        return self._connection

    async def ready(self) -> HostHub:
        """Return the first registered connection.

        Raises:
            Unreachable, HubPinMismatch, AccessRefused: the first dial failed; `run` goes on trying only for
                what may heal by itself.
        """
        result: HostHub = await asyncio.shield(self._first)
        return result

    def redial(self) -> None:
        """Register anew at once: the network is another, and the connection may be dead without a sign."""
        self._attempt = 0
        self._hurried.set()

    async def run(self) -> None:
        """Dial, serve, redial; ends only by cancellation or by the hub's lasting refusal."""
        async with asyncio.TaskGroup() as group:
            while not self._is_refused:
                self._hurried.clear()
                turn = group.create_task(self._turn())
                hurry = group.create_task(self._hurried.wait())
                await asyncio.wait((turn, hurry), return_when=asyncio.FIRST_COMPLETED)
                turn.cancel()  # its farewell into a dead network may take as long as it likes
                hurry.cancel()

    async def _turn(self) -> None:
        """Dial, serve while it lasts, and wait before the next time."""
        try:
            connection = await self._dial()
        except (AccessRefused, HubPinMismatch) as refusal:
            self._is_refused = True
            self._settle(refusal)
            _log.warning("hub.refused", hub=self.address.host, rule=refusal.key)
            return
        except Unreachable as trouble:
            self._settle(trouble)
            self._way = (self._way + 1) % len(self._ways)
        else:
            since = self._clock.now().tick
            await self._serve(connection)
            if self._clock.now().tick.since(since) >= _WORTH_MS:
                self._attempt = 0
        await self._clock.sleep(self._pause_ms(self._attempt))
        self._attempt += 1

    def _pause_ms(self, attempt: int) -> int:
        base = _BACKOFF_MS[min(attempt, len(_BACKOFF_MS) - 1)]
        return base + base * self._entropy.draw(1)[0] // 1024

    async def _dial(self) -> HostHub:
        return await self._dialer.register(self.address, self._caller, session=self._session, session_nonce=self._nonce)

    async def _serve(self, connection: HostHub) -> None:
        self._connection = connection
        _log.info("hub.registered", hub=self.address.host)
        try:
            await self._on_change(connection, is_connected=True)
            if not self._first.done():
                self._first.set_result(connection)
            async for event in connection.events():
                await self._on_event(connection, event)
        except LinkLost as lost:
            _log.info("hub.lost", hub=self.address.host, reason=lost.values.get("reason", lost.key))
        finally:
            self._connection = None
            await self._on_change(connection, is_connected=False)
            await connection.close()

    def _settle(self, trouble: Exception) -> None:
        if not self._first.done():
            self._first.set_exception(trouble)
            self._first.exception()
