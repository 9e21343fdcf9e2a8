"""Redemption as both machines play it: the honest way, and every way it goes wrong."""

import pytest

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.places import KnockEnd
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.instants import Now, Tick
from horizon_desktop.errors import InviteRefused, LocalProtocolError
from horizon_desktop.protocol.redemption_effects import (
    ClockOff,
    CodeFailed,
    ComputePake,
    CountTry,
    HangUp,
    KnockOver,
    NowWaiting,
    Redeemed,
    Refused,
)
from horizon_desktop.protocol.redemption_messages import Details
from tests.protocol.redemption_world import CODE, HOST, NOON, SESSION, WRONG, Visitor, World, keypair_of


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def maya(world: World) -> Visitor:
    return Visitor(world)


def test_link_and_code_make_a_knock_and_the_host_lets_in(world: World, maya: Visitor) -> None:
    maya.knock()
    world.let_in(maya.key.key, Role.OBSERVER)
    maya.listen()
    assert isinstance(maya.end, Redeemed)
    assert (maya.end.role, maya.end.session, maya.end.host) == (Role.OBSERVER, SESSION, HOST.key)


def test_both_sides_see_the_same_seven_pictures(world: World, maya: Visitor) -> None:
    maya.knock()
    waiting = next(told for told in maya.told if isinstance(told, NowWaiting))
    assert waiting.pictures == world.knocks[0].knock.pictures
    assert len(waiting.pictures) == 7
    assert all(0 <= picture < 64 for picture in waiting.pictures)


def test_the_host_learns_name_and_device_as_plain_text(world: World) -> None:
    visitor = Visitor(world, details=Details("Ma\u202eya\n<b>", "z\u200bephyr", "Linux", "0.1"))
    visitor.knock()
    knock = world.knocks[0].knock
    assert (knock.name, knock.device) == ("Maya <b>", "zephyr")


def test_a_guest_without_a_visible_name_does_not_knock_and_keeps_no_place(world: World) -> None:
    visitor = Visitor(world, details=Details("\u200b \u202e", "zephyr", "Linux", "0.1"))
    visitor.knock()
    assert visitor.end == Refused("attempt.bad")
    assert world.knocks == []
    assert world.held == set()


def test_a_wrong_code_is_told_with_the_tries_left(world: World) -> None:
    visitor = Visitor(world, code=WRONG)
    visitor.knock()
    assert visitor.end == Refused("code.wrong", 4)
    assert world.of(CodeFailed) == [CodeFailed(4)]


def test_the_try_is_counted_before_the_code_is_compared(world: World) -> None:
    visitor = Visitor(world, code=WRONG)
    visitor.knock()
    kinds = [type(effect) for effect in world.seen]
    assert kinds.index(CountTry) < kinds.index(CodeFailed)


def test_the_right_code_gives_its_try_back(world: World, maya: Visitor) -> None:
    maya.knock()
    assert world.tries == 0


def test_the_fifth_wrong_code_locks_the_invite_for_the_right_one_too(world: World) -> None:
    ends = []
    for number in range(5):
        guesser = Visitor(world, name=f"g{number}", code=WRONG)
        guesser.knock(route=number)
        ends.append(guesser.end)
    late = Visitor(world, code=CODE)
    late.knock(route=9)
    assert ends[-1] == Refused("code.locked", 5)
    assert late.end == Refused("code.locked", 5)


def test_the_offer_tests_no_guess_and_costs_no_try(world: World) -> None:
    visitor = Visitor(world, code=WRONG)
    world.tell(1, visitor.begin())
    assert world.tries == 0
    assert world.of(CountTry) == []


def test_the_same_first_message_gets_the_stored_offer(world: World, maya: Visitor) -> None:
    start = maya.begin()
    first = world.tell(1, start)
    assert world.tell(2, start) == first
    assert len(world.of(ComputePake)) == 1


def test_other_bytes_under_a_seen_attempt_are_stale(world: World, maya: Visitor) -> None:
    world.tell(1, maya.begin())
    twin = Visitor(world)
    twin.key = keypair_of("other")
    twin.machine._keypair = twin.key
    answers = world.tell(2, twin.begin())
    twin.hear(answers[0])
    assert twin.end == Refused("attempt.stale")


def test_the_same_confirmation_is_answered_from_memory_and_not_counted_again(world: World, maya: Visitor) -> None:
    offer = world.tell(1, maya.begin())[0]
    confirm = maya.hear(offer)[0]
    first = world.tell(1, confirm)
    assert world.tell(2, confirm) == first
    assert len(world.of(CountTry)) == 1


def test_six_guests_at_once_use_up_no_try_and_no_place_twice() -> None:
    world = World(places=6)
    guests = [Visitor(world, name=f"guest{number}") for number in range(6)]
    confirms = []
    for route, guest in enumerate(guests):
        offer = world.tell(route, guest.begin())[0]
        confirms.append(guest.hear(offer)[0])
    effects = [
        effect for route, data in enumerate(confirms) for effect in world.host.receive((route, data), now=world.now)
    ]
    world.do(effects)
    assert len(world.knocks) == 6
    assert world.tries == 0


def test_only_one_confirmation_is_counted_at_a_time() -> None:
    world = World(places=6)
    guests = [Visitor(world, name=f"guest{number}") for number in range(6)]
    confirms = [guest.hear(world.tell(route, guest.begin())[0])[0] for route, guest in enumerate(guests)]
    effects = [
        effect for route, data in enumerate(confirms) for effect in world.host.receive((route, data), now=world.now)
    ]
    assert [type(effect) for effect in effects] == [CountTry]


def test_a_second_guest_finds_the_only_place_reserved(world: World, maya: Visitor) -> None:
    maya.knock()
    second = Visitor(world, name="noor")
    second.knock(route=2)
    assert second.end == Refused("invite.full", 1)


def test_a_guest_that_is_declined_is_told_and_the_code_stays_good(world: World, maya: Visitor) -> None:
    maya.knock()
    world.held.clear()
    world.do(world.host.decline(maya.key.key, now=world.now))
    maya.listen()
    again = Visitor(world, seed="2")
    again.knock(route=2)
    assert maya.end == Refused("join.declined")
    assert len(world.knocks) == 2


def test_nobody_answers_for_two_minutes_and_the_place_is_free(world: World, maya: Visitor) -> None:
    maya.knock()
    world.advance(120_000)
    world.do(world.host.wake(now=world.now))
    maya.listen()
    assert maya.end == Refused("join.declined")
    assert world.of(KnockOver) == [KnockOver(maya.key.key, KnockEnd.UNANSWERED)]


def test_a_guest_that_takes_it_back_frees_its_place(world: World, maya: Visitor) -> None:
    maya.knock()
    maya.do(maya.machine.withdraw())
    world.tell(1, maya.sent[-1])
    assert world.of(KnockOver) == [KnockOver(maya.key.key, KnockEnd.WITHDRAWN)]
    assert world.hang_ups == [HangUp(1)]


def test_a_waiting_guest_whose_mailbox_is_gone_has_fifteen_seconds(world: World, maya: Visitor) -> None:
    maya.knock()
    world.host.route_closed(1, now=world.now)
    world.advance(14_999)
    world.do(world.host.wake(now=world.now))
    assert world.of(KnockOver) == []
    world.advance(1)
    world.do(world.host.wake(now=world.now))
    assert world.of(KnockOver) == [KnockOver(maya.key.key, KnockEnd.WITHDRAWN)]


def test_a_waiting_guest_that_comes_back_through_another_mailbox_waits_on(world: World, maya: Visitor) -> None:
    maya.knock()
    world.host.route_closed(1, now=world.now)
    maya.route = 2
    maya.do(maya.machine.reconnected(now=world.now))
    maya.converse(maya.sent[-1])
    world.advance(60_000)
    world.do(world.host.wake(now=world.now))
    world.let_in(maya.key.key)
    maya.listen()
    assert isinstance(maya.end, Redeemed)


def test_a_token_that_was_lost_on_the_way_is_sent_again(world: World, maya: Visitor) -> None:
    maya.knock()
    world.let_in(maya.key.key)
    world.take(1)
    world.advance(15_000)
    maya.converse(*maya.wake())
    assert isinstance(maya.end, Redeemed)


def test_a_claimed_knock_does_not_time_out_while_its_token_is_made(world: World, maya: Visitor) -> None:
    maya.knock()
    world.host.claim(maya.key.key)
    world.advance(500_000)
    world.do(world.host.wake(now=world.now))
    assert world.of(KnockOver) == []


def test_a_knock_cannot_be_claimed_twice(world: World, maya: Visitor) -> None:
    maya.knock()
    world.host.claim(maya.key.key)
    assert world.host.claim(maya.key.key) == Deny("knock.none")


def test_a_released_knock_waits_on(world: World, maya: Visitor) -> None:
    maya.knock()
    world.host.claim(maya.key.key)
    world.host.release(maya.key.key)
    world.let_in(maya.key.key)
    maya.listen()
    assert isinstance(maya.end, Redeemed)


def test_a_token_is_given_only_to_a_claimed_knock(world: World, maya: Visitor) -> None:
    maya.knock()
    with pytest.raises(LocalProtocolError):
        world.host.admit(maya.key.key, Role.EDITOR, b"", now=world.now)


def test_a_forty_first_open_attempt_is_told_to_come_back(world: World) -> None:
    for number in range(40):
        world.tell(number, Visitor(world, name=f"g{number}").begin())
    late = Visitor(world, name="late")
    late.knock(route=99)
    assert late.end == Refused("attempt.busy")


def test_open_attempts_are_forgotten_after_thirty_seconds(world: World) -> None:
    for number in range(40):
        world.tell(number, Visitor(world, name=f"g{number}").begin())
    world.advance(30_000)
    world.do(world.host.wake(now=world.now))
    late = Visitor(world, name="late")
    late.knock(route=99)
    assert len(world.knocks) == 1
    assert len(world.hang_ups) == 40


def test_a_confirmation_after_thirty_seconds_is_stale_and_costs_no_try(world: World, maya: Visitor) -> None:
    confirm = maya.hear(world.tell(1, maya.begin())[0])[0]
    world.advance(30_000)
    world.do(world.host.wake(now=world.now))
    maya.converse(confirm)
    assert maya.end == Refused("attempt.stale")
    assert world.tries == 0


def test_a_guest_shown_other_terms_stops_before_it_confirms(world: World) -> None:
    visitor = Visitor(world, terms=b"x" * 32)
    visitor.knock()
    assert visitor.end == Refused("invite.changed")
    assert world.of(CountTry) == []


def test_new_terms_hold_from_the_next_offer_on(world: World) -> None:
    world.host.set_terms(b"u" * 32)
    visitor = Visitor(world, terms=b"u" * 32)
    visitor.knock()
    assert len(world.knocks) == 1


def test_a_host_cannot_redeem_its_own_invite(world: World) -> None:
    visitor = Visitor(world)
    with pytest.raises(InviteRefused) as refused:
        type(visitor.machine)(visitor.machine._part, HOST)
    assert refused.value.key == "invite.own"


@pytest.mark.parametrize("rule", ["invite.paused", "invite.cancelled", "invite.expired", "code.locked"])
def test_a_closed_invite_says_why(world: World, maya: Visitor, rule: str) -> None:
    world.do(world.host.close(Deny(rule), now=world.now))
    maya.knock()
    assert isinstance(maya.end, Refused)
    assert maya.end.rule == rule


def test_closing_refuses_attempts_that_have_not_confirmed(world: World, maya: Visitor) -> None:
    maya.route = 1
    world.tell(1, maya.begin())
    world.do(world.host.close(Deny("invite.cancelled"), now=world.now))
    maya.listen()
    assert maya.end == Refused("invite.cancelled")


def test_an_invite_that_was_paused_takes_knocks_again(world: World, maya: Visitor) -> None:
    world.do(world.host.close(Deny("invite.paused"), now=world.now))
    world.host.reopen()
    maya.knock()
    assert len(world.knocks) == 1


def test_a_store_that_cannot_count_lets_nobody_guess(world: World, maya: Visitor) -> None:
    world.count = lambda: Deny("store.unavailable")  # type: ignore[method-assign]
    maya.knock()
    assert maya.end == Refused("store.unavailable")


def test_the_hosts_time_is_taken_from_a_prompt_answer(world: World, maya: Visitor) -> None:
    maya.knock()
    world.let_in(maya.key.key)
    maya.listen()
    assert isinstance(maya.end, Redeemed)
    assert maya.end.host_offset_ms == 0


def test_the_hosts_time_is_not_taken_from_a_slow_answer(world: World, maya: Visitor) -> None:
    offer = world.tell(1, maya.begin())[0]
    world.advance(5_000)
    maya.converse(*maya.hear(offer))
    world.let_in(maya.key.key)
    maya.listen()
    assert isinstance(maya.end, Redeemed)
    assert maya.end.host_offset_ms is None


@pytest.mark.parametrize(("minutes", "told"), [(10, []), (11, [11]), (-45, [45])])
def test_a_guest_more_than_ten_minutes_off_is_told(world: World, maya: Visitor, minutes: int, told: list[int]) -> None:
    guest_now = Now(NOON.plus(minutes * 60_000), Tick(77))
    honest = world.now
    world.now = guest_now
    start = maya.begin()
    world.now = honest
    offer = world.tell(1, start)[0]
    world.now = guest_now
    maya.hear(offer)
    assert [effect.minutes for effect in maya.told if isinstance(effect, ClockOff)] == told


def test_a_message_without_an_answer_is_sent_again_every_two_seconds(world: World, maya: Visitor) -> None:
    start = maya.begin()
    world.advance(1_999)
    assert maya.wake() == []
    world.advance(1)
    assert maya.wake() == [start]


def test_a_guest_gives_up_when_nobody_answers(world: World, maya: Visitor) -> None:
    maya.begin()
    world.advance(28_000)
    maya.wake()
    assert maya.end == Refused("host.away")


def test_the_machines_say_when_they_want_to_be_woken(world: World, maya: Visitor) -> None:
    assert (world.host.deadline(), maya.machine.deadline()) == (None, None)
    world.tell(1, maya.begin())
    assert world.host.deadline() == world.now.tick.plus(30_000)
    assert maya.machine.deadline() == world.now.tick.plus(2_000)


def test_a_finished_attempt_is_forgotten_and_the_machine_idle(world: World, maya: Visitor) -> None:
    maya.knock()
    world.let_in(maya.key.key)
    assert not world.host.is_idle
    world.advance(600_000)
    world.do(world.host.wake(now=world.now))
    assert world.host.is_idle


def test_a_holder_of_the_link_cannot_fill_the_hosts_memory(world: World) -> None:
    """Broken key exchanges are answered at once; only the last of them are remembered."""
    world.compute = lambda ask: Deny("attempt.bad")  # type: ignore[method-assign]
    for number in range(300):
        world.tell(1, Visitor(world, name=f"g{number}").begin())
    assert len(world.host._attempts) == 256


def test_no_secret_stands_in_a_repr(world: World, maya: Visitor) -> None:
    maya.knock()
    shown = repr([world.seen, maya.told, world.host.__dict__, maya.machine.__dict__["_part"]])
    assert CODE not in shown
