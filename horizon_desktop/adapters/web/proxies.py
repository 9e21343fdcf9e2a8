"""How aiohttp is told of the HTTP proxy to a hub, and what its failures mean."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from horizon_desktop.domain.collaboration.findings import Server
from horizon_desktop.domain.collaboration.proxy import ProxyChoice, may_use_proxy
from horizon_desktop.errors import Unreachable

ReadProxy = Callable[[], ProxyChoice]
"""Asked at every dial: a changed setting holds from the next one on."""
_LOGIN_WANTED: Final = 407
_PROXY_PORT: Final = 8080


def system_proxy() -> ProxyChoice:
    """Return the choice of somebody who chose nothing."""
    return ProxyChoice()


def session_options(choice: ProxyChoice, host: str) -> dict[str, Any]:
    """Return the arguments of aiohttp.ClientSession by which a hub at `host` is reached as chosen."""
    if not may_use_proxy(host):
        return {}
    if choice.proxy is None:
        return {"trust_env": choice.is_system_used}
    return {"proxy": choice.proxy.url}


def proxy_to(choice: ProxyChoice, host: str) -> Server | None:
    """Return the proxy on the way to `host`, without its password; None where the way goes past any."""
    if not may_use_proxy(host):
        return None
    if choice.proxy is not None:
        return Server(host=choice.proxy.host, port=choice.proxy.port)
    url = getproxies().get("https", "") if choice.is_system_used and not proxy_bypass(host) else ""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        return Server(host=parts.hostname, port=parts.port or _PROXY_PORT) if parts.hostname else None
    except ValueError:
        return None


def is_login_wanted(refusal: aiohttp.ClientHttpProxyError) -> bool:
    """Whether the proxy wants a name and a password, or other ones."""
    return refusal.status == _LOGIN_WANTED


def proxy_trouble(choice: ProxyChoice, host: str, authority: str, cause: BaseException) -> Unreachable | None:
    """Return what to tell when it is the proxy that stopped a dial: proxy.login, proxy.refused, proxy.unreachable.

    None where it was something else, or nobody knows.
    """
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        code = "proxy.login" if is_login_wanted(cause) else "proxy.refused"
    elif isinstance(cause, aiohttp.ClientProxyConnectionError):
        code = "proxy.unreachable"
    else:
        return None
    server = proxy_to(choice, host)
    name = server.authority if server else ""
    return Unreachable(
        f"{authority} is not reached through the proxy {name}: {code}", code=code, hub=authority, proxy=name
    )
