"""Column types of the specification's tables: exact amounts, moments of UTC and arrays, the same on both databases."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from horizon_desktop.domain.instants import Instant

ItemT = TypeVar("ItemT")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MS: Final = dt.timedelta(milliseconds=1)
_INT64: Final = 2**63


def _is_sqlite(dialect: Dialect) -> bool:
    return dialect.name == "sqlite"


class Moment(TypeDecorator[Instant]):
    """An Instant: TIMESTAMPTZ on PostgreSQL, int64 milliseconds on SQLite, which compare and index exactly."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.BigInteger() if _is_sqlite(dialect) else sa.DateTime(timezone=True))

    def process_bind_param(self, value: Instant | None, dialect: Dialect) -> int | dt.datetime | None:
        if value is None:
            return None
        return value.ms if _is_sqlite(dialect) else _EPOCH + value.ms * _MS

    def process_result_value(self, value: Any, dialect: Dialect) -> Instant | None:
        if value is None:
            return None
        return Instant(int(value)) if _is_sqlite(dialect) else Instant((value - _EPOCH) // _MS)


class Exact(TypeDecorator[Decimal]):
    """DECIMAL(precision, scale), never a float: on SQLite a scaled int64, whose sums, order and steps are exact.

    SQLite itself would keep a decimal as a float without a word. `func.sum` of one needs `type_=Exact(...)`.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int = 20, scale: int = 6) -> None:
        self.precision = precision
        self.scale = scale
        super().__init__(precision, scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind = sa.BigInteger() if _is_sqlite(dialect) else sa.Numeric(self.precision, self.scale)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | Decimal | None:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"an exact amount is a Decimal, got {type(value).__name__}")
        scaled = value.scaleb(self.scale)
        if scaled != int(scaled) or abs(scaled) >= _INT64:
            raise ValueError(f"an amount has at most {self.scale} places and fits into 64 bits")
        return int(scaled) if _is_sqlite(dialect) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        exact = Decimal(int(value)).scaleb(-self.scale) if _is_sqlite(dialect) else Decimal(value)
        return exact.quantize(Decimal(1).scaleb(-self.scale))

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self


class ArrayOf(TypeDecorator[tuple[ItemT, ...]], Generic[ItemT]):
    """TEXT[], INTEGER[] or DATE[] on PostgreSQL, a JSON list on SQLite; a tuple in Python."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, item: TypeEngine[ItemT]) -> None:
        self.item: TypeEngine[ItemT] = item
        super().__init__()

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.JSON() if _is_sqlite(dialect) else postgresql.ARRAY(self.item))

    def process_bind_param(self, value: tuple[ItemT, ...] | None, dialect: Dialect) -> list[Any] | None:
        if value is None:
            return None
        is_json = _is_sqlite(dialect)
        return [item.isoformat() if is_json and isinstance(item, dt.date) else item for item in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[ItemT, ...] | None:
        if value is None:
            return None
        parse: Callable[[Any], Any] = dt.date.fromisoformat if self._is_text_of_dates(dialect) else _as_it_is
        return tuple(parse(item) for item in value)

    def _is_text_of_dates(self, dialect: Dialect) -> bool:
        return _is_sqlite(dialect) and isinstance(self.item, sa.Date)


def _as_it_is(item: Any) -> Any:
    return item
