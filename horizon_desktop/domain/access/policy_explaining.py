"""Why a request was decided so: the policy that did, what of it matched, and the nearest policy that would allow."""

import msgspec

from horizon_desktop.domain.access.policy import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    Condition,
    Effect,
    Not,
    Policy,
    PolicyRequest,
    PolicyVerdict,
)
from horizon_desktop.domain.access.policy_conditions import compile_condition
from horizon_desktop.domain.access.policy_document import Place, place_text
from horizon_desktop.domain.access.policy_engine import PolicySet, compile_principals, covers_action
from horizon_desktop.domain.access.policy_globs import compile_glob
from horizon_desktop.domain.access.policy_words import condition_words, found_words, own_words


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a policy that did not match."""

    where: str
    """In the policy's document: `spec.conditions[1].anyOf[0]`, `spec.principals`."""
    wanted: str
    found: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict with its reasons."""

    verdict: PolicyVerdict
    matched: tuple[str, ...] = ()
    """What of the deciding policy matched, in words; for a denial also what was not known."""
    nearest: Policy | None = None
    """For a denial: the policy that came nearest to allowing it, None where none speaks of the action."""
    misses: tuple[Miss, ...] = ()
    """What of `nearest` did not match; empty when only a policy that denies stood in the way."""

    @property
    def words(self) -> str:
        """Return one clause for people, without a full stop: why it was denied, or which policy allows it."""
        decider = self.verdict.policy
        if decider is not None:
            told = own_words(decider)
            return f"{told} (policy {decider.name})" if told else f"policy {decider.name} says so"
        if self.nearest is None:
            return "no policy allows it"
        if self.nearest.reason:
            return f"{own_words(self.nearest)} (policy {self.nearest.name})"
        return f"policy {self.nearest.name} allows it only where {' and '.join(miss.wanted for miss in self.misses)}"


def explain(policies: PolicySet, request: PolicyRequest) -> Explanation:
    """Decide a request and say why."""
    verdict = policies.decide(request)
    matched = () if verdict.policy is None else _matched(verdict.policy, request)
    if verdict.is_allowed:
        return Explanation(verdict=verdict, matched=matched)
    spoken = [
        (policy, _misses(policy, request))
        for policy in policies.policies
        if policy.effect is Effect.ALLOW and covers_action(policy, request.action)
    ]
    if not spoken:
        return Explanation(verdict=verdict, matched=matched)
    nearest, misses = min(spoken, key=lambda each: _distance(each[1]))
    return Explanation(verdict=verdict, matched=matched, nearest=nearest, misses=misses)


def _distance(misses: tuple[Miss, ...]) -> tuple[int, int]:
    """Who is missed weighs more than a condition: another one's policy is further off than one's own."""
    heavy = sum(not miss.where.startswith("spec.conditions") for miss in misses)
    return heavy, len(misses)


def _misses(policy: Policy, request: PolicyRequest) -> tuple[Miss, ...]:
    """Return what of a policy that allows did not match."""
    found: list[Miss] = []
    if not any(
        each.type in {request.resource_type, EVERYTHING} and compile_glob(each.pattern)(request.resource)
        for each in policy.resources
    ):
        wanted = " or ".join(f"{each.type} {each.pattern}" for each in policy.resources)
        resource = f"{request.resource_type} {request.resource}"
        found.append(Miss(where="spec.resources", wanted=f"the resource is {wanted}", found=resource))
    if not compile_principals(policy.principals)(request.principal):
        wanted = " or ".join(f"{each.type} {each.value}" for each in policy.principals)
        who = ", ".join(f"{kind} {value}" for kind, value in sorted(request.principal)) or "nobody"
        found.append(Miss(where="spec.principals", wanted=f"the principal is {wanted}", found=who))
    for number, condition in enumerate(policy.conditions):
        found += _missed(condition, dict(request.attributes), ("spec", "conditions", number))
    return tuple(found)


def _missed(condition: Condition, attributes: dict[str, Attribute], place: Place) -> list[Miss]:
    """Return the parts that kept a condition from being true; nothing when it is."""
    if compile_condition(condition)(attributes) is True:
        return []
    if isinstance(condition, AllOf):
        key = () if _is_of_one_attribute(condition) else ("allOf",)
        parts = enumerate(condition.parts)
        return [
            miss
            for number, part in parts
            for miss in _missed(part, attributes, (*place, *key, *((number,) if key else ())))
        ]
    where = place_text((*place, condition.attribute, condition.operator)) if isinstance(condition, Comparison) else ""
    where = where or place_text((*place, "anyOf" if isinstance(condition, AnyOf) else "not"))
    return [Miss(where=where, wanted=condition_words(condition), found=found_words(condition, attributes))]


def _is_of_one_attribute(group: AllOf) -> bool:
    """Whether a group was written as several operators of one attribute."""
    names = {part.attribute for part in group.parts if isinstance(part, Comparison)}
    return len(names) == 1 and not any(isinstance(part, AllOf | AnyOf | Not) for part in group.parts)


def _matched(policy: Policy, request: PolicyRequest) -> tuple[str, ...]:
    """Return what of the deciding policy matched, each in words."""
    principals = [each for each in policy.principals if compile_principals((each,))(request.principal)]
    resources = [
        each
        for each in policy.resources
        if each.type in {request.resource_type, EVERYTHING} and compile_glob(each.pattern)(request.resource)
    ]
    words = [f"principal: {each.type} {each.value}" for each in principals[:1]]
    words += [f"resource: {each.type} {each.pattern}" for each in resources[:1]]
    attributes = dict(request.attributes)
    for condition in policy.conditions:
        is_known = compile_condition(condition)(attributes) is not None
        clause = condition_words(condition)
        words.append(clause if is_known else f"not known whether {clause}: a denial holds then")
    return tuple(words)
