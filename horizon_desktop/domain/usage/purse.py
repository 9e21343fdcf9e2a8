"""The purse of a session: what a host gives it to spend, written on one line, and what its end stops."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from horizon_desktop.domain.usage.amounts import ZERO, ResourceType, amount, positive
from horizon_desktop.domain.usage.quota import MAX_MULTIPLIER, NO_BURST
from horizon_desktop.errors import UsageError

METERED: Final = (ResourceType.GPU_HOURS, ResourceType.CPU_HOURS, ResourceType.NETWORK_GIB)
"""What a running session can be metered by."""
SPENT_CHANNELS: Final[Mapping[str, int]] = {"edits": 1, "measure": 0}
"""What costs, and the access that is left of it when the purse is spent: reading on is free, and so is talking."""
_FORM: Final = "RESOURCE=AMOUNT[,burst=TIMES][,rate=PRICE]"


class PurseWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a host gives a session to spend."""

    resource: ResourceType
    limit: Decimal
    burst: Decimal = NO_BURST
    """Times the limit that may be used in all."""
    rate: Decimal = ZERO
    """Price of one unit; 0: what the rate card says."""


def parse_purse(text: str) -> PurseWish:
    """Read `gpu_hours=2,burst=1.5,rate=3.20`.

    Raises:
        UsageError: purse.form: it is none of that; the message says what is expected.
    """
    first, *others = text.replace(" ", "").split(",")
    kind, _, limit = first.partition("=")
    more = {name: value for name, _, value in (part.partition("=") for part in others)}
    try:
        wish = PurseWish(
            resource=ResourceType(kind),
            limit=positive(limit),
            burst=Decimal(more.pop("burst", NO_BURST)),
            rate=amount(more.pop("rate", ZERO)),
        )
    except (ValueError, InvalidOperation, UsageError) as exc:
        raise _not_a_purse() from exc
    if more or wish.resource not in METERED or not NO_BURST <= wish.burst <= MAX_MULTIPLIER:
        raise _not_a_purse()
    return wish


def _not_a_purse() -> UsageError:
    kinds = ", ".join(kind.value for kind in METERED)
    return UsageError(f"a purse is {_FORM} with one of {kinds}", code="purse.form")
