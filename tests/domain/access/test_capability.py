"""Capabilities: the table of roles, and narrowing that never widens."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.access.capability import (
    CLOSED,
    USE,
    VIEW,
    AccessPeriod,
    CapabilitySet,
    Rate,
    Role,
    data_types_of,
    role_capabilities,
)
from horizon_desktop.domain.collaboration.channel import CHANNEL_KINDS, ChannelAccess
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.instants import Instant
from tests.domain.access.strategies import CHANNELS, TYPES, capabilities

NOW = Instant(500)


def _allows(capability: CapabilitySet, channel: str, data_type: str, now: Instant) -> bool:
    return isinstance(capability.may_send(channel, data_type, now=now), Allow)


@given(capabilities, capabilities, st.sampled_from(CHANNELS), st.sampled_from(TYPES), st.integers(0, 10**6))
def test_narrowing_never_allows_what_either_side_refuses(
    left: CapabilitySet, right: CapabilitySet, channel: str, data_type: str, at: int
) -> None:
    both = left.narrowed(right)
    if _allows(both, channel, data_type, Instant(at)):
        assert _allows(left, channel, data_type, Instant(at))
        assert _allows(right, channel, data_type, Instant(at))


@given(capabilities, capabilities)
def test_narrowing_never_widens_access_rate_or_role(left: CapabilitySet, right: CapabilitySet) -> None:
    both = left.narrowed(right)
    for channel in CHANNELS:
        assert both.access_to(channel) <= min(left.access_to(channel), right.access_to(channel))
        rate = both.rates.get(channel, Rate(0, 0))
        for side in (left, right):
            assert rate.narrowed(side.rates.get(channel, Rate(0, 0))) == rate
    assert both.role.rank <= min(left.role.rank, right.role.rank)
    assert both.is_within(left)
    assert both.is_within(right)


@given(capabilities, capabilities)
def test_narrowing_is_the_same_from_both_sides(left: CapabilitySet, right: CapabilitySet) -> None:
    assert left.narrowed(right) == right.narrowed(left)


@given(capabilities)
def test_narrowing_by_itself_changes_nothing(capability: CapabilitySet) -> None:
    assert capability.narrowed(capability) == capability.trimmed()


@given(capabilities, st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 2)))
def test_limiting_channels_never_widens(capability: CapabilitySet, channels: dict[str, int]) -> None:
    limited = capability.limited_to(channels)
    assert limited.is_within(capability)
    assert all(limited.access_to(name) <= channels.get(name, CLOSED) for name in CHANNELS)


def test_an_observer_watches_edits_and_points_and_talks() -> None:
    observer = role_capabilities(Role.OBSERVER)
    assert observer.channels == {"chat": USE, "control": USE, "cursors": USE, "edits": VIEW, "measure": USE}
    assert "edit" not in observer.data_types


@pytest.mark.parametrize("role", [Role.EDITOR, Role.OPERATOR])
def test_editors_and_operators_may_edit(role: Role) -> None:
    assert role_capabilities(role).may_send("edits", "edit", now=NOW) == Allow()


def test_each_role_allows_what_the_one_before_allows() -> None:
    rows = [role_capabilities(role) for role in Role]
    for less, more in pairwise(rows):
        assert less.is_within(msgspec.structs.replace(more, role=less.role))


def test_a_view_only_session_takes_editing_from_every_role() -> None:
    limited = role_capabilities(Role.EDITOR).limited_to({"control": USE, "edits": VIEW})
    assert limited.may_send("edits", "edit", now=NOW) == Deny("type.denied", "edit")
    assert limited.may_send("edits", "document", now=NOW) == Allow()
    assert limited.may_send("chat", "chat", now=NOW) == Deny("channel.closed", "chat")


@pytest.mark.parametrize("access", [ChannelAccess.CLOSED, ChannelAccess.VIEW, ChannelAccess.USE])
@pytest.mark.parametrize("kind", list(CHANNEL_KINDS))
def test_the_data_types_are_those_of_the_channel_table(kind: str, access: ChannelAccess) -> None:
    row = next(row for name, row in CHANNEL_KINDS.items() if name == kind)
    expected = {CLOSED: frozenset(), VIEW: row.view_types, USE: row.use_types}[int(access)]
    assert data_types_of({kind: access}) == {str(each) for each in expected}


def test_levels_of_access_are_the_channels_own() -> None:
    assert [int(access) for access in ChannelAccess] == [CLOSED, VIEW, USE]


@pytest.mark.parametrize(
    ("at", "decision"),
    [(99, Deny("time.early")), (100, Allow()), (199, Allow()), (200, Deny("time.over"))],
)
def test_a_window_opens_and_closes_to_the_millisecond(at: int, decision: object) -> None:
    assert AccessPeriod(Instant(100), Instant(200)).admits(Instant(at)) == decision
