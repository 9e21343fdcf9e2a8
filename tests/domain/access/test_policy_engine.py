"""Decisions of policies: denied by default, a denial wins, what is missing never helps, narrowing never widens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from horizon_desktop.domain.access.policy import (
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    Condition,
    Effect,
    HourRange,
    Not,
    Operand,
    Policy,
    PolicyRequest,
    WeekDays,
)
from horizon_desktop.domain.access.policy_conditions import compile_condition
from horizon_desktop.domain.access.policy_engine import PolicySet
from horizon_desktop.domain.access.policy_narrowing import NarrowedPolicies, with_condition
from horizon_desktop.domain.instants import Instant
from tests.domain.access.policy_world import asked, conditions, policies, requests, rule

FEW = Comparison("n", "lte", 3)
SETS = st.lists(policies, max_size=6)


def is_allowed(*held: Policy, request: PolicyRequest) -> bool:
    return PolicySet(held).decide(request).is_allowed


def test_without_a_policy_nothing_is_allowed() -> None:
    assert not is_allowed(request=asked())


def test_a_policy_allows_its_own_principal_action_and_resource_only() -> None:
    assert is_allowed(rule(), request=asked())
    assert not is_allowed(rule(), request=asked(role="observer"))
    assert not is_allowed(rule(), request=asked("write"))
    assert not is_allowed(rule(), request=asked(resource=("file", "other/a")))
    assert not is_allowed(rule(), request=asked(resource=("channel", "files/a")))


def test_one_denial_wins_over_any_number_of_allows_wherever_it_stands() -> None:
    deny = rule(name="no", effect=Effect.DENY, role="*", resource=("*", "**"), actions=("*",))
    for held in ([rule(), deny], [deny, rule()], [rule(), deny, rule(name="again")]):
        verdict = PolicySet(held).decide(asked())
        assert not verdict.is_allowed
        assert verdict.policy == deny


def test_a_family_of_actions_covers_its_members() -> None:
    family = rule(actions=("session.*",))
    assert is_allowed(family, request=asked("session.create"))
    assert not is_allowed(family, request=asked("sessions"))
    assert not is_allowed(family, request=asked("session"))


@pytest.mark.parametrize("attributes", [{}, {"n": "three"}, {"n": True}, {"n": Instant(3)}])
def test_a_missing_or_wrongly_typed_attribute_fails_closed(attributes: dict[str, Attribute]) -> None:
    request = asked(**attributes)
    assert not is_allowed(rule(FEW), request=request)
    assert not is_allowed(rule(Not(FEW)), request=request)
    assert not is_allowed(rule(), rule(FEW, name="no", effect=Effect.DENY), request=request)
    assert not is_allowed(rule(), rule(Not(FEW), name="no", effect=Effect.DENY), request=request)


def test_what_is_not_known_does_not_matter_where_the_rest_decides() -> None:
    unknown = Comparison("gone", "eq", "x")
    assert is_allowed(rule(AnyOf((unknown, FEW))), request=asked(n=1))
    assert not is_allowed(rule(AnyOf((unknown, FEW))), request=asked(n=9))
    false_anyway = rule(AllOf((unknown, FEW)), name="no", effect=Effect.DENY)
    assert is_allowed(rule(), false_anyway, request=asked(n=9))
    assert not is_allowed(rule(), false_anyway, request=asked(n=1))


@pytest.mark.parametrize(
    ("operator", "operand", "found", "answer"),
    [
        ("eq", "a", "a", True),
        ("eq", 1, True, None),
        ("ne", "a", "b", True),
        ("lt", 2.5, 2, True),
        ("gte", 2, 2, True),
        ("in", ("a", "b"), "b", True),
        ("notIn", ("a", "b"), "b", False),
        ("in", (1, 2), "1", None),
        ("contains", "chat", frozenset({"chat", "edits"}), True),
        ("containsAny", ("x", "chat"), frozenset({"chat"}), True),
        ("subsetOf", ("chat", "edits"), frozenset({"chat", "files"}), False),
        ("subsetOf", ("chat",), frozenset(), True),
        ("contains", "chat", "chat", None),
        ("glob", "team-*", "team-a", True),
        ("startsWith", "team-", "team-a", True),
        ("endsWith", ".org", "x.org", True),
        ("cidr", ("10.0.0.0/8",), "10.1.2.3", True),
        ("cidr", ("10.0.0.0/8",), "::ffff:10.1.2.3", True),
        ("cidr", ("fd00::/8",), "fd12::1", True),
        ("cidr", ("0.0.0.0/0",), "fd12::1", False),
        ("notCidr", ("10.0.0.0/8",), "11.0.0.1", True),
        ("notCidr", ("10.0.0.0/8",), "somewhere", None),
        ("riskAtMost", "medium", "low", True),
        ("riskAtMost", "medium", "high", False),
        ("riskAtLeast", "medium", "critical", True),
        ("riskAtMost", "medium", "none", None),
        ("timeOfDay", HourRange(0, 1), Instant(10**18), None),
    ],
)
def test_operators_say_what_the_guide_says(operator: str, operand: Operand, found: Attribute, answer: bool) -> None:
    assert compile_condition(Comparison("it", operator, operand))({"it": found}) is answer


BERLIN_NIGHT = HourRange(22 * 60, 6 * 60, "Europe/Berlin")


@pytest.mark.parametrize(
    ("ms", "is_night"),
    [
        (1_767_301_200_000, True),  # 2026-01-01 21:00 UTC: 22:00 in Berlin, winter
        (1_767_301_200_000 - 1, False),
        (1_782_849_600_000, True),  # 2026-06-30 20:00 UTC: 22:00 in Berlin, summer
        (1_782_849_600_000 - 1, False),
        (1_782_878_400_000, False),  # 2026-07-01 04:00 UTC: 06:00 in Berlin
        (1_782_878_400_000 - 1, True),
    ],
)
def test_hours_are_those_of_the_zone_in_summer_and_winter(ms: int, *, is_night: bool) -> None:
    assert compile_condition(Comparison("time", "timeOfDay", BERLIN_NIGHT))({"time": Instant(ms)}) is is_night


def test_days_are_those_of_the_zone() -> None:
    monday = Comparison("time", "dayOfWeek", WeekDays((0,), "Asia/Tokyo"))
    sunday_evening_utc = Instant(1_790_521_200_000)  # 2026-09-27 15:00 UTC: Monday 00:00 in Tokyo
    assert compile_condition(monday)({"time": sunday_evening_utc}) is True
    assert compile_condition(monday)({"time": sunday_evening_utc.plus(-1000)}) is False


def test_the_ceiling_is_the_greatest_number_that_is_allowed() -> None:
    held = PolicySet(
        [
            rule(Comparison("length", "lte", 28_800)),
            rule(Comparison("length", "lt", 86_400), Comparison("word", "eq", "lead"), name="leads"),
            rule(Comparison("length", "gt", 80_000), name="no", effect=Effect.DENY),
        ]
    )
    assert held.ceiling(asked(length=60), "length", most=10**6) == 28_800
    assert held.ceiling(asked(length=60, word="lead"), "length", most=10**6) == 80_000
    assert held.ceiling(asked(length=60), "length", most=5000) == 5000
    assert held.ceiling(asked("write", length=60), "length", most=5000) is None


# --- properties ---


@settings(max_examples=300, deadline=None)
@given(SETS, requests)
def test_the_index_decides_as_a_plain_reading_of_every_policy_does(held: list[Policy], request: PolicyRequest) -> None:
    matching = [policy for policy in held if PolicySet([allowing(policy)]).decide(request).is_allowed]
    # one by one, a denial is asked as an allow of its complement's certainty: not known counts as a match
    denied = [policy for policy in held if policy.effect is Effect.DENY and not opposed(policy, request)]
    allowed = [policy for policy in matching if policy.effect is Effect.ALLOW]
    assert is_allowed(*held, request=request) == (bool(allowed) and not denied)


def allowing(policy: Policy) -> Policy:
    return Policy(
        name=policy.name,
        effect=Effect.ALLOW,
        principals=policy.principals,
        resources=policy.resources,
        actions=policy.actions,
        conditions=policy.conditions,
    )


def opposed(deny: Policy, request: PolicyRequest) -> bool:
    """Whether everything is allowed beside this one denial."""
    everything = rule(name="all", role="*", resource=("*", "**"), actions=("*",))
    return is_allowed(everything, deny, request=request)


@settings(max_examples=200, deadline=None)
@given(SETS, SETS, requests)
def test_narrowing_one_set_by_another_never_widens_either(
    outer: list[Policy], inner: list[Policy], request: PolicyRequest
) -> None:
    both = NarrowedPolicies(PolicySet(outer), PolicySet(inner))
    expected = is_allowed(*outer, request=request) and is_allowed(*inner, request=request)
    assert both.decide(request).is_allowed == expected


@settings(max_examples=200, deadline=None)
@given(SETS, policies, requests)
def test_another_denial_never_widens(held: list[Policy], more: Policy, request: PolicyRequest) -> None:
    deny = Policy(
        name="more",
        effect=Effect.DENY,
        principals=more.principals,
        resources=more.resources,
        actions=more.actions,
        conditions=more.conditions,
    )
    if is_allowed(*held, deny, request=request):
        assert is_allowed(*held, request=request)


@settings(max_examples=200, deadline=None)
@given(SETS, conditions, requests)
def test_another_condition_on_what_allows_never_widens(
    held: list[Policy], more: Condition, request: PolicyRequest
) -> None:
    narrower = [with_condition(policy, more) if policy.effect is Effect.ALLOW else policy for policy in held]
    if is_allowed(*narrower, request=request):
        assert is_allowed(*held, request=request)


@settings(max_examples=200, deadline=None)
@given(SETS, requests, st.data())
def test_forgetting_an_attribute_never_widens(held: list[Policy], request: PolicyRequest, data: st.DataObject) -> None:
    if not request.attributes:
        return
    gone = data.draw(st.sampled_from(sorted(request.attributes)))
    poorer = PolicyRequest(
        principal=request.principal,
        action=request.action,
        resource_type=request.resource_type,
        resource=request.resource,
        attributes={name: value for name, value in request.attributes.items() if name != gone},
    )
    if is_allowed(*held, request=poorer):
        assert is_allowed(*held, request=request)
