"""Decides requests: nothing is allowed by default, one policy that denies wins over any that allow (hpc-policy)."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from horizon_desktop.domain.access.policy import (
    ANY,
    EVERYTHING,
    FAMILY,
    UNDECIDED,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Effect,
    Not,
    Policy,
    PolicyRequest,
    PolicyVerdict,
    PrincipalPattern,
)
from horizon_desktop.domain.access.policy_conditions import Ask, all_of, compile_condition
from horizon_desktop.domain.access.policy_globs import Match, compile_glob, is_wild, literal_prefix

MAX_POLICIES: Final = 1000
MAX_RESOURCE: Final = 512
"""Characters of a resource; a longer one is nobody's."""
_MAX_SHELVES: Final = 4096
Matches = Callable[[PolicyRequest], bool]


class _Compiled(msgspec.Struct, frozen=True):
    """A policy ready to be asked about requests of its action."""

    policy: Policy
    matches: Matches
    verdict: PolicyVerdict


class _Shelf(msgspec.Struct, frozen=True):
    """The policies for one action on one type of resource, by the whole segments that their patterns begin with."""

    denying: dict[str, tuple[_Compiled, ...]]
    allowing: dict[str, tuple[_Compiled, ...]]


class PolicySet:
    """Policies compiled once. Of several that decide alike, the one with the shortest prefix is named, then the first
    that was loaded."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.policies: tuple[Policy, ...] = tuple(policies)
        self._compiled = [_compile(policy) for policy in self.policies]
        self._actions = frozenset(action for policy in self.policies for action in policy.actions)
        self._types = frozenset(resource.type for policy in self.policies for resource in policy.resources)
        self._shelves: dict[tuple[str, str], _Shelf] = {}

    def decide(self, request: PolicyRequest) -> PolicyVerdict:
        """Return the verdict and the policy that decided."""
        key = (request.resource_type, request.action)
        shelf = self._shelves.get(key) or self._shelf(key)
        resource = request.resource
        if len(resource) > MAX_RESOURCE:
            return UNDECIDED
        prefixes = _prefixes(resource)
        for shelved in (shelf.denying, shelf.allowing):
            if not shelved:
                continue
            for prefix in prefixes:
                found = shelved.get(prefix)
                if found is not None:
                    for compiled in found:
                        if compiled.matches(request):
                            return compiled.verdict
        return UNDECIDED

    def ceiling(self, request: PolicyRequest, attribute: str, *, most: int) -> int | None:
        """Return the greatest whole number up to `most` for which the request is allowed, None when none is.

        Decisions change only beside a number that some policy compares the attribute with: each is tried, with its
        neighbours.
        """
        marks = {most, *(mark for policy in self.policies for mark in _marks(policy.conditions, attribute))}
        tried = {int(mark) + step for mark in marks for step in (-1, 0, 1)}
        for number in sorted((each for each in tried if 0 <= each <= most), reverse=True):
            if self.decide(request.having(**{attribute: number})).is_allowed:
                return number
        return None

    def _shelf(self, key: tuple[str, str]) -> _Shelf:
        resource_type, action = key
        shelf = _Shelf({}, {})
        for compiled in self._compiled:
            if not covers_action(compiled.policy, action):
                continue
            for prefix in _shelf_marks(compiled.policy, resource_type):
                shelved = shelf.denying if compiled.policy.effect is Effect.DENY else shelf.allowing
                shelved[prefix] = (*shelved.get(prefix, ()), compiled)
        if len(self._shelves) < _MAX_SHELVES:  # types and actions are words of ours; whoever asks at random waits
            self._shelves[key] = shelf
        return shelf


def covers_action(policy: Policy, action: str) -> bool:
    """Whether a policy speaks of an action: by its name, its family or all."""
    return any(
        each in {action, EVERYTHING} or (each.endswith(FAMILY) and action.startswith(each[: -len(EVERYTHING)]))
        for each in policy.actions
    )


def _shelf_marks(policy: Policy, resource_type: str) -> list[str]:
    """Return the prefixes below which a policy is looked for, each once."""
    patterns = [each.pattern for each in policy.resources if each.type in {resource_type, EVERYTHING}]
    return list(dict.fromkeys(literal_prefix(pattern) for pattern in patterns))


@lru_cache(maxsize=1024)
def _prefixes(resource: str) -> tuple[str, ...]:
    """Return every run of whole segments that a resource begins with: none, the first, the first two, all."""
    prefixes = [""]
    cut = resource.find("/")
    while cut != -1:
        prefixes.append(resource[:cut])
        cut = resource.find("/", cut + 1)
    prefixes.append(resource)
    return tuple(prefixes)


def _compile(policy: Policy) -> _Compiled:
    is_allowed = policy.effect is Effect.ALLOW
    verdict = PolicyVerdict(is_allowed=is_allowed, policy=policy)
    resources = [(each.type, compile_glob(each.pattern)) for each in policy.resources]
    ask = all_of(tuple(compile_condition(each) for each in policy.conditions)) if policy.conditions else None
    acts = compile_principals(policy.principals)
    return _Compiled(policy, _matcher(resources, acts, ask, is_allowed=is_allowed), verdict)


def _matcher(
    resources: Sequence[tuple[str, Match]],
    acts: Callable[[frozenset[tuple[str, str]]], bool],
    ask: Ask | None,
    *,
    is_allowed: bool,
) -> Matches:
    def matches(request: PolicyRequest) -> bool:
        for resource_type, match in resources:
            if (resource_type == request.resource_type or resource_type == EVERYTHING) and match(request.resource):
                break
        else:
            return False
        if not acts(request.principal):
            return False
        if ask is None:
            return True
        answer = ask(request.attributes)
        return answer is True if is_allowed else answer is not False

    return matches


def compile_principals(patterns: Sequence[PrincipalPattern]) -> Callable[[frozenset[tuple[str, str]]], bool]:
    """Return whether one of the patterns is one of the pairs that a request names, as a function."""
    if any(pattern.type == ANY for pattern in patterns):
        return _everybody
    exact = frozenset((each.type, each.value) for each in patterns if not is_wild(each.value))
    wild = [(each.type, compile_glob(each.value)) for each in patterns if is_wild(each.value)]
    if not wild:
        return lambda principal: not exact.isdisjoint(principal)
    return lambda principal: (
        not exact.isdisjoint(principal)
        or any(kind == wanted and match(value) for wanted, match in wild for kind, value in principal)
    )


def _everybody(principal: frozenset[tuple[str, str]]) -> bool:
    return True


def _marks(conditions: Iterable[Condition], attribute: str) -> Iterable[int | float]:
    """Yield every number that these conditions compare an attribute with."""
    for condition in conditions:
        match condition:
            case AllOf(parts=parts) | AnyOf(parts=parts):
                yield from _marks(parts, attribute)
            case Not(part=part):
                yield from _marks((part,), attribute)
            case Comparison() if condition.attribute == attribute:
                operand = condition.operand
                for value in operand if isinstance(operand, tuple) else (operand,):
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        yield value
