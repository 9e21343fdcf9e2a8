"""Frames between a hub and its clients, and the statement that opens a connection (PROTOCOL section 5).

Every WebSocket message is binary. Its first byte is the kind:

    1  control   MessagePack array: a message of protocol/hub_messages.py
    2  relay     link id u32 | lane u8 | 0 to 65 536 opaque bytes
    3  ping      8 bytes that come back
    4  pong      the 8 bytes of the ping
"""

from enum import IntEnum
from typing import Final, TypeVar

import msgspec

from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.hub_messages import (
    MAX_CONTROL_BYTES,
    MAX_FRAME_BYTES,
    MAX_RELAY_BYTES,
    ClientClass,
    FromHub,
    ToHub,
)

NO_TOKEN_HASH: Final = bytes(32)
PROBE_BYTES: Final = 8
_RELAY_HEADER_BYTES: Final = 6


class FrameKind(IntEnum):
    """First byte of every WebSocket frame."""

    CONTROL = 1
    RELAY = 2
    PING = 3
    PONG = 4


class RelayedBytes(msgspec.Struct, frozen=True):
    """One relay frame: the clear outer header and what it carries."""

    link: LinkId
    lane: Lane
    data: bytes


class Ping(msgspec.Struct, frozen=True):
    probe: bytes


class Pong(msgspec.Struct, frozen=True):
    probe: bytes


HubFrame = ToHub | RelayedBytes | Ping | Pong
"""What a hub may receive."""
ClientFrame = FromHub | RelayedBytes | Ping | Pong
"""What a client may receive."""

MessageT = TypeVar("MessageT")
_ENCODER: Final = msgspec.msgpack.Encoder()
_TO_HUB: Final = msgspec.msgpack.Decoder(ToHub)
_FROM_HUB: Final = msgspec.msgpack.Decoder(FromHub)
_LANES: Final = {lane.value: lane for lane in Lane}


def hello_statement(
    *,
    client_class: ClientClass,
    hub_nonce: bytes,
    client_nonce: bytes,
    spki_hash: bytes,
    subject: bytes,
    token_hash: bytes = NO_TOKEN_HASH,
    host_time: Instant | None = None,
) -> bytes:
    """Return what a client signs to prove its device key to one hub, once (PROTOCOL section 5).

    Args:
        client_class: Host, invitee or member; one byte.
        hub_nonce: 32 bytes from the hub's challenge.
        client_nonce: 32 bytes drawn by the client.
        spki_hash: SHA-256 of the hub's public key as the client saw it in TLS, 32 bytes: a hub in the
            middle cannot pass the signature on.
        subject: Session id (32 bytes; host and member) or locator (16 bytes; invitee).
        token_hash: SHA-256 of the whole token, 32 bytes; zero when there is none.
        host_time: The host's clock, for a host only; 8 bytes.
    """
    moment = b"" if host_time is None else host_time.ms.to_bytes(8, "big", signed=True)
    return statement(
        "hub-hello",
        bytes([client_class]),
        hub_nonce,
        client_nonce,
        spki_hash,
        subject,
        token_hash,
        moment,
    )


def control_frame(message: ToHub | FromHub) -> bytes:
    """Return the WebSocket frame of a control message."""
    return bytes([FrameKind.CONTROL]) + _ENCODER.encode(message)


def relay_frame(link: LinkId, lane: Lane, data: bytes) -> bytes:
    """Return the WebSocket frame of relayed bytes.

    Raises:
        LocalProtocolError: `data` is longer than 64 KiB.
    """
    if len(data) > MAX_RELAY_BYTES:
        raise LocalProtocolError(f"a relay frame holds {MAX_RELAY_BYTES} bytes, not {len(data)}")
    return b"\x02" + link.to_bytes(4, "big") + bytes([lane]) + data


def cut_relay_frame(frame: bytes, most: int) -> tuple[bytes, bytes]:
    """Return a whole relay frame as two of the same link and lane, the first with `most` bytes of data.

    A lane is a stream of bytes (PROTOCOL section 6): how they are cut into frames means nothing. The second is
    empty where the first holds everything.
    """
    end = _RELAY_HEADER_BYTES + most
    if len(frame) <= end:
        return frame, b""
    return frame[:end], frame[:_RELAY_HEADER_BYTES] + frame[end:]


def ping_frame(probe: bytes) -> bytes:
    """Return a ping; `probe` is 8 bytes of the sender's choice."""
    return b"\x03" + probe


def pong_frame(probe: bytes) -> bytes:
    """Return the answer to a ping."""
    return b"\x04" + probe


def parse_at_hub(frame: bytes) -> HubFrame:
    """Return what a client sent, or raise RemoteProtocolError. Sizes are checked before anything is decoded."""
    body = _body(frame)
    if frame[0] == FrameKind.CONTROL:
        asked: ToHub = _decoded(_TO_HUB, body)
        return asked
    return _parse_common(frame)


def parse_at_client(frame: bytes) -> ClientFrame:
    """Return what a hub sent, or raise RemoteProtocolError."""
    body = _body(frame)
    if frame[0] == FrameKind.CONTROL:
        told: FromHub = _decoded(_FROM_HUB, body)
        return told
    return _parse_common(frame)


def _body(frame: bytes) -> memoryview:
    if not frame:
        raise RemoteProtocolError("a frame has at least its kind")
    if len(frame) > MAX_FRAME_BYTES:
        raise RemoteProtocolError(f"a frame holds {MAX_FRAME_BYTES} bytes, not {len(frame)}")
    return memoryview(frame)[1:]


def _decoded(decoder: msgspec.msgpack.Decoder[MessageT], body: memoryview) -> MessageT:
    if len(body) > MAX_CONTROL_BYTES:
        raise RemoteProtocolError("a control message is too long")
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as exc:
        raise RemoteProtocolError("a control message has the wrong shape") from exc


def _parse_common(frame: bytes) -> RelayedBytes | Ping | Pong:
    kind = frame[0]
    if kind == FrameKind.RELAY:
        if len(frame) < _RELAY_HEADER_BYTES:
            raise RemoteProtocolError("a relay frame is shorter than its header")
        link = int.from_bytes(frame[1:5], "big")
        lane = _LANES.get(frame[5])
        if lane is None or link == 0:
            raise RemoteProtocolError("a relay frame names no lane or no link")
        return RelayedBytes(LinkId(link), lane, frame[_RELAY_HEADER_BYTES:])
    if kind in (FrameKind.PING, FrameKind.PONG):
        if len(frame) != 1 + PROBE_BYTES:
            raise RemoteProtocolError("a probe has 8 bytes")
        return Ping(frame[1:]) if kind == FrameKind.PING else Pong(frame[1:])
    raise RemoteProtocolError(f"a frame of kind {kind} is unknown")
