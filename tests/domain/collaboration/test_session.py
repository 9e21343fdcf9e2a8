"""Sessions: presets, what a host may choose, the window, and who still finds room."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.collaboration.session import (
    MAX_WRITERS,
    SESSION_TYPES,
    Session,
    SessionPlan,
    SessionType,
    is_writer,
    may_sit,
)
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant

NOON = Instant(1_795_262_400_000)
HOUR = 3_600_000


def plan(**changes: object) -> SessionPlan:
    chosen = SessionPlan(
        session_type=SessionType.PAIR, title="Loss spike", length_s=3600, places=1, invite_minutes=1440
    )
    return msgspec.structs.replace(chosen, **changes)


def session(**changes: object) -> Session:
    return Session.planned(plan(**changes), SessionId(b"s" * 32), now=NOON)


@pytest.mark.parametrize(
    ("session_type", "role"), [(SessionType.PAIR, Role.EDITOR), (SessionType.REVIEW, Role.OBSERVER)]
)
def test_each_type_gives_its_own_role(session_type: SessionType, role: Role) -> None:
    assert plan(session_type=session_type).given_role is role


def test_every_type_is_in_the_table_with_every_channel() -> None:
    assert set(SESSION_TYPES) == set(SessionType)
    assert all(set(preset.channels) == set(ChannelKind) for preset in SESSION_TYPES.values())


def test_no_type_gives_more_than_the_role_of_its_invites() -> None:
    for preset in SESSION_TYPES.values():
        row = role_capabilities(preset.role)
        assert all(access <= row.access_to(kind) for kind, access in preset.channels.items())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"length_s": 10},
        {"length_s": 86_400},
        {"places": 30},
        {"channels": {"chat": 0, "edits": 1}},
        {"title": "x" * 80},
    ],
)
def test_a_plan_within_the_limits_is_allowed(changes: dict[str, object]) -> None:
    assert plan(**changes).decide() == Allow()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"length_s": 9}, "session.length"),
        ({"length_s": 86_401}, "session.length"),
        ({"places": 0}, "session.places"),
        ({"places": 31}, "session.places"),
        ({"invite_minutes": 0}, "session.invite"),
        ({"invite_minutes": 1441}, "session.invite"),
        ({"title": ""}, "session.title"),
        ({"title": "x" * 81}, "session.title"),
        ({"channels": {"terminal": 1}}, "session.channels"),
        ({"channels": {"chat": -1}}, "session.channels"),
        ({"session_type": SessionType.REVIEW, "channels": {"edits": 2}}, "session.channels"),
    ],
)
def test_a_plan_past_a_limit_is_refused_by_its_rule(changes: dict[str, object], rule: str) -> None:
    decision = plan(**changes).decide()
    assert isinstance(decision, Deny)
    assert decision.rule == rule


def test_the_control_channel_cannot_be_closed() -> None:
    assert plan(channels={"control": 0}).chosen_channels()["control"] == ChannelAccess.USE


@given(st.sampled_from(SessionType), st.dictionaries(st.sampled_from(["edits", "cursors", "chat"]), st.integers(0, 2)))
def test_choices_never_widen_the_preset(session_type: SessionType, channels: dict[str, int]) -> None:
    chosen = plan(session_type=session_type, channels=channels).chosen_channels()
    preset = SESSION_TYPES[session_type].channels
    assert all(access <= preset[ChannelKind(name)] for name, access in chosen.items())


def test_an_invite_never_outlives_its_session() -> None:
    assert session().invite_end(minutes=1440, now=NOON) == session().expires_at
    assert session().invite_end(minutes=5, now=NOON) == NOON.plus(300_000)


def test_a_running_session_may_be_extended() -> None:
    assert session().may_extend(minutes=30, now=NOON) == Allow()


def test_a_session_at_its_limit_may_not_be_extended() -> None:
    assert session(length_s=86_400).may_extend(minutes=15, now=NOON) == Deny("expiry.limit", "24 h")


def test_a_session_that_is_over_may_not_be_extended() -> None:
    assert session().may_extend(minutes=15, now=NOON.plus(HOUR)) == Deny("session.over")


@pytest.mark.parametrize("minutes", [0, -5])
def test_an_extension_by_nothing_is_refused(minutes: int) -> None:
    assert isinstance(session().may_extend(minutes=minutes, now=NOON), Deny)


def test_a_viewer_is_no_writer() -> None:
    assert not is_writer({"edits": 1, "chat": 2})
    assert is_writer({"edits": 2})


def test_a_sixth_writer_finds_no_room_and_a_viewer_does() -> None:
    assert may_sit(guests=5, writers=MAX_WRITERS, channels={"edits": 2}) == Deny("session.writers", "5")
    assert may_sit(guests=5, writers=MAX_WRITERS, channels={"edits": 1}) == Allow()


def test_the_thirty_first_guest_finds_no_room() -> None:
    assert may_sit(guests=30, writers=0, channels={"edits": 1}) == Deny("session.full", "30")
