"""Frames of a link: the codec that cuts a stream of bytes into frames and back (PROTOCOL section 6).

`length u32 | kind u8 | channel u8 | data type u8 | flags u8 | seq u64 | body`, big-endian; the length counts
what follows it, 12 to 65 536 bytes.
"""

import struct
from enum import IntEnum, IntFlag
from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.channel import MAX_FRAME_BYTES
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError

_HEADER: Final = struct.Struct(">IBBBBQ")
_LENGTH_BYTES: Final = 4
_MIN_LENGTH: Final = _HEADER.size - _LENGTH_BYTES
MAX_BODY_BYTES: Final = MAX_FRAME_BYTES - _MIN_LENGTH
MAX_SEQ: Final = 2**63
OVERSIZE: Final = "frame.oversize"


class FrameKind(IntEnum):
    """What a frame is for. Tags are never used again for something else."""

    BINDING = 1
    FIRST = 2
    DATA = 3
    ACK = 4
    REFUSED = 5
    PING = 6
    PONG = 7
    SIGNAL = 8
    WANTED = 9
    """By the control lane: the sender has something for the bulk lane; open it."""
    CAME = 10
    """By a bulk lane: `seq` bytes of messages have come by it, all told."""


class FrameFlag(IntFlag):
    NONE = 0
    MORE = 1
    """Another fragment of the same message follows."""
    SKIP = 2
    """The message was overtaken by a newer one: count it, deliver nothing."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One frame. `kind` is a bare number: an unknown one is refused by the link, not by the codec."""

    kind: int
    channel: int = 0
    data_type: int = 0
    flags: int = 0
    seq: int = 0
    body: bytes = b""


def encode_frame(frame: Frame) -> bytes:
    """Return the bytes of a frame.

    Raises:
        LocalProtocolError: a field is outside its range or the body above MAX_BODY_BYTES (our own mistake).
    """
    if len(frame.body) > MAX_BODY_BYTES:
        raise LocalProtocolError(f"a frame's body has at most {MAX_BODY_BYTES} bytes, not {len(frame.body)}")
    try:
        head = _HEADER.pack(
            _MIN_LENGTH + len(frame.body),
            frame.kind,
            frame.channel,
            frame.data_type,
            frame.flags,
            frame.seq,
        )
    except struct.error as exc:
        raise LocalProtocolError(f"a frame's header field is out of range: {exc}") from exc
    return head + frame.body


class FrameReader:
    """Cuts received bytes into frames, as they come. Keeps at most one frame's bytes waiting."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._is_broken = False

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that `data` completes, in order.

        Raises:
            RemoteProtocolError: a header's length is out of bounds (`key` is frame.oversize when above 64 KiB,
                frame.short below a header); nothing after it can be read, so every further call raises too.
                It is raised as soon as the length is known: the body is never waited for nor stored. Frames
                complete before the bad one in the same `data` are lost with the stream.
        """
        if self._is_broken:
            raise RemoteProtocolError("the stream was given up at a bad header", code="frame.broken")
        self._waiting += data
        frames = []
        start = 0
        while (length := self._length_at(start)) is not None:
            end = start + _LENGTH_BYTES + length
            if len(self._waiting) < end:
                break
            frames.append(self._frame(start, end))
            start = end
        del self._waiting[:start]
        return frames

    def _length_at(self, start: int) -> int | None:
        if len(self._waiting) - start < _LENGTH_BYTES:
            return None
        length = int.from_bytes(self._waiting[start : start + _LENGTH_BYTES], "big")
        if _MIN_LENGTH <= length <= MAX_FRAME_BYTES:
            return length
        self._is_broken = True
        self._waiting.clear()
        key = OVERSIZE if length > MAX_FRAME_BYTES else "frame.short"
        raise RemoteProtocolError(
            f"a frame says {length} bytes; {_MIN_LENGTH} to {MAX_FRAME_BYTES} are allowed", code=key
        )

    def _frame(self, start: int, end: int) -> Frame:
        _, kind, channel, data_type, flags, seq = _HEADER.unpack_from(self._waiting, start)
        with memoryview(self._waiting) as view:
            body = bytes(view[start + _HEADER.size : end])
        return Frame(kind=kind, channel=channel, data_type=data_type, flags=flags, seq=seq, body=body)
