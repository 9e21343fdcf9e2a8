"""Cost: rate cards, entries booked on a sponsor, and bills whose sums are exact (SPEC system 10)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import msgspec

from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.amounts import ZERO, ResourceType, times


class RateCard(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a resource costs from a moment on, until a later card of the same resource replaces it."""

    id: UUID
    tenant_id: UUID
    resource_type: ResourceType
    model: str = ""
    """One model of it (`h100`); empty: any that has no card of its own."""
    price: Decimal
    """For one unit of the resource type."""
    currency: str
    """ISO 4217: EUR."""
    valid_from: Instant
    created_at: Instant


class CostEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One use that was booked. Never changed; a mistake is mended by an entry the other way."""

    id: UUID
    tenant_id: UUID
    quota_id: UUID | None = None
    """The ephemeral quota that it ran on."""
    sponsor_id: str
    beneficiary_id: str
    session_id: str = ""
    resource_type: ResourceType
    quantity: Decimal
    rate: Decimal
    cost: Decimal
    """quantity * rate, rounded once to a millionth."""
    booked_at: Instant


class Attribution(StrEnum):
    """What a bill may be split by."""

    SPONSOR = "sponsor_id"
    BENEFICIARY = "beneficiary_id"
    SESSION = "session_id"
    RESOURCE = "resource_type"


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One share of a bill."""

    name: str
    quantities: Mapping[ResourceType, Decimal]
    """Hours and bytes do not add up: one sum for each resource."""
    cost: Decimal


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """Everything booked in a span, split one way. The lines' costs sum to the total to the last digit."""

    by: Attribution
    since: Instant
    until: Instant
    lines: tuple[BillLine, ...]
    """The highest cost first."""
    total: Decimal


def cost_of(quantity: Decimal, rate: Decimal) -> Decimal:
    """Return what so much costs, rounded once to a millionth, halves to even."""
    return times(quantity, rate)


def card_for(cards: Iterable[RateCard], resource: ResourceType, model: str, *, at: Instant) -> RateCard | None:
    """Return the newest card that is valid: the model's own, else that of any model, else None."""
    valid = [card for card in cards if card.resource_type is resource and card.valid_from <= at]
    for wanted in (model, ""):
        own = [card for card in valid if card.model == wanted]
        if own:
            return max(own, key=lambda card: (card.valid_from, card.created_at, card.id))
    return None


def bill_of(entries: Iterable[CostEntry], by: Attribution, *, since: Instant, until: Instant) -> Bill:
    """Return the bill over these entries, split by one attribute."""
    costs: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    quantities: defaultdict[str, defaultdict[ResourceType, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for entry in entries:
        name = str(getattr(entry, by.value))
        costs[name] += entry.cost
        quantities[name][entry.resource_type] += entry.quantity
    lines = tuple(
        BillLine(name=name, quantities=MappingProxyType(dict(quantities[name])), cost=cost)
        for name, cost in sorted(costs.items(), key=lambda share: (-share[1], share[0]))
    )
    return Bill(by=by, since=since, until=until, lines=lines, total=sum(costs.values(), ZERO))
