"""Tries and places: whatever happens in whatever order, no invite gives more than it has."""

from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.access.places import (
    MAX_DECLINES_IN_A_ROW,
    MAX_TRIES,
    InviteState,
    KnockEnd,
    Place,
    PlaceState,
    after_knock,
    is_open,
    may_reserve,
    may_try,
)
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.instants import Instant
from tests.contracts.test_store import NOON, invite_row

KEYS = (b"a", b"b", b"c", b"d")
STEPS = st.lists(
    st.tuples(st.sampled_from(["wrong", "right", "admit", *KnockEnd]), st.sampled_from(KEYS), st.integers(0, 90_000)),
    max_size=40,
)


class Desk:
    """An invite worked by the rules alone."""

    def __init__(self, places: int) -> None:
        self.invite = invite_row(places=places)
        self.held: dict[bytes, Place] = {}
        self.now = NOON
        self.wrong = 0

    def change(self, **changes: object) -> None:
        values = {name: getattr(self.invite, name) for name in self.invite.__struct_fields__}
        reserved = sum(place.state is PlaceState.RESERVED for place in self.held.values())
        self.invite = type(self.invite)(**{**values, **changes, "places_reserved": reserved})

    def step(self, what: str, key: bytes) -> None:
        if what in {"wrong", "right"}:
            self.attempt(key, is_right=what == "right")
        elif key in self.held and self.held[key].state is PlaceState.RESERVED:
            self.answer(key, what)

    def attempt(self, key: bytes, *, is_right: bool) -> None:
        if not isinstance(may_try(self.invite, now=self.now), Allow):
            return
        self.change(tries=self.invite.tries + 1)
        if not is_right:
            self.wrong += 1
            return
        self.change(tries=self.invite.tries - 1)
        if isinstance(may_reserve(self.invite, self.held.get(key), now=self.now), Allow):
            self.held[key] = Place(state=PlaceState.RESERVED, changed_at=self.now)
            self.change()

    def answer(self, key: bytes, what: str) -> None:
        if what == "admit":
            self.held[key] = Place(state=PlaceState.TAKEN, changed_at=self.now)
            self.change(places_taken=self.invite.places_taken + 1, declines=0)
            return
        how = KnockEnd(what)
        freed = PlaceState.DECLINED if how is KnockEnd.DECLINED else PlaceState.FREED
        self.held[key] = Place(state=freed, changed_at=self.now)
        state, declines = after_knock(self.invite, how)
        self.change(state=state, declines=declines)


@given(st.integers(1, 3), STEPS)
def test_no_invite_gives_more_places_or_tries_than_it_has(places: int, steps: list[tuple[str, bytes, int]]) -> None:
    desk = Desk(places)
    for what, key, later_ms in steps:
        desk.now = desk.now.plus(later_ms)
        desk.step(what, key)
        reserved = sum(place.state is PlaceState.RESERVED for place in desk.held.values())
        assert desk.invite.places_taken + reserved <= places
        assert desk.wrong <= MAX_TRIES
        assert desk.invite.declines < MAX_DECLINES_IN_A_ROW or desk.invite.state is InviteState.PAUSED


@given(st.sampled_from(InviteState), st.integers(-10, 10))
def test_an_invite_is_open_only_in_one_state_and_before_its_end(state: InviteState, past_ms: int) -> None:
    invite = invite_row(state=state)
    now = invite.expires_at.plus(past_ms)
    assert (is_open(invite, now=now) == Allow()) == (state is InviteState.OPEN and past_ms < 0)


def test_a_declined_key_is_told_how_long_to_wait() -> None:
    held = Place(state=PlaceState.DECLINED, changed_at=NOON)
    assert may_reserve(invite_row(), held, now=NOON.plus(1)) == Deny("code.slow", "60")


def test_an_invite_for_one_says_used_and_one_for_several_says_full() -> None:
    for places, rule in ((1, "invite.used"), (2, "invite.full")):
        row = invite_row(places=places, places_taken=places, state=InviteState.FULL)
        assert is_open(row, now=Instant(0)) == Deny(rule)
