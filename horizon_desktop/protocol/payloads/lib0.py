"""Reads lib0's variable-length integers and strings from untrusted bytes (the encoding under Yjs)."""

from typing import Final

from horizon_desktop.errors import RemoteProtocolError

MAX_INTEGER: Final = 2**53 - 1
"""Largest integer Yjs can count to; anything above is refused."""
_MAX_GROUPS: Final = 8
"""Seven bits each: 56 bits hold MAX_INTEGER."""


class Lib0Reader:
    """A position in bytes that moves forward only. Raises RemoteProtocolError(edit.form) and nothing else."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    @property
    def is_done(self) -> bool:
        return self.position == len(self._data)

    def byte(self) -> int:
        """Read one byte."""
        position = self.position
        if position >= len(self._data):
            raise malformed("cut short")
        self.position = position + 1
        return self._data[position]

    def integer(self) -> int:
        """Read an unsigned integer, 0 to MAX_INTEGER."""
        value = self.byte()
        if value < 0x80:
            return value
        value &= 0x7F
        for group in range(1, _MAX_GROUPS):
            following = self.byte()
            value |= (following & 0x7F) << (7 * group)
            if following < 0x80:
                if value > MAX_INTEGER or following == 0:
                    raise malformed("integer out of range or padded")
                return value
        raise malformed("integer too long")

    def text(self) -> str:
        """Read a string: its length in bytes, then UTF-8."""
        length = self.integer()
        start = self.position
        if length > len(self._data) - start:
            raise malformed("string cut short")
        self.position = start + length
        try:
            return self._data[start : self.position].decode()
        except UnicodeDecodeError as problem:
            raise malformed("string is not UTF-8") from problem


def encode_integer(value: int) -> bytes:
    """Return an unsigned integer as lib0 writes it."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append((value & 0x7F) | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def malformed(what: str) -> RemoteProtocolError:
    """Return the error for bytes that are no such encoding."""
    return RemoteProtocolError(f"not an update: {what}", code="edit.form")
