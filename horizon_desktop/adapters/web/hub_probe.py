"""Visits hubs to see how far one gets: name, TCP, proxy, TLS 1.3, key, health, and the hub's clock."""

import asyncio
import email.utils
import errno
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC
from typing import Any, Final

import aiohttp

from horizon_desktop.adapters.web.hub_tls import HubContext, WrongKey
from horizon_desktop.adapters.web.proxies import ReadProxy, is_login_wanted, proxy_to, session_options, system_proxy
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.findings import HubOutcome, HubVisit, Server
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.clock import Clock

_NAME_S: Final = 4.0
_CONNECT_S: Final = 4.0
_ANSWER_S: Final = 8.0
_MOST_ADDRESSES: Final = 2
"""Of a name: one of each family."""
_MOST_ANSWER_BYTES: Final = 1024
_HEALTH: Final[Mapping[tuple[int, str], HubOutcome]] = {
    (200, "ok"): HubOutcome.REACHED,
    (503, "draining"): HubOutcome.DRAINING,
}
_OUT_OF_TIME: Final = frozenset({9, 10})
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""
_FORBIDDEN: Final = frozenset({errno.EPERM, errno.EACCES})
_SILENT: Final = frozenset({errno.ETIMEDOUT, errno.EAGAIN})


class WebHubProbe:
    """The HubProbe port over aiohttp, with the settings of WebHubDialer."""

    def __init__(self, *, clock: Clock, proxy: ReadProxy = system_proxy) -> None:
        self._clock = clock
        self._proxy = proxy

    async def visit(self, hub: HubAddress) -> HubVisit:
        proxy = await asyncio.to_thread(proxy_to, self._proxy(), hub.host)
        first = proxy or Server(host=hub.host, port=hub.port)
        reached = await _connect(first)
        if reached is not None:
            if proxy and reached not in (HubOutcome.FORBIDDEN, HubOutcome.NO_ROUTE):
                reached = HubOutcome.PROXY_UNREACHABLE
            return HubVisit(hub=hub, outcome=reached, proxy=proxy.authority if proxy else "")
        return await self._ask(hub, proxy.authority if proxy else "")

    async def reaches(self, server: Server) -> bool:
        return await _connect(server) in (None, HubOutcome.REFUSED)

    async def _ask(self, hub: HubAddress, proxy: str) -> HubVisit:
        connector = aiohttp.TCPConnector(ssl=HubContext.for_pin(hub.pin), force_close=True)
        asked_at = self._clock.now().instant
        try:
            async with (
                asyncio.timeout(_ANSWER_S),
                aiohttp.ClientSession(connector=connector, **session_options(self._proxy(), hub.host)) as session,
                session.get(f"https://{hub.authority}/health", allow_redirects=False) as answer,
            ):
                answered_at = self._clock.now().instant
                outcome = _health(answer.status, await answer.content.read(_MOST_ANSWER_BYTES))
                hub_time = _moment(answer.headers.get("Date", ""))
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            is_proxy_mute = bool(proxy) and isinstance(exc, TimeoutError)
            outcome = HubOutcome.PROXY_UNREACHABLE if is_proxy_mute else _outcome_of(exc)
            return HubVisit(hub=hub, outcome=outcome, proxy=proxy)
        return HubVisit(
            hub=hub, outcome=outcome, proxy=proxy, asked_at=asked_at, answered_at=answered_at, hub_time=hub_time
        )


async def _connect(server: Server) -> HubOutcome | None:
    """Return None when a TCP connection opens, else what stopped it."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_NAME_S):
            found = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return HubOutcome.NAME
    by_family = {family: address for family, _, _, _, address in reversed(found)}
    outcomes = [await _knock(family, address) for family, address in list(by_family.items())[:_MOST_ADDRESSES]]
    return min(outcomes, key=lambda outcome: -1 if outcome is None else list(HubOutcome).index(outcome))


async def _knock(family: int, address: tuple[Any, ...]) -> HubOutcome | None:
    loop = asyncio.get_running_loop()
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as opened:
            opened.setblocking(False)
            async with asyncio.timeout(_CONNECT_S):
                await loop.sock_connect(opened, address)
    except TimeoutError:
        return HubOutcome.SILENT
    except ConnectionRefusedError:
        return HubOutcome.REFUSED
    except OSError as exc:
        return _stopped_by(exc.errno)
    return None


def _stopped_by(number: int | None) -> HubOutcome:
    if number in _FORBIDDEN:
        return HubOutcome.FORBIDDEN
    return HubOutcome.SILENT if number in _SILENT else HubOutcome.NO_ROUTE


def _health(status: int, body: bytes) -> HubOutcome:
    try:
        told = json.loads(body)
    except ValueError:
        return HubOutcome.OTHER_SERVER
    word = told.get("status") if isinstance(told, dict) else None
    return _HEALTH.get((status, str(word)), HubOutcome.OTHER_SERVER)


def _moment(text: str) -> Instant | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
        return Instant(int(found.astimezone(UTC).timestamp()) * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def _outcome_of(exc: Exception) -> HubOutcome:
    """Return what an answer that never came means; the TCP connection had opened before."""
    if isinstance(exc, aiohttp.ClientHttpProxyError):
        return HubOutcome.PROXY_LOGIN if is_login_wanted(exc) else HubOutcome.PROXY_REFUSED
    if isinstance(exc, aiohttp.ClientProxyConnectionError):
        return HubOutcome.PROXY_UNREACHABLE
    for cause in reversed(list(_causes(exc))):  # aiohttp's own errors look like those of TLS that they wrap
        if isinstance(cause, WrongKey):
            return HubOutcome.PIN
        if isinstance(cause, ssl.SSLCertVerificationError):
            is_late = getattr(cause, "verify_code", 0) in _OUT_OF_TIME
            return HubOutcome.CERTIFICATE_DATE if is_late else HubOutcome.CERTIFICATE
        if isinstance(cause, ssl.SSLError) and "VERSION" in str(cause.reason or ""):
            return HubOutcome.TLS_OLD
    if isinstance(exc, aiohttp.ClientConnectorError | TimeoutError):
        return HubOutcome.TLS_CUT
    return HubOutcome.OTHER_SERVER


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = getattr(exc, "certificate_error", None) or exc.__cause__
