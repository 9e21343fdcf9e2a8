"""Bytes and bandwidth as whole numbers with units: parse and format undo one another."""

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final, Self

import msgspec

from horizon_desktop.errors import UsageError

_BINARY: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_BYTES: Final[Mapping[str, int]] = {
    **{name: 1024**power for power, name in enumerate(_BINARY)},
    **{name: 1000**power for power, name in enumerate(("kB", "MB", "GB", "TB", "PB"), start=1)},
}
_BITS: Final[Mapping[str, int]] = {
    name: 1000**power for power, name in enumerate(("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"))
}
_TEXT: Final = re.compile(r"(\d{1,19}(?:\.\d{1,9})?)\s?([A-Za-z/]{1,6})", re.ASCII)
MAX_COUNT: Final = 2**63 - 1
_WIDE: Final = Context(prec=60)
"""Wide enough for every number that the text may hold times every unit."""


class Bytes(msgspec.Struct, frozen=True, order=True):
    """So many bytes."""

    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `40GiB`, `1.5 TB` or `0B` says.

        Raises:
            UsageError: `units.bytes`: no number, no unit of B, kB ... PB, KiB ... PiB, or no whole number of bytes.
        """
        return cls(_parse(text, _BYTES, code="units.bytes"))

    def format(self) -> str:
        """Return it in the largest binary unit that divides it: `40GiB`."""
        return _format(self.count, {name: _BYTES[name] for name in _BINARY})


class Bandwidth(msgspec.Struct, frozen=True, order=True):
    """So many bits each second."""

    bits_per_s: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `200Gbit/s` says. Raises UsageError (`units.bandwidth`), as `Bytes.parse`."""
        return cls(_parse(text, _BITS, code="units.bandwidth"))

    def format(self) -> str:
        """Return it in the largest unit that divides it."""
        return _format(self.bits_per_s, _BITS)


def _parse(text: str, units: Mapping[str, int], *, code: str) -> int:
    found = _TEXT.fullmatch(text.strip())
    factor = units.get(found[2]) if found else None
    if found is None or factor is None:
        raise UsageError(f"expected a number and one of {', '.join(units)}, got {text!r}", code=code)
    exact = _WIDE.multiply(Decimal(found[1]), Decimal(factor))
    if exact != int(exact) or exact > MAX_COUNT:
        raise UsageError(f"not a whole number that fits into 63 bits: {text!r}", code=code)
    return int(exact)


def _format(count: int, units: Mapping[str, int]) -> str:
    dividing = [name for name, factor in units.items() if count % factor == 0 and (count or factor == 1)]
    name = max(dividing, key=lambda name: units[name])
    return f"{count // units[name]}{name}"
