"""Conditions of policies as functions that answer yes, no, or not known (three-valued logic after Kleene)."""

from collections.abc import Callable, Mapping
from typing import assert_never

from horizon_desktop.domain.access.policy import AllOf, AnyOf, Attribute, Comparison, Condition, Not
from horizon_desktop.domain.access.policy_operators import OPERATORS

Ask = Callable[[Mapping[str, Attribute]], bool | None]
"""None: an attribute that matters is missing or of the wrong kind."""


def compile_condition(condition: Condition) -> Ask:
    """Return a condition as a function of the attributes."""
    match condition:
        case Comparison():
            return _comparison(condition)
        case AllOf(parts=parts):
            return all_of(tuple(compile_condition(part) for part in parts))
        case AnyOf(parts=parts):
            return _any_of(tuple(compile_condition(part) for part in parts))
        case Not(part=part):
            return _not(compile_condition(part))
    assert_never(condition)


def all_of(parts: tuple[Ask, ...]) -> Ask:
    """Return the conjunction: one no is a no, whatever else is not known."""
    if len(parts) == 1:
        return parts[0]

    def ask(attributes: Mapping[str, Attribute]) -> bool | None:
        answer: bool | None = True
        for part in parts:
            found = part(attributes)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return ask


def _comparison(comparison: Comparison) -> Ask:
    attribute, test = comparison.attribute, OPERATORS[comparison.operator].test(comparison.operand)

    def ask(attributes: Mapping[str, Attribute]) -> bool | None:
        found = attributes.get(attribute)
        return None if found is None else test(found)

    return ask


def _any_of(parts: tuple[Ask, ...]) -> Ask:
    def ask(attributes: Mapping[str, Attribute]) -> bool | None:
        answer: bool | None = False
        for part in parts:
            found = part(attributes)
            if found:
                return True
            if found is None:
                answer = None
        return answer

    return ask


def _not(part: Ask) -> Ask:
    def ask(attributes: Mapping[str, Attribute]) -> bool | None:
        found = part(attributes)
        return None if found is None else not found

    return ask
