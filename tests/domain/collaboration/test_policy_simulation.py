"""The simulator: what a guest could do, in words, is what the gates would say at that time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.policy import (
    Comparison,
    Condition,
    Effect,
    HourRange,
    Policy,
    PrincipalPattern,
    ResourcePattern,
    WeekDays,
)
from horizon_desktop.domain.access.policy_defaults import DEFAULT_POLICIES
from horizon_desktop.domain.access.policy_engine import PolicySet
from horizon_desktop.domain.access.policy_gates import OPEN, REDEEM
from horizon_desktop.domain.access.policy_generator import SessionPermissions, session_policies
from horizon_desktop.domain.collaboration.policy_simulation import Foresight, Scene, hours_words, simulate
from horizon_desktop.domain.collaboration.session import SessionPlan, SessionType
from horizon_desktop.domain.instants import Instant

MONDAY_NINE = Instant(int(datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()) * 1000)


def scene(
    session_type: SessionType = SessionType.PAIR, *, role: Role = Role.EDITOR, zone: str = "UTC", length_s: int = 3600
) -> Scene:
    plan = SessionPlan(session_type=session_type, title="t", length_s=length_s, places=2, invite_minutes=60, role=role)
    return Scene(plan=plan, role=role, now=MONDAY_NINE, zone=zone)


def deny(action: str, pattern: str, *conditions: Condition, reason: str = "") -> Policy:
    return Policy(
        name="no",
        effect=Effect.DENY,
        principals=(PrincipalPattern("any", "*"),),
        resources=(ResourcePattern("*", pattern),),
        actions=(action,),
        conditions=conditions,
        reason=reason,
    )


def told(*more: Policy, of: Scene) -> dict[str, Foresight]:
    return {each.subject: each for each in simulate(PolicySet((*DEFAULT_POLICIES, *more)), of)}


def test_the_built_in_policies_let_an_editor_do_what_the_invite_gives() -> None:
    found = told(of=scene())
    assert found["come in"].words == "always"
    assert found["extend"].words == "up to 24 h in all"
    assert found["edits"].words == "use always"


def test_an_observer_of_a_review_looks_at_texts() -> None:
    assert told(of=scene(SessionType.REVIEW, role=Role.OBSERVER))["edits"].words == "view always"


def test_hours_are_told_in_the_zone_that_was_asked_for() -> None:
    hours = Comparison("time", "timeOfDay", HourRange(8 * 60, 20 * 60, "Europe/Berlin"))
    weekend = Comparison("time", "dayOfWeek", WeekDays((5, 6), "Europe/Berlin"))
    night = deny(REDEEM, "**", Comparison("time", "timeOfDay", HourRange(20 * 60, 8 * 60, "Europe/Berlin")))
    for zone, span in (("Europe/Berlin", "08:00-20:00"), ("UTC", "07:00-19:00")):
        found = told(night, deny(REDEEM, "**", weekend, reason="Not at weekends."), of=scene(zone=zone))
        assert found["come in"].words.startswith(f"Mon to Fri {span} ({zone}): ")
    assert hours.operand == HourRange(480, 1200, "Europe/Berlin")
    assert datetime.fromtimestamp(MONDAY_NINE.ms / 1000, ZoneInfo("Europe/Berlin")).hour == 10


def test_a_channel_that_a_policy_cuts_is_told_with_the_reason() -> None:
    use = Comparison("access", "eq", "use")
    found = told(deny(OPEN, "sessions/*/channels/edits", use, reason="Look, don't touch."), of=scene())
    assert found["edits"].words == "view always: Look, don't touch (policy no)"
    assert found["edits"].is_possible
    closed = told(deny(OPEN, "sessions/*/channels/chat"), of=scene())
    assert closed["chat"].words == "closed: policy no says so"
    assert not closed["chat"].is_possible


def test_what_cannot_be_opened_is_told_first_and_alone() -> None:
    (only,) = simulate(PolicySet(()), scene())
    assert (only.subject, only.is_possible, only.words) == ("open", False, "never: no policy allows it")
    (too_many,) = simulate(PolicySet(DEFAULT_POLICIES), scene(length_s=5))
    assert too_many.words.startswith("never: session.length")


def test_the_risks_at_which_nobody_comes_in_are_told() -> None:
    risky = Comparison("risk", "riskAtLeast", "high")
    assert told(deny(REDEEM, "**", risky), of=scene())["come in"].words == "always; at a risk of low, medium only"


def test_a_guest_who_cannot_come_in_is_told_nothing_of_channels() -> None:
    assert set(told(deny(REDEEM, "**"), of=scene())) == {"open", "extend", "come in"}


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (0, 672, "always"),
        (0, 0, "never"),
        (0, 96, "Mon 00:00-24:00 (UTC)"),
        (4, 12, "Mon 01:00-03:00 (UTC)"),
        (90, 100, "Mon 22:30-24:00; Tue 00:00-01:00 (UTC)"),
    ],
)
def test_quarters_of_a_week_become_hours_of_days(begin: int, end: int, words: str) -> None:
    assert hours_words([begin <= at < end for at in range(672)], "UTC") == words


def test_policies_written_from_a_session_allow_its_invites_and_nothing_above() -> None:
    given = SessionPermissions(
        name="session-ab",
        session="ab",
        session_type="review",
        role=Role.OBSERVER,
        channels={"control": 2, "edits": 1, "chat": 2, "cursors": 0},
        longest_s=3600,
        guests=3,
    )
    names = {policy.name for policy in session_policies(given)}
    assert {"session-ab-edits-view", "session-ab-chat-use", "session-ab-chat-view"} <= names
    assert names.isdisjoint({"session-ab-edits-use", "session-ab-cursors-view", "session-ab-cursors-use"})
