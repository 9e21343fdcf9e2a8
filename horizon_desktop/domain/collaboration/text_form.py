"""What a file's bytes must be to be shared as text, and how a text becomes those bytes again."""

from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.documents import MAX_TEXT_BYTES
from horizon_desktop.errors import FileRefused

_BOM: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_TEXT_CONTROLS: Final = frozenset(b"\t\n\r\f\b\x1b")
_SAMPLE_BYTES: Final = 8192
_MOST_CONTROLS: Final = 20
"""One control byte in so many is more than any text has."""


class TextForm(msgspec.Struct, frozen=True, kw_only=True):
    """A text with \\n line ends, and the form to write it in."""

    text: str
    newline: str
    """\\n or \\r\\n: the one that most lines of the file end with."""
    has_bom: bool


def read_text(data: bytes, *, name: str) -> TextForm:
    """Return the text of a file's bytes.

    Raises:
        FileRefused: file.big (over 2 MB), file.binary, file.encoding (text, but not UTF-8).
    """
    if len(data) > MAX_TEXT_BYTES:
        raise too_big(name, len(data))
    if b"\0" in data:
        code = "file.encoding" if data.startswith(_WIDE_BOMS) else "file.binary"
        raise FileRefused(f"{name} holds NUL bytes", code=code, file=name)
    has_bom = data.startswith(_BOM)
    try:
        text = data[len(_BOM) if has_bom else 0 :].decode()
    except UnicodeDecodeError as problem:
        code = "file.binary" if _looks_binary(data) else "file.encoding"
        raise FileRefused(f"{name} is not UTF-8", code=code, file=name) from problem
    crlf = text.count("\r\n")
    newline = "\r\n" if crlf * 2 > text.count("\n") else "\n"
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return TextForm(text=text, newline=newline, has_bom=has_bom)


def text_bytes(text: str, *, newline: str, has_bom: bool) -> bytes:
    """Return the bytes of a text in a file's form."""
    written = text if newline == "\n" else text.replace("\n", newline)
    return (_BOM if has_bom else b"") + written.encode()


def too_big(name: str, size: int) -> FileRefused:
    """Return the refusal of a file over 2 MB."""
    return FileRefused(f"{name} has {size} bytes", code="file.big", file=name, size=f"{size / 1_048_576:.1f} MB")


def _looks_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE_BYTES]
    controls = sum(byte < ord(" ") and byte not in _TEXT_CONTROLS for byte in sample)
    return controls * _MOST_CONTROLS > len(sample)
