"""Which STUN servers are asked for our own public address: HORIZON_STUN, a list of HOST[:PORT] with commas between."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from horizon_desktop.adapters.webrtc.stun_probe import StunServer
from horizon_desktop.errors import UsageError

STUN_VARIABLE: Final = "HORIZON_STUN"
STUN_PORT: Final = 3478
"""RFC 8489, section 18.6."""
MAX_SERVERS: Final = 4
"""Each that does not answer costs a direct attempt 1.5 s."""
_SERVER: Final = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::([0-9]{1,5}))?", re.ASCII)


def stun_servers(environment: Mapping[str, str], *, configured: Sequence[str] = ()) -> tuple[StunServer, ...]:
    """Return the servers that HORIZON_STUN names, in order; when it is unset or empty, those of the configuration.

    Raises:
        UsageError: it is no such list, or names more than four (`stun.servers`).
    """
    text = environment.get(STUN_VARIABLE, "")
    named = [part.strip() for part in text.split(",") if part.strip()] or list(configured)
    if len(named) > MAX_SERVERS:
        raise UsageError(f"{STUN_VARIABLE} names more than {MAX_SERVERS} servers", code="stun.servers")
    return tuple(_server(part) for part in named)


def _server(text: str) -> StunServer:
    found = _SERVER.fullmatch(text)
    port = int(found[2] or STUN_PORT) if found else 0
    if found is None or not 1 <= port <= 65535:
        raise UsageError(f"{STUN_VARIABLE} is HOST:PORT,HOST:PORT: {text!r}", code="stun.servers")
    return StunServer(host=found[1], port=port)
