"""Exact amounts, moments and arrays mean the same on both databases: kept, ordered, summed, and never a float."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from horizon_desktop.adapters.storage.exact_types import ArrayOf, Exact, Moment
from horizon_desktop.adapters.storage.place import place_of
from horizon_desktop.domain.instants import MAX_INSTANT_MS, Instant

THINGS = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("amount", Exact()),
    sa.Column("factor", Exact(10, 4)),
    sa.Column("at", Moment),
    sa.Column("words", ArrayOf(sa.Text())),
    sa.Column("numbers", ArrayOf(sa.Integer())),
    sa.Column("days", ArrayOf(sa.Date())),
)


@pytest.fixture
async def conn(database_url: str) -> AsyncIterator[AsyncConnection]:
    place = place_of(database_url)
    if place.path is not None:
        place.path.parent.mkdir()
    engine = create_async_engine(place.url, poolclass=sa.NullPool)
    async with engine.connect() as opened:
        await opened.run_sync(THINGS.create)
        yield opened
    await engine.dispose()


async def _kept(conn: AsyncConnection, **values: Any) -> Any:
    (name,) = values
    await conn.execute(THINGS.insert(), values)
    return await conn.scalar(sa.select(THINGS.c[name]))


@pytest.mark.parametrize(
    "text", ["0", "0.000001", "9000000000000.000000", "8999999999999.999999", "12345678901.234567"]
)
async def test_an_amount_is_kept_to_the_last_digit(conn: AsyncConnection, text: str) -> None:
    kept = await _kept(conn, amount=Decimal(text))
    assert kept == Decimal(text)
    assert kept.as_tuple().exponent == -6


async def test_a_factor_has_four_places(conn: AsyncConnection) -> None:
    assert str(await _kept(conn, factor=Decimal("1.25"))) == "1.2500"


async def test_sums_and_order_are_exact(conn: AsyncConnection) -> None:
    amounts = [Decimal(text) for text in ("0.1", "0.2", "10.25", "9.5", "1000000000000.000001")]
    await conn.execute(THINGS.insert(), [{"amount": amount} for amount in amounts])
    column = THINGS.c.amount
    assert await conn.scalar(sa.select(sa.func.sum(column, type_=Exact()))) == sum(amounts)
    assert list(await conn.scalars(sa.select(column).order_by(column))) == sorted(amounts)
    await conn.execute(THINGS.update().values(amount=column + Decimal("0.000001")))
    assert await conn.scalar(sa.select(sa.func.min(column))) == Decimal("0.100001")


@pytest.mark.parametrize("value", [0.1, 1, Decimal("0.0000001"), Decimal("1e13"), Decimal("NaN"), Decimal("Infinity")])
async def test_what_is_not_exact_is_refused(conn: AsyncConnection, value: object) -> None:
    with pytest.raises(StatementError):
        await conn.execute(THINGS.insert(), {"amount": value})


@pytest.mark.parametrize("ms", [0, 1, 1_795_262_400_123, 1_600_000_000_001, MAX_INSTANT_MS])
async def test_a_moment_is_kept_to_the_millisecond(conn: AsyncConnection, ms: int) -> None:
    assert await _kept(conn, at=Instant(ms)) == Instant(ms)


async def test_moments_are_compared_as_they_follow_one_another(conn: AsyncConnection) -> None:
    await conn.execute(THINGS.insert(), [{"at": Instant(ms)} for ms in (5, 7, 6)])
    later = sa.select(sa.func.count()).select_from(THINGS).where(THINGS.c.at > Instant(5))
    assert await conn.scalar(later) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("words", ("example.org", 'with "quotes", {braces} and ünïcode')),
        ("words", ()),
        ("words", None),
        ("numbers", (0, 6, -1)),
        ("days", (date(2026, 12, 25), date(1, 1, 1), date(9999, 12, 31))),
    ],
)
async def test_an_array_is_kept_in_its_order(conn: AsyncConnection, name: str, value: object) -> None:
    assert await _kept(conn, **{name: value}) == value
