"""Column types that mean the same on SQLite and PostgreSQL, and turn into our values by themselves."""

from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

from horizon_desktop.domain.instants import Instant

WordT = TypeVar("WordT", bound=StrEnum)


class InstantMs(TypeDecorator[Instant]):
    """An Instant as whole milliseconds since 1970 in an int64."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Instant | None, dialect: Dialect) -> int | None:
        return None if value is None else value.ms

    def process_result_value(self, value: int | None, dialect: Dialect) -> Instant | None:
        return None if value is None else Instant(value)


class Word(TypeDecorator[WordT], Generic[WordT]):
    """A StrEnum as its text."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, words: type[WordT]) -> None:
        self.words = words
        super().__init__()

    def process_bind_param(self, value: WordT | None, dialect: Dialect) -> str | None:
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> WordT | None:
        return None if value is None else self.words(value)


class Json(TypeDecorator[Any]):
    """A value of the given type as JSON text, decoded strictly."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        self.shape = shape
        super().__init__()

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value, type=self.shape)
