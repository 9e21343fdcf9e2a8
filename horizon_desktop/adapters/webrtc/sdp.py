"""What an SDP from a peer may hold: data channels over UDP, and addresses that may be knocked at."""

from typing import Final

from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.addresses import may_be_knocked_at

MAX_SDP_BYTES: Final = 32 * 1024
MAX_CANDIDATES: Final = 40
_CANDIDATE: Final = "a=candidate:"
_KINDS: Final = frozenset({"host", "srflx", "prflx"})


def checked_sdp(data: bytes) -> str:
    """Return the SDP with only those candidates that are worth a try (RFC 8839).

    An authenticated peer could name any address to have packets sent there: names, TCP, relays, loopback,
    link-local, multicast and unspecified addresses are left out, and so is all beyond 40 candidates.

    Raises:
        RemoteProtocolError: it is no text, too long, or describes anything but one data section (`signal.sdp`).
    """
    if len(data) > MAX_SDP_BYTES:
        raise RemoteProtocolError("an SDP is too long", code="signal.sdp")
    try:
        lines = data.decode("ascii").splitlines()
    except UnicodeDecodeError as exc:
        raise RemoteProtocolError("an SDP is not ASCII", code="signal.sdp") from exc
    sections = [line for line in lines if line.startswith("m=")]
    if len(sections) != 1 or not sections[0].startswith("m=application "):
        raise RemoteProtocolError("an SDP must have one data section and no other", code="signal.sdp")
    kept = []
    count = 0
    for line in lines:
        if line.startswith(_CANDIDATE):
            count += 1
            if count > MAX_CANDIDATES or not _is_worth_a_try(line):
                continue
        kept.append(line)
    return "\r\n".join(kept) + "\r\n"


def _is_worth_a_try(line: str) -> bool:
    words = line.removeprefix(_CANDIDATE).split()
    if len(words) < 8 or words[2].lower() != "udp" or words[6] != "typ" or words[7] not in _KINDS:
        return False
    return may_be_knocked_at(words[4])
