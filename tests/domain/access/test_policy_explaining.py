"""Reasons: the policy that decided, what of it matched, the nearest allow and exactly what kept it from matching."""

from horizon_desktop.domain.access.policy import AllOf, AnyOf, Comparison, Effect, HourRange, Not, WeekDays
from horizon_desktop.domain.access.policy_engine import PolicySet
from horizon_desktop.domain.access.policy_explaining import explain
from horizon_desktop.domain.access.policy_words import condition_words, duration_words
from tests.domain.access.policy_world import NOON, asked, rule

FEW = Comparison("gpus", "lte", 8)
CALM = Comparison("risk", "riskAtMost", "medium")


def test_an_allow_names_its_policy_and_what_matched() -> None:
    found = explain(PolicySet([rule(FEW, description="Few at a time.")]), asked(gpus=4))
    assert found.verdict.is_allowed
    assert found.words == "Few at a time (policy one)"
    assert found.matched == ("principal: role editor", "resource: file files/**", "gpus is at most 8")
    assert found.nearest is None


def test_a_denial_by_default_names_the_nearest_allow_and_the_one_condition_it_missed() -> None:
    held = PolicySet(
        [
            rule(CALM, FEW, name="far"),
            rule(CALM, Comparison("gpus", "lte", 16), name="near"),
            rule(name="others", role="host"),
        ]
    )
    found = explain(held, asked(risk="high", gpus=12))
    assert found.verdict.policy is None
    assert found.nearest is not None
    assert found.nearest.name == "near"
    (miss,) = found.misses
    assert miss.where == "spec.conditions[0].risk.riskAtMost"
    assert miss.wanted == "the risk is at most medium"
    assert miss.found == "the risk: high"
    assert found.words == "policy near allows it only where the risk is at most medium"


def test_ones_own_policy_is_nearer_than_another_ones() -> None:
    held = PolicySet([rule(name="others", role="host"), rule(FEW, CALM, name="own")])
    found = explain(held, asked())
    assert found.nearest is not None
    assert found.nearest.name == "own"
    assert [miss.found for miss in found.misses] == ["gpus: not known", "the risk: not known"]


def test_the_reason_of_a_policy_is_what_people_read() -> None:
    held = PolicySet([rule(FEW, reason="At most 8 GPUs each.")])
    assert explain(held, asked(gpus=9)).words == "At most 8 GPUs each (policy one)"


def test_a_denial_by_a_policy_names_it_and_the_allow_it_overrides() -> None:
    deny = rule(CALM, name="no", effect=Effect.DENY, role="*", reason="Not just now.")
    found = explain(PolicySet([rule(), deny]), asked())
    assert found.verdict.policy == deny
    assert found.words == "Not just now (policy no)"
    assert found.nearest is not None
    assert (found.nearest.name, found.misses) == ("one", ())
    assert "not known whether the risk is at most medium" in " ".join(found.matched)


def test_without_a_policy_for_the_action_that_is_said() -> None:
    found = explain(PolicySet([rule()]), asked("erase"))
    assert (found.nearest, found.words) == (None, "no policy allows it")


def test_misses_in_groups_are_told_with_their_place() -> None:
    held = PolicySet([rule(AllOf((FEW, AnyOf((CALM, Comparison("yes", "eq", True))), Not(FEW))))])
    found = explain(held, asked(gpus=4, risk="high", yes=False))
    assert [miss.where for miss in found.misses] == [
        "spec.conditions[0].allOf[1].anyOf",
        "spec.conditions[0].allOf[2].not",
    ]
    assert found.misses[0].wanted == "the risk is at most medium or yes is yes"
    assert found.misses[0].found == "the risk: high, yes: no"


def test_conditions_read_as_sentences() -> None:
    hours = Comparison("time", "timeOfDay", HourRange(480, 1200, "Europe/Berlin"))
    days = Comparison("time", "dayOfWeek", WeekDays((0, 4)))
    assert condition_words(hours) == "the time is between 08:00 and 20:00 (Europe/Berlin)"
    assert condition_words(days) == "the time is on Monday or Friday (UTC)"
    assert condition_words(Comparison("length", "lte", 28_800)) == "the session's length is at most 8 h"
    assert condition_words(Comparison("role", "in", ("a", "b", "c"))) == "the role is one of a, b or c"
    found = explain(PolicySet([rule(hours)]), asked(time=NOON.plus(12 * 3_600_000)))
    assert found.misses[0].found == "the time: 2026-09-22 02:13 UTC"


def test_durations_are_told_in_the_largest_even_unit() -> None:
    told = [duration_words(seconds) for seconds in (45, 90 * 60, 86_400, 3 * 86_400, 0)]
    assert told == ["45 s", "90 min", "24 h", "3 d", "0 s"]
