"""The page Quotas and pools: what was used, who paid, who asks for more. All figures are text, shares are permille."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.wording import Words

_SIGNS: Final = {"EUR": "\u20ac", "USD": "$", "GBP": "\u00a3"}
_WHOLE_FROM: Final = 100
_CENT: Final = Decimal("0.01")
_MILLIONTH: Final = Decimal("0.000001")
_MOST: Final = Decimal(1_000_000_000)


class BarView(msgspec.Struct, frozen=True, kw_only=True):
    """A quota bar: permille of the whole bar. Used, then reserved, a tick at the limit, hatched burst behind it."""

    used: int
    reserved: int
    limit: int
    """1000 without burst: no tick is drawn."""


class QuotaCardView(msgspec.Struct, frozen=True, kw_only=True):
    quota_id: str
    resource: str
    owner: Words
    """usage.quota.mine, .for or .from; `unit` is the resource, which the widget says in words."""
    ends: Words
    used: str
    limit: str
    reserved: str
    ceiling: str
    """Empty without burst."""
    bar: BarView
    forecast: Words | None
    is_over: bool
    """The forecast passes the limit, or use has."""
    state: str
    """active, pending or suspended."""


class SponsorRowView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    icon: str
    share: int
    """Permille of the whole cost."""
    amount: str
    resource: str
    cost: str


class PoolRowView(msgspec.Struct, frozen=True, kw_only=True):
    pool_id: str
    name: str
    kind: str
    line: Words
    taken: int
    """Permille of the total that is given away."""
    left: Words
    state: str
    """open, paused, draft, review (a bounty with requests) or low."""
    may_request: bool


class RequestCardView(msgspec.Struct, frozen=True, kw_only=True):
    allocation_id: str
    badge: BadgeView
    age: Words
    what: Words
    """usage.request: amount, unit and pool."""
    purpose: str
    left_after: Words
    cost: Words
    amount: str
    """Plain figure, for the field that changes it."""
    unit: str
    is_deciding: bool
    """The answer is on its way."""


class DecidedRowView(msgspec.Struct, frozen=True, kw_only=True):
    is_approved: bool
    line: Words
    day: str
    """YYYY-MM-DD, local time."""


class UsagePageView(msgspec.Struct, frozen=True, kw_only=True):
    quotas: tuple[QuotaCardView, ...] = ()
    sponsors: tuple[SponsorRowView, ...] = ()
    cost: str = ""
    pools: tuple[PoolRowView, ...] = ()
    waiting: tuple[RequestCardView, ...] = ()
    decided: tuple[DecidedRowView, ...] = ()
    is_empty: bool = False
    is_read: bool = True
    """False until the first reading has come."""


def figure(amount: Decimal) -> str:
    """Return an amount as people read it: whole from 100 on, else with up to two places; 1 236 as 1,236."""
    if amount >= _WHOLE_FROM:
        return f"{amount.quantize(Decimal(1), ROUND_HALF_EVEN):,}"
    rounded = amount.quantize(_CENT, ROUND_HALF_EVEN)
    if rounded == 0 and amount > 0:
        return "< 0.01"
    text = f"{rounded:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(cost: Decimal, currency: str) -> str:
    """Return a cost with its sign in front, or its code behind: \u20ac1,236, \u20ac3.20, 12 SEK."""
    if cost >= _WHOLE_FROM or cost == cost.to_integral_value():
        text = f"{cost.quantize(Decimal(1), ROUND_HALF_EVEN):,}"
    else:
        text = f"{cost.quantize(_CENT, ROUND_HALF_EVEN):,}"
        text = "< 0.01" if cost > 0 and Decimal(text.replace(",", "")) == 0 else text
    sign = _SIGNS.get(currency)
    return f"{sign}{text}" if sign else f"{text} {currency}"


def permille(part: Decimal, whole: Decimal) -> int:
    """Return a share, 0 to 1000."""
    return 0 if whole <= 0 else min(1000, max(0, int(part * 1000 / whole)))


def bar_of(*, used: Decimal, reserved: Decimal, limit: Decimal, ceiling: Decimal) -> BarView:
    """Return the bar of a quota; its whole length is the ceiling."""
    whole = max(ceiling, limit, used + reserved)
    shown = permille(used, whole)
    return BarView(
        used=shown,
        reserved=min(1000 - shown, permille(reserved, whole)),
        limit=permille(limit, whole) if whole > limit else 1000,
    )


def amount_of(text: str) -> str:
    """Return a typed amount as a plain figure above 0 with at most six places; empty when it is none."""
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except ArithmeticError:
        return ""
    if not amount.is_finite() or amount <= 0 or amount > _MOST or amount != amount.quantize(_MILLIONTH):
        return ""
    return f"{amount.normalize():f}"
