"""Dials hubs: the HubDialer port over aiohttp, with the key checked first and everything signed for this hub only."""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiohttp

from horizon_desktop.adapters.web.hub_inside import HubInside
from horizon_desktop.adapters.web.hub_seats import (
    WebHostHub,
    WebMailbox,
    WebMemberHub,
    host_event,
    mailbox_event,
    member_event,
)
from horizon_desktop.adapters.web.hub_tls import HubContext, seen_key
from horizon_desktop.adapters.web.hub_wire import HOST_SILENT_MS, ClientSocket, HubWire, closed_here
from horizon_desktop.adapters.web.proxies import ReadProxy, proxy_trouble, session_options, system_proxy
from horizon_desktop.adapters.web.tcp_options import keep_little, tune
from horizon_desktop.adapters.web.tls_over_tcp import TlsConnector, ask_often
from horizon_desktop.crypto.certificates import pin_of
from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.ids import LinkId, Locator, SessionId
from horizon_desktop.errors import (
    AccessRefused,
    HorizonError,
    HubBusy,
    HubPinMismatch,
    RemoteProtocolError,
    Unreachable,
)
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import (
    Caller,
)
from horizon_desktop.protocol.hub_frames import (
    ClientFrame,
    control_frame,
    hello_statement,
    parse_at_client,
)
from horizon_desktop.protocol.hub_messages import (
    HUB_RULES,
    HUB_VERSION,
    MAX_FRAME_BYTES,
    MAX_PREVIEW_BYTES,
    NONCE_BYTES,
    Challenge,
    ClientClass,
    Hello,
    HostAccepted,
    HostHello,
    InviteeHello,
    MailboxAccepted,
    MemberAccepted,
    MemberHello,
    Refused,
    Verdict,
)

EventT = TypeVar("EventT")
VerdictT = TypeVar("VerdictT", HostAccepted, MailboxAccepted, MemberAccepted)
Signed = Callable[[bytes, bytes, bytes], Hello]
"""Makes a hello from hub nonce, client nonce and the hash of the hub's key."""

_DIAL_S: Final = 10.0
_CLOSE_S: Final = 2.0
_BUSY: Final = {"hub.rate": "hub.rate", "hub.full": "hub.full", "hub.stopping": "hub.unreachable"}
"""Rules of a hub that pass by themselves, and the sentence people are told."""
_SECONDS: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


class WebHubDialer:
    """The HubDialer port. Its connections are read by its own tasks, for the time of its `async with`.

    Hubs on the Internet are reached by CONNECT through the HTTP proxy that is chosen, or the system's; one that runs in
    this process without any network.
    """

    def __init__(self, *, clock: Clock, entropy: Entropy, proxy: ReadProxy = system_proxy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._proxy = proxy
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wires: set[HubWire[Any]] = set()
        self._inside: dict[bytes, HubInside] = {}
        """Hubs of this process, by pin."""

    def stay_inside(self, hub: HubInside) -> None:
        """Reach this hub, whatever address of it is dialled, without leaving the process."""
        self._inside[pin_of(hub.spki_hash)] = hub

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        wires = list(self._wires)
        for task in self._tasks:
            task.cancel()
        try:
            # What the block raised goes on as it is, not within a group of the dialer's own.
            is_cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
            await self._group.__aexit__(*((kind, error, trace) if is_cancelled else (None, None, None)))
        finally:
            for wire in wires:  # a task that was cancelled before it began has closed nothing
                await wire.finish(closed_here())

    async def register(
        self, hub: HubAddress, caller: Caller, *, session: SessionId, session_nonce: bytes
    ) -> WebHostHub:
        """Register a session at `hub`. See ports/hub.py for what is raised."""

        def hello(hub_nonce: bytes, client_nonce: bytes, spki_hash: bytes) -> Hello:
            now = self._clock.now().instant
            signed = hello_statement(
                client_class=ClientClass.HOST,
                hub_nonce=hub_nonce,
                client_nonce=client_nonce,
                spki_hash=spki_hash,
                subject=session,
                host_time=now,
            )
            return HostHello(client_nonce, caller.key, session, session_nonce, now.ms, caller.sign(signed))

        async with AsyncExitStack() as resources:
            opened, _ = await self._open(hub, resources, hello, HostAccepted)
            wire = HubWire(opened, resources.pop_all(), clock=self._clock, read=host_event, silent_ms=HOST_SILENT_MS)
        return WebHostHub(self._own(wire))

    async def fetch_preview(self, hub: HubAddress, locator: Locator) -> bytes | None:
        """Return an invite's sealed preview, or None when no connected host has it."""
        async with AsyncExitStack() as resources:
            session = await self._session(hub, resources)
            try:
                async with asyncio.timeout(_DIAL_S):
                    url = f"https://{hub.authority}/v1/preview/{locator.hex()}"
                    async with session.get(url, allow_redirects=False) as answer:
                        body = await answer.content.read(MAX_PREVIEW_BYTES + 1)
            except (aiohttp.ClientError, OSError, TimeoutError) as exc:
                raise self._unreachable(hub, exc) from exc
            if answer.status == 404:
                return None
            if answer.status == 429:
                raise _slow(answer.headers.get("Retry-After", ""))
            if answer.status != 200 or len(body) > MAX_PREVIEW_BYTES:
                raise Unreachable(f"{hub.authority} is no hub", hub=hub.authority)
            return body

    async def open_mailbox(self, hub: HubAddress, caller: Caller, *, locator: Locator) -> WebMailbox:
        """Open a mailbox to the host of an invite."""

        def hello(hub_nonce: bytes, client_nonce: bytes, spki_hash: bytes) -> Hello:
            signed = hello_statement(
                client_class=ClientClass.INVITEE,
                hub_nonce=hub_nonce,
                client_nonce=client_nonce,
                spki_hash=spki_hash,
                subject=locator,
            )
            return InviteeHello(client_nonce, caller.key, locator, caller.sign(signed))

        async with AsyncExitStack() as resources:
            opened, _ = await self._open(hub, resources, hello, MailboxAccepted)
            wire = HubWire(opened, resources.pop_all(), clock=self._clock, read=mailbox_event)
        return WebMailbox(self._own(wire))

    async def connect(self, hub: HubAddress, caller: Caller, *, session: SessionId, token: bytes) -> WebMemberHub:
        """Be relayed to the host of `session`."""

        def hello(hub_nonce: bytes, client_nonce: bytes, spki_hash: bytes) -> Hello:
            signed = hello_statement(
                client_class=ClientClass.MEMBER,
                hub_nonce=hub_nonce,
                client_nonce=client_nonce,
                spki_hash=spki_hash,
                subject=session,
                token_hash=sha256(token),
            )
            return MemberHello(client_nonce, caller.key, session, token, caller.sign(signed))

        async with AsyncExitStack() as resources:
            opened, accepted = await self._open(hub, resources, hello, MemberAccepted)
            wire = HubWire(opened, resources.pop_all(), clock=self._clock, read=member_event)
        if accepted.is_paused:
            wire.pause(LinkId(accepted.link))
        return WebMemberHub(self._own(wire), LinkId(accepted.link))

    def _unreachable(self, hub: HubAddress, cause: Exception) -> Unreachable:
        wrong: BaseException | None = cause
        while wrong is not None and not isinstance(wrong, ssl.SSLCertVerificationError):
            wrong = getattr(wrong, "certificate_error", None) or wrong.__cause__
        if wrong is not None:
            return HubPinMismatch(f"{hub.authority} is not the server that is meant", hub=hub.authority)
        by_proxy = proxy_trouble(self._proxy(), hub.host, hub.authority, cause)
        return by_proxy or Unreachable(f"{hub.authority} cannot be reached", hub=hub.authority)

    def _own(self, wire: HubWire[EventT]) -> HubWire[EventT]:
        task = self._group.create_task(wire.run(), name="hub.client")
        self._tasks.add(task)
        self._wires.add(wire)
        task.add_done_callback(lambda done: self._disown(done, wire))
        return wire

    def _disown(self, task: asyncio.Task[None], wire: HubWire[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._wires.discard(wire)

    async def _session(self, hub: HubAddress, resources: AsyncExitStack) -> aiohttp.ClientSession:
        connector = TlsConnector(ssl=HubContext.for_pin(hub.pin), force_close=True, socket_factory=_tuned_socket)
        session = aiohttp.ClientSession(connector=connector, **session_options(self._proxy(), hub.host))
        return await resources.enter_async_context(session)

    async def _open(
        self, hub: HubAddress, resources: AsyncExitStack, sign: Signed, wanted: type[VerdictT]
    ) -> tuple[ClientSocket, VerdictT]:
        inside = self._inside.get(hub.pin)
        if inside is None:
            opened, spki_hash = await self._connect(hub, resources)
        else:
            opened, spki_hash = self._connect_inside(inside), inside.spki_hash
        resources.push_async_callback(_hang_up, opened)
        try:
            async with asyncio.timeout(_DIAL_S):
                verdict = await self._greet(hub, opened, sign, spki_hash)
        except (aiohttp.ClientError, OSError, TimeoutError, RemoteProtocolError) as exc:
            raise Unreachable(f"{hub.authority} does not answer as a hub", hub=hub.authority) from exc
        if isinstance(verdict, wanted):
            return opened, verdict
        if isinstance(verdict, Refused):
            raise _refusal(hub, verdict, wanted)
        raise Unreachable(f"{hub.authority} does not answer as a hub", hub=hub.authority)

    async def _connect(self, hub: HubAddress, resources: AsyncExitStack) -> tuple[ClientSocket, bytes]:
        """Return a new WebSocket over TLS, and the hash of the key that the hub showed."""
        session = await self._session(hub, resources)
        try:
            async with asyncio.timeout(_DIAL_S):
                opened = await session.ws_connect(
                    f"https://{hub.authority}/v1/connect", compress=0, max_msg_size=MAX_FRAME_BYTES + 1
                )
            keep_little(opened._writer.transport)  # aiohttp has no other way to it
            ask_often(opened)
            return opened, seen_key(opened.get_extra_info("ssl_object"))
        except (aiohttp.ClientError, OSError, TimeoutError, RemoteProtocolError) as exc:
            raise self._unreachable(hub, exc) from exc

    def _connect_inside(self, hub: HubInside) -> ClientSocket:
        client, served = hub.connect()
        task = self._group.create_task(hub.service.serve(served), name="hub.inside")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return client

    async def _greet(self, hub: HubAddress, opened: ClientSocket, sign: Signed, spki_hash: bytes) -> Verdict:
        first = await _receive(opened)
        if not isinstance(first, Challenge):
            return _verdict(first)
        if first.version != HUB_VERSION:
            raise AccessRefused(
                f"{hub.authority} speaks version {first.version}", code="hub.version", hub=hub.authority
            )
        await opened.send_bytes(control_frame(sign(first.nonce, self._entropy.draw(NONCE_BYTES), spki_hash)))
        return _verdict(await _receive(opened))


async def _receive(opened: ClientSocket) -> ClientFrame:
    message = await opened.receive()
    if message.type is not aiohttp.WSMsgType.BINARY:
        raise RemoteProtocolError("the hub hung up before it answered")
    return parse_at_client(message.data)


async def _hang_up(opened: ClientSocket) -> None:
    try:
        async with asyncio.timeout(_CLOSE_S):
            await opened.close()
    except (aiohttp.ClientError, OSError, TimeoutError):
        return  # the session that closes next ends it


def _verdict(frame: ClientFrame) -> Verdict:
    if isinstance(frame, Verdict):
        return frame
    raise RemoteProtocolError("the hub's answer is no verdict")


def _refusal(hub: HubAddress, refused: Refused, wanted: type[object]) -> HorizonError:
    """Return what a hub's refusal is to the caller: a reason to wait, to come again, or to stop."""
    if wanted is MailboxAccepted and refused.rule in {"hub.rate", "hub.session_rate"}:
        return _slow(str(-(-refused.retry_ms // 1000)))
    if refused.rule in _BUSY:
        return HubBusy(
            f"{hub.authority} asks to come again: {refused.rule}",
            code=_BUSY[refused.rule],
            hub=hub.authority,
            retry_ms=refused.retry_ms,
        )
    if refused.rule not in HUB_RULES:
        return Unreachable(f"{hub.authority} does not answer as a hub", hub=hub.authority)
    return AccessRefused(f"the hub refused: {refused.rule}", code=refused.rule, hub=hub.authority)


def _slow(seconds: str) -> AccessRefused:
    wait_s = int(seconds) if _SECONDS.fullmatch(seconds) else 1
    return AccessRefused(f"too many attempts: wait {wait_s} s", code="code.slow", s=max(1, wait_s))


def _tuned_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, number, _, _ = address
    made = socket.socket(family, kind, number)
    tune(made)
    return made
