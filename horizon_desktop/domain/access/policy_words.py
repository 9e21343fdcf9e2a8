"""Policies in words: what a condition wants, what was found instead, why a request was denied."""

from decimal import Decimal
from typing import Final

from horizon_desktop.domain.access.policy import (
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    Condition,
    HourRange,
    Not,
    Operand,
    Policy,
    WeekDays,
)
from horizon_desktop.domain.access.policy_gates import ATTRIBUTE_WORDS, DURATIONS
from horizon_desktop.domain.access.policy_operators import OPERATORS
from horizon_desktop.domain.instants import Instant

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"))
_FEW_HOURS: Final = 48 * 3600
"""Until then hours are told, not days."""


def condition_words(condition: Condition) -> str:
    """Return `the risk is at most medium`."""
    match condition:
        case Comparison():
            attribute = ATTRIBUTE_WORDS.get(condition.attribute, condition.attribute)
            words = OPERATORS[condition.operator].words
            return f"{attribute} {words} {_operand_words(condition.attribute, condition.operand)}"
        case AllOf(parts=parts):
            return " and ".join(_inner(part) for part in parts)
        case AnyOf(parts=parts):
            return " or ".join(_inner(part) for part in parts)
        case Not(part=part):
            return f"not ({condition_words(part)})"


def found_words(condition: Condition, attributes: dict[str, Attribute]) -> str:
    """Return what the attributes of a condition were: `the risk: high`; `the address: not known`."""
    names = sorted(_names(condition))
    return ", ".join(f"{ATTRIBUTE_WORDS.get(name, name)}: {_value_words(name, attributes.get(name))}" for name in names)


def duration_words(seconds: float) -> str:
    """Return `90 min`, `24 h`, `3 d`, `45 s`: the largest unit that comes out even."""
    for size, unit in _UNITS[seconds <= _FEW_HOURS :]:
        if seconds and seconds % size == 0:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds} s"


def _inner(condition: Condition) -> str:
    words = condition_words(condition)
    return f"({words})" if isinstance(condition, AllOf | AnyOf) else words


def _operand_words(attribute: str, operand: Operand) -> str:
    if isinstance(operand, HourRange):
        return f"between {_clock(operand.from_minute)} and {_clock(operand.to_minute)} ({operand.zone})"
    if isinstance(operand, WeekDays):
        return f"on {_listed([_DAYS[day] for day in operand.days])} ({operand.zone})"
    if isinstance(operand, tuple):
        return _listed([_value_words(attribute, value) for value in operand])
    return _value_words(attribute, operand)


def _value_words(attribute: str, value: Attribute | None) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Instant):
        return value.iso()[:16].replace("T", " ") + " UTC"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    if attribute in DURATIONS and isinstance(value, int | float):
        return duration_words(value)
    return str(value)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _names(condition: Condition) -> set[str]:
    if isinstance(condition, Comparison):
        return {condition.attribute}
    if isinstance(condition, Not):
        return _names(condition.part)
    return {name for part in condition.parts for name in _names(part)}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def own_words(policy: Policy) -> str:
    """Return what a policy says of itself, without a full stop."""
    return (policy.reason or policy.description).rstrip(". ")
