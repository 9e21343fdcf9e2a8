"""Exact amounts: quantities and money are decimals with six places, never floats."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from horizon_desktop.errors import UsageError

PLACES: Final = Decimal("0.000001")
"""The columns of the specification are DECIMAL(20,6)."""
MAX_AMOUNT: Final = Decimal(9_000_000_000_000)
"""Millionths of it fit into the 64-bit integers that SQLite counts with; the column alone would hold more."""
ZERO: Final = Decimal("0.000000")
_EXACT: Final = Context(prec=60)
"""Wide enough for the product of any two amounts: nothing is rounded on the way."""


class ResourceType(StrEnum):
    """What a quota or a pool counts, each with its unit."""

    GPU_HOURS = "gpu_hours"
    TPU_HOURS = "tpu_hours"
    CPU_HOURS = "cpu_hours"
    MEMORY_GIB_HOURS = "memory_gib_hours"
    STORAGE_GIB_HOURS = "storage_gib_hours"
    NETWORK_GIB = "network_gib"


_MS_AN_HOUR: Final = 3_600_000
_BYTES_A_GIB: Final = 2**30
_SCALE: Final = 10**6


def amount(value: Decimal | int | str) -> Decimal:
    """Return an exact amount of 0 to 9e12 with six places.

    Raises:
        UsageError: `usage.amount`: not a number, negative, too large, or finer than a millionth.
    """
    try:
        exact = Decimal(value).quantize(PLACES, context=_EXACT)
        is_same = exact == Decimal(value)
    except (InvalidOperation, ValueError) as exc:
        raise UsageError(f"not an amount: {value!r}", code="usage.amount") from exc
    if not is_same or not 0 <= exact <= MAX_AMOUNT:
        raise UsageError(f"an amount is 0 to {MAX_AMOUNT} with at most six places, got {value}", code="usage.amount")
    return abs(exact)  # -0 is 0


def positive(value: Decimal | int | str) -> Decimal:
    """Return an exact amount above 0. Raises UsageError, `usage.amount`."""
    exact = amount(value)
    if not exact:
        raise UsageError("an amount above 0 is needed", code="usage.amount")
    return exact


def times(quantity: Decimal, rate: Decimal) -> Decimal:
    """Return quantity times rate, rounded once to a millionth, halves to even."""
    return _EXACT.multiply(quantity, rate).quantize(PLACES, ROUND_HALF_EVEN, context=_EXACT)


def times_down(quantity: Decimal, factor: Decimal) -> Decimal:
    """Return quantity times factor, rounded down to a millionth: a ceiling never rises by rounding."""
    return _EXACT.multiply(quantity, factor).quantize(PLACES, ROUND_DOWN, context=_EXACT)


def hours_of(ms: int) -> Decimal:
    """Return so many milliseconds of one unit as hours, rounded down to a millionth (3.6 ms).

    Meters convert their running total and debit the difference, so that nothing is lost from reading to reading.
    """
    return Decimal(ms * _SCALE // _MS_AN_HOUR).scaleb(-6)


def gibibytes_of(count: int) -> Decimal:
    """Return bytes as GiB, rounded down to a millionth; for running totals, as `hours_of`."""
    return Decimal(count * _SCALE // _BYTES_A_GIB).scaleb(-6)
