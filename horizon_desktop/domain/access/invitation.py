"""InvitationLink: the half of an invite that travels as a link (PROTOCOL section 2)."""

import base64
import binascii
import ipaddress
import re
from typing import Final

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, Locator
from horizon_desktop.errors import InviteRefused, UsageError

LINK_VERSION: Final = 1
MAX_LINK_CHARS: Final = 512
MAX_HUBS: Final = 6
MAX_BODY_BYTES: Final = 303
"""404 characters: six LAN hubs with pins fit, and a public hub's name in front still stays below 512."""
PIN_BYTES: Final = 16
SECRET_BYTES: Final = 16
APP_PREFIX: Final = "horizon://join/"
_PINNED: Final = 0x01
_HEAD_BYTES: Final = 1 + 1 + 16 + 32 + 16 + 1

_LINK: Final = re.compile(
    r"(?:horizon://join/"
    r"|https://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?/join/(?P<locator>[A-Za-z0-9_-]{22})#)"
    r"(?P<body>[A-Za-z0-9_-]{1,480})",
    re.ASCII,
)
_HUB: Final = re.compile(
    r"(?:(?P<name>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)|\[(?P<six>[0-9A-Fa-f:.]{2,45})\]):(?P<port>[1-9][0-9]{0,4})",
    re.ASCII,
)


class HubAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One hub as a link names it."""

    host: str
    """Name or address; an IPv6 address without brackets."""
    port: int
    pin: bytes = b""
    """First 16 bytes of SHA-256 of the hub's SPKI when it is self-signed, else empty."""

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class InvitationLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a link holds. With the code it lets a device knock; alone it shows the preview."""

    locator: Locator
    host: DeviceKey
    secret: bytes
    """16 random bytes, kept sealed at rest and wiped when the invite is over."""
    hubs: tuple[HubAddress, ...]
    """1 to 6, best first."""

    def __repr__(self) -> str:
        return f"InvitationLink({invite_name(self.locator)})"


def invite_name(locator: Locator) -> str:
    """Return the first four letters of a locator as people say it: "7Q4M" (Crockford base32)."""
    bits = int.from_bytes(locator[:3], "big") >> 4
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(bits >> shift) & 31] for shift in (15, 10, 5, 0))


def encode_body(link: InvitationLink) -> bytes:
    """Return `version 1 | flags 1 | locator 16 | host key 32 | secret 16 | hub count 1 | hubs`, at most 303 bytes.

    Hubs that do not fit are left out, the last ones first.

    Raises:
        UsageError: not even the first hub fits, or a part has a wrong size.
    """
    sizes = (len(link.locator), len(link.host), len(link.secret))
    if sizes != (16, 32, SECRET_BYTES) or not link.hubs:
        raise UsageError("an invite needs a locator, a host key, a secret and at least one hub")
    packed: list[bytes] = []
    size = _HEAD_BYTES
    for hub in link.hubs[:MAX_HUBS]:
        entry = _pack_hub(hub)
        if size + len(entry) > MAX_BODY_BYTES:
            break
        packed.append(entry)
        size += len(entry)
    if not packed:
        raise UsageError(f"the hub's address is too long for a link: {link.hubs[0].authority}")
    head = bytes([LINK_VERSION, 0]) + link.locator + link.host + link.secret + bytes([len(packed)])
    return head + b"".join(packed)


def parse_body(body: bytes) -> InvitationLink:
    """Return the link in `body`.

    Raises:
        InviteRefused: invite.version for a version or flag of a later release, invite.bad for anything else.
    """
    if not body or body[0] != LINK_VERSION:
        raise InviteRefused("the link has another version", code="invite.version" if body else "invite.bad")
    if len(body) < _HEAD_BYTES or len(body) > MAX_BODY_BYTES:
        raise InviteRefused("the link is cut off or too long")
    if body[1] != 0:
        raise InviteRefused("the link has a flag of a later version", code="invite.version")
    count = body[_HEAD_BYTES - 1]
    hubs, rest = _unpack_hubs(body[_HEAD_BYTES:], count)
    if rest or not 1 <= count <= MAX_HUBS:
        raise InviteRefused("the link's list of hubs is not whole")
    return InvitationLink(locator=Locator(body[2:18]), host=DeviceKey(body[18:50]), secret=body[50:66], hubs=hubs)


def app_link(link: InvitationLink) -> str:
    """Return `horizon://join/BODY`: for QR codes, LAN links and other applications."""
    return APP_PREFIX + _to_text(encode_body(link))


def web_link(link: InvitationLink) -> str:
    """Return `https://HUB/join/LOCATOR#BODY` over the first hub without a pin, or "" when there is none.

    A browser does not accept a self-signed hub, so that an embedded hub has an app link only.
    """
    public = next((hub for hub in link.hubs if not hub.pin), None)
    if public is None:
        return ""
    text = f"https://{public.authority}/join/{_to_text(link.locator)}#{_to_text(encode_body(link))}"
    return text if len(text) <= MAX_LINK_CHARS else ""


def parse_link(text: str) -> InvitationLink:
    """Return the invite that a pasted or opened text names. Nothing else happens: no joining, no running.

    Args:
        text: Untrusted; white space around it is ignored.

    Raises:
        InviteRefused: invite.version for a later release's link, invite.bad for anything that is no link.
    """
    stripped = text.strip(" \t\r\n")
    found = _LINK.fullmatch(stripped) if len(stripped) <= MAX_LINK_CHARS else None
    if found is None:
        raise InviteRefused("this is not a Horizon link")
    link = parse_body(_from_text(found["body"]))
    if found["locator"] is not None and _from_text(found["locator"]) != link.locator:
        raise InviteRefused("the two halves of the link name different invites")
    return link


def may_stand_in_link(host: str) -> Decision:
    """Allow a hub's host name or address that other machines may reach; deny loopback and link-local ones."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        is_local_name = host.lower() == "localhost" or host.lower().endswith(".localhost")
        return Deny("hub.loopback", host) if is_local_name else Allow()
    if address.is_loopback or address.is_unspecified:
        return Deny("hub.loopback", host)
    if address.is_link_local or address.is_multicast:
        return Deny("hub.link_local", host)
    return Allow()


def _pack_hub(hub: HubAddress) -> bytes:
    name = hub.authority.encode("ascii", errors="replace")
    if _HUB.fullmatch(hub.authority) is None or len(hub.pin) not in (0, PIN_BYTES) or len(name) > 255:
        raise UsageError(f"a hub is HOST:PORT with a pin of {PIN_BYTES} bytes or none: {hub.authority}")
    return bytes([_PINNED if hub.pin else 0, len(name)]) + name + hub.pin


def _unpack_hubs(data: bytes, count: int) -> tuple[tuple[HubAddress, ...], bytes]:
    hubs: list[HubAddress] = []
    while len(hubs) < count:
        if len(data) < 2 or data[0] not in (0, _PINNED):
            raise InviteRefused("the link's list of hubs is not whole")
        is_pinned, end = data[0] == _PINNED, 2 + data[1]
        after = end + (PIN_BYTES if is_pinned else 0)
        if len(data) < after:
            raise InviteRefused("the link's list of hubs is not whole")
        hubs.append(_parse_hub(data[2:end], data[end:after]))
        data = data[after:]
    return tuple(hubs), data


def _parse_hub(name: bytes, pin: bytes) -> HubAddress:
    found = _HUB.fullmatch(name.decode("ascii", errors="replace"))
    if found is None or int(found["port"]) > 65535:
        raise InviteRefused("the link names a hub that is no HOST:PORT")
    host = found["name"] or found["six"]
    if found["six"] is not None:
        try:
            ipaddress.IPv6Address(host)
        except ValueError as exc:
            raise InviteRefused("the link names a hub that is no HOST:PORT") from exc
    return HubAddress(host=host, port=int(found["port"]), pin=pin)


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _from_text(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as exc:
        raise InviteRefused("the link is cut off") from exc
    if _to_text(data) != text:
        raise InviteRefused("the link was changed")
    return data
