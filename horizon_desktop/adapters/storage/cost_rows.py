"""Statements about cost: entries are added and summed, never changed."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import repeat_rows
from horizon_desktop.adapters.storage.exact_types import Exact
from horizon_desktop.adapters.storage.usage_schema import COST_ENTRIES, RATE_CARDS
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.amounts import ZERO, ResourceType
from horizon_desktop.domain.usage.cost import Attribution, Bill, BillLine, CostEntry, RateCard
from horizon_desktop.ports.usage import RepeatKey

_C: Final = COST_ENTRIES.c


async def add_card(conn: AsyncConnection, card: RateCard) -> None:
    await conn.execute(RATE_CARDS.insert(), msgspec.structs.asdict(card))


async def cards(conn: AsyncConnection) -> Sequence[RateCard]:
    found = await conn.execute(RATE_CARDS.select().order_by(RATE_CARDS.c.valid_from, RATE_CARDS.c.id))
    return tuple(RateCard(**row._mapping) for row in found)


async def add(conn: AsyncConnection, entry: CostEntry) -> None:
    await conn.execute(COST_ENTRIES.insert(), msgspec.structs.asdict(entry))


async def book(conn: AsyncConnection, entry: CostEntry, repeat: RepeatKey | None) -> CostEntry | Deny:
    first = await repeat_rows.claim(conn, repeat, entry.id, entry.booked_at)
    if isinstance(first, Deny):
        return first
    if first is not None:
        found = (await conn.execute(COST_ENTRIES.select().where(_C.id == first))).one()
        return CostEntry(**found._mapping)
    await add(conn, entry)
    return entry


async def entries(
    conn: AsyncConnection,
    since: Instant,
    until: Instant,
    sponsor: str | None,
    quota_id: UUID | None,
    session_id: str | None,
) -> Sequence[CostEntry]:
    query = COST_ENTRIES.select().where(_C.booked_at >= since, _C.booked_at < until).order_by(_C.booked_at, _C.id)
    for column, value in ((_C.sponsor_id, sponsor), (_C.quota_id, quota_id), (_C.session_id, session_id)):
        if value is not None:
            query = query.where(column == value)
    return tuple(CostEntry(**row._mapping) for row in await conn.execute(query))


async def bill(conn: AsyncConnection, by: Attribution, since: Instant, until: Instant, sponsor: str | None) -> Bill:
    """Let the database sum: scaled integers or NUMERIC, so every digit is right."""
    name = _C[by.value]
    query = (
        sa.select(
            name,
            _C.resource_type,
            sa.func.sum(_C.quantity, type_=Exact()).label("quantity"),
            sa.func.sum(_C.cost, type_=Exact()).label("cost"),
        )
        .where(_C.booked_at >= since, _C.booked_at < until)
        .group_by(*dict.fromkeys((name, _C.resource_type)))
    )
    if sponsor is not None:
        query = query.where(_C.sponsor_id == sponsor)
    costs: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    quantities: defaultdict[str, dict[ResourceType, Decimal]] = defaultdict(dict)
    for found in await conn.execute(query):
        shown = str(found[0])
        costs[shown] += found.cost
        quantities[shown][found.resource_type] = found.quantity
    lines = tuple(
        BillLine(name=shown, quantities=quantities[shown], cost=cost)
        for shown, cost in sorted(costs.items(), key=lambda share: (-share[1], share[0]))
    )
    return Bill(by=by, since=since, until=until, lines=lines, total=sum(costs.values(), ZERO))
