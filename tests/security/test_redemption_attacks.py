"""Attacks on redemption: 1, 2, 3, 4, 5, 7, 16 and 19 of the threat table, and what a hub in the middle may try."""

import msgspec
import pytest

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.pake import answer_pake, password_of
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.derivation import locator_of, session_id_of
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.invitation import encode_body as link_bytes
from horizon_desktop.domain.access.preview import open_preview
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.errors import InviteRefused, RemoteProtocolError
from horizon_desktop.protocol.redemption_attempt import HostedInvite
from horizon_desktop.protocol.redemption_effects import CodeFailed, CountTry, Redeemed, Refused
from horizon_desktop.protocol.redemption_guest import GuestRedemption
from horizon_desktop.protocol.redemption_keys import (
    AttemptKeys,
    offer_statement,
    refusal_frame,
    start_proof,
    transcript_of,
)
from horizon_desktop.protocol.redemption_messages import (
    Answer,
    Confirm,
    Offer,
    RedemptionFrame,
    Start,
    Tag,
    Withdraw,
    decode_body,
    decode_frame,
    encode_body,
    encode_frame,
)
from tests.fakes.entropy import SeededEntropy
from tests.protocol.redemption_world import (
    CODE,
    HOST,
    LINK,
    SESSION_NONCE,
    TERMS,
    WRONG,
    Visitor,
    World,
    keypair_of,
)

HUB = DeviceKeyPair.from_seed(b"u" * 32)


@pytest.fixture
def world() -> World:
    return World()


# --- 1: the link is stolen ---


def test_a_thief_of_the_link_has_five_guesses_for_ever_and_then_nobody_gets_in(world: World) -> None:
    for number in range(7):
        Visitor(world, name=f"thief{number}", code=WRONG).knock(route=number)
    honest = Visitor(world, name="maya")
    honest.knock(route=50)
    assert len(world.of(CodeFailed)) == 5
    assert honest.end == Refused("code.locked", 5)
    assert world.knocks == []


def test_a_thief_of_the_link_learns_nothing_to_guess_on_offline(world: World) -> None:
    """Everything the host says before a counted guess is the same kind of bytes whatever the code is."""
    other = World(
        invite=HostedInvite(
            link=LINK,
            code=WRONG,
            session=session_id_of(HOST.key, SESSION_NONCE),
            session_nonce=SESSION_NONCE,
            terms=TERMS,
        )
    )
    offers = []
    for each in (world, other):
        offer = decode_body(decode_frame(each.tell(1, Visitor(each, name="thief").begin())[0]).body, Offer)
        offers.append(msgspec.structs.replace(offer, pake=b""))
    assert offers[0] == offers[1]


# --- 2: the code is stolen ---


def test_a_thief_of_the_code_without_the_link_gets_nowhere_and_costs_no_try(world: World) -> None:
    blind = msgspec.structs.replace(LINK, secret=b"x" * 16)
    thief = Visitor(world, name="thief", link=blind)
    thief.knock()
    assert thief.end == Refused("invite.bad")
    assert world.of(CountTry) == []


def test_an_unknown_link_secret_is_answered_like_any_other(world: World) -> None:
    answers = []
    for secret in (b"x" * 16, b"y" * 16):
        thief = Visitor(world, name="thief", link=msgspec.structs.replace(LINK, secret=secret))
        answers.append(decode_frame(world.tell(1, thief.begin())[0]).body)
    assert answers[0] == answers[1]


# --- 3: link and code are both stolen ---


def test_with_link_and_code_a_stranger_still_only_knocks(world: World) -> None:
    stranger = Visitor(world, name="stranger")
    stranger.knock()
    assert stranger.end is None
    assert len(world.knocks) == 1


def test_a_second_device_finds_the_place_taken(world: World) -> None:
    maya = Visitor(world)
    maya.knock()
    world.let_in(maya.key.key)
    second = Visitor(world, name="stranger")
    second.knock(route=2)
    assert second.end == Refused("invite.full", 1)


# --- 4: replays ---


def test_a_replayed_first_message_computes_and_counts_nothing(world: World) -> None:
    maya = Visitor(world)
    start = maya.begin()
    world.tell(1, start)
    seen = len(world.seen)
    world.tell(9, start)
    assert [type(effect).__name__ for effect in world.seen[seen:]] == ["Post"]


def test_a_replayed_first_message_of_a_forgotten_attempt_is_stale(world: World) -> None:
    maya = Visitor(world)
    start = maya.begin()
    world.tell(1, start)
    world.advance(30_000)
    world.do(world.host.wake(now=world.now))
    maya.hear(world.tell(9, start)[0])
    assert maya.end == Refused("attempt.stale")


def test_a_recorded_redemption_played_again_lets_nobody_in(world: World) -> None:
    maya = Visitor(world)
    maya.route = 1
    start = maya.begin()
    confirm = maya.hear(world.tell(1, start)[0])[0]
    maya.converse(confirm)
    world.let_in(maya.key.key)
    recorded = world.take(1)
    counted = len(world.of(CountTry))
    assert world.tell(9, start) == world.tell(9, start)
    assert world.tell(9, confirm) == recorded[-1:]
    assert len(world.of(CountTry)) == counted
    assert len(world.knocks) == 1


def test_a_recorded_redemption_means_nothing_to_a_host_that_started_anew_and_costs_no_try(world: World) -> None:
    maya = Visitor(world)
    start = maya.begin()
    confirm = maya.hear(world.tell(1, start)[0])[0]
    restarted = World()
    restarted.entropy.draw(3)
    restarted.tell(1, start)
    restarted.tell(1, confirm)
    assert restarted.of(CountTry) == []
    assert restarted.tries == 0


def test_an_answer_sealed_to_one_guest_is_nothing_to_another() -> None:
    world = World(places=2)
    maya, noor = Visitor(world), Visitor(world, name="noor")
    for route, guest in ((1, maya), (2, noor)):
        guest.knock(route)
    world.let_in(maya.key.key)
    admitted = world.take(1)[-1]
    with pytest.raises(RemoteProtocolError):
        noor.hear(admitted)
    assert noor.end is None


def test_an_older_answer_played_again_changes_nothing(world: World) -> None:
    maya = Visitor(world)
    confirm = maya.hear(world.tell(1, maya.begin())[0])[0]
    waiting = world.tell(1, confirm)[0]
    maya.hear(waiting)
    told = len(maya.told)
    maya.hear(waiting)
    assert len(maya.told) == told


# --- 5: a token is used from another device ---


def test_a_token_made_out_to_another_device_is_refused_by_the_guest_that_gets_it(world: World) -> None:
    maya = Visitor(world)
    maya.knock()
    world.host.claim(maya.key.key)
    world.do(world.host.admit(maya.key.key, Role.EDITOR, world.token(keypair_of("thief").key), now=world.now))
    with pytest.raises(RemoteProtocolError):
        maya.listen()
    assert maya.end is None


# --- 7: a hub in the middle ---


def _swapped(start: bytes, key: DeviceKey, secret: bytes) -> bytes:
    body = decode_body(decode_frame(start).body, Start)
    changed = encode_body(msgspec.structs.replace(body, guest=bytes(key)))
    return encode_frame(Tag.START, changed, start_proof(secret, changed))


def test_a_hub_without_the_link_cannot_swap_the_guests_key(world: World) -> None:
    maya = Visitor(world)
    maya.route = 1
    maya.converse(_swapped(maya.begin(), HUB.key, b"?" * 16))
    assert world.knocks == []
    assert world.of(CountTry) == []


def test_a_hub_with_the_whole_link_that_swaps_the_guests_key_is_found_by_the_guest(world: World) -> None:
    maya = Visitor(world)
    offer = world.tell(1, _swapped(maya.begin(), HUB.key, LINK.secret))[0]
    with pytest.raises(RemoteProtocolError) as found:
        maya.hear(offer)
    assert found.value.key == "host.false"
    assert len(maya.sent) == 1


def test_a_hub_that_shares_the_code_cannot_play_the_host(world: World) -> None:
    """It has locator, secret and code, but not the host's key: the guest stops before its confirmation."""
    hub_side = World(
        invite=HostedInvite(
            link=LINK,
            code=CODE,
            session=session_id_of(HUB.key, SESSION_NONCE),
            session_nonce=SESSION_NONCE,
            terms=TERMS,
        ),
        key=HUB,
    )
    maya = Visitor(world)
    offer = hub_side.tell(1, maya.begin())[0]
    with pytest.raises(RemoteProtocolError) as found:
        maya.hear(offer)
    assert found.value.key == "host.false"
    assert [decode_frame(data).tag for data in maya.sent] == [Tag.START]


def test_a_hub_that_plays_the_host_under_its_own_session_is_found(world: World) -> None:
    maya = Visitor(world)
    start = decode_frame(maya.begin())
    real = decode_body(decode_frame(world.tell(1, maya.sent[0])[0]).body, Offer)
    body = encode_body(msgspec.structs.replace(real, session=bytes(session_id_of(HUB.key, SESSION_NONCE))))
    proof = HOST.sign(offer_statement(transcript_of(link_bytes(LINK), start.body, body)))
    with pytest.raises(RemoteProtocolError):
        maya.hear(encode_frame(Tag.OFFER, body, proof))


@pytest.mark.parametrize("field", ["pake", "session_nonce", "terms", "host_time", "attempt"])
def test_a_hub_cannot_change_a_field_of_the_hosts_offer(world: World, field: str) -> None:
    maya = Visitor(world)
    frame = decode_frame(world.tell(1, maya.begin())[0])
    offer = decode_body(frame.body, Offer)
    value = offer.host_time + 1 if field == "host_time" else bytes(len(getattr(offer, field)))
    body = encode_body(msgspec.structs.replace(offer, **{field: value}))
    with pytest.raises(RemoteProtocolError):
        maya.hear(encode_frame(Tag.OFFER, body, frame.proof))


def test_a_hub_that_changed_the_hubs_in_the_link_is_found(world: World) -> None:
    """The page behind a web link may hand out another list of hubs: link bytes are in the transcript."""
    changed = msgspec.structs.replace(LINK, hubs=(HubAddress(host="evil.example", port=443), *LINK.hubs))
    maya = Visitor(world, link=changed)
    with pytest.raises(RemoteProtocolError):
        maya.hear(world.tell(1, maya.begin())[0])


def test_a_hub_cannot_tell_a_guest_that_its_code_was_wrong(world: World) -> None:
    maya = Visitor(world)
    offer = world.tell(1, maya.begin())[0]
    confirm = decode_frame(maya.hear(offer)[0])
    maya.hear(refusal_frame(HUB, confirm.body, Deny("code.wrong", "1")))
    assert maya.end is None


def test_a_refusal_of_one_guest_is_nothing_to_another(world: World) -> None:
    guesser, maya = Visitor(world, name="g", code=WRONG), Visitor(world)
    maya.hear(world.tell(2, maya.begin())[0])
    confirm = guesser.hear(world.tell(1, guesser.begin())[0])[0]
    maya.hear(world.tell(1, confirm)[0])
    assert maya.end is None


def test_a_hub_cannot_admit_a_guest(world: World) -> None:
    maya = Visitor(world)
    maya.knock()
    forged = encode_body(Answer(maya.machine._part.attempt, 9, bytes(200)))
    with pytest.raises(RemoteProtocolError):
        maya.hear(encode_frame(Tag.ANSWER, forged, b""))
    assert maya.end is None


def test_a_hub_that_drops_the_third_message_ten_times_costs_no_try(world: World) -> None:
    maya = Visitor(world)
    confirm = maya.hear(world.tell(1, maya.begin())[0])[0]
    dropped = 0
    while dropped < 10:
        world.advance(2_000)
        world.do(world.host.wake(now=world.now))
        assert maya.wake() == [confirm]
        dropped += 1
    maya.route = 1
    maya.converse(confirm)
    assert len(world.knocks) == 1
    assert world.tries == 0


def test_a_hub_that_garbles_the_third_message_costs_no_try(world: World) -> None:
    maya = Visitor(world)
    frame = decode_frame(maya.hear(world.tell(1, maya.begin())[0])[0])
    for proof in (bytes(64), HUB.sign(statement("redeem-confirm", b"x"))):
        world.tell(1, encode_frame(Tag.CONFIRM, frame.body, proof))
    maya.route = 1
    maya.converse(maya.sent[-1])
    assert len(world.of(CountTry)) == 1
    assert len(world.knocks) == 1


def test_a_hub_cannot_take_a_knock_back(world: World) -> None:
    maya = Visitor(world)
    maya.knock()
    body = encode_body(Withdraw(maya.machine._part.attempt))
    with pytest.raises(RemoteProtocolError):
        world.tell(1, encode_frame(Tag.WITHDRAW, body, HUB.sign(b"anything")))
    world.let_in(maya.key.key)
    maya.listen()
    assert isinstance(maya.end, Redeemed)


# --- 16: a guest plays the host ---


@pytest.mark.parametrize("tag", [Tag.OFFER, Tag.ANSWER, Tag.REFUSAL])
def test_a_guest_does_not_speak_for_the_host(world: World, tag: Tag) -> None:
    with pytest.raises(RemoteProtocolError):
        world.host.receive((1, msgspec.msgpack.encode(RedemptionFrame(tag, b"", b""))), now=world.now)


# --- 19: a link with somebody else's key ---


def _phish(code: str, guess: str) -> tuple[World, Visitor, bytes, bytes]:
    """Run a whole redemption against a phisher's own host; return it, its victim, and the messages 2 and 3."""
    link = msgspec.structs.replace(LINK, host=HUB.key, locator=locator_of(HUB.key, b"m" * 16))
    session = session_id_of(HUB.key, SESSION_NONCE)
    invite = HostedInvite(link=link, code=guess, session=session, session_nonce=SESSION_NONCE, terms=TERMS)
    phisher = World(invite=invite, key=HUB)
    victim = Visitor(phisher, link=link, code=code)
    offer = phisher.tell(1, victim.begin())[0]
    return phisher, victim, offer, victim.hear(offer)[0]


def test_a_phisher_with_its_own_link_has_one_guess_and_no_more() -> None:
    phisher, victim, _, confirm = _phish(CODE, WRONG)
    phisher.tell(1, confirm)
    assert phisher.of(CodeFailed) == [CodeFailed(4)]
    assert phisher.knocks == []
    assert CODE.encode() not in b"".join(victim.sent)


@pytest.mark.parametrize("candidate", [CODE, WRONG, "0000000"])
def test_what_a_phisher_recorded_confirms_no_code_afterwards_not_even_the_right_one(candidate: str) -> None:
    _, victim, offer, confirm = _phish(CODE, "1234567")
    link = victim.link
    start = decode_frame(victim.sent[0]).body
    _, key = answer_pake(
        password_of(link.secret, candidate),
        decode_body(start, Start).pake,
        guest=victim.key.key,
        host=HUB.key,
        locator=link.locator,
        entropy=SeededEntropy("world").draw(64),
    )
    keys = AttemptKeys.derive(key, transcript_of(link_bytes(link), start, decode_frame(offer).body))
    assert not keys.is_guest_confirmed(decode_body(decode_frame(confirm).body, Confirm).confirmation)


def test_the_same_recording_is_confirmed_by_the_code_that_the_host_used() -> None:
    """The control of the test above: with the host's own code the recomputation does succeed."""
    _, victim, offer, confirm = _phish(CODE, CODE)
    start = decode_frame(victim.sent[0]).body
    _, key = answer_pake(
        password_of(victim.link.secret, CODE),
        decode_body(start, Start).pake,
        guest=victim.key.key,
        host=HUB.key,
        locator=victim.link.locator,
        entropy=SeededEntropy("world").draw(64),
    )
    keys = AttemptKeys.derive(key, transcript_of(link_bytes(victim.link), start, decode_frame(offer).body))
    assert keys.is_guest_confirmed(decode_body(decode_frame(confirm).body, Confirm).confirmation)


def test_the_preview_of_a_link_with_another_key_does_not_open() -> None:
    with pytest.raises(RemoteProtocolError):
        open_preview(b"n" * 200, msgspec.structs.replace(LINK, host=HUB.key))


def test_the_host_itself_is_no_guest_of_its_invite() -> None:
    with pytest.raises(InviteRefused):
        GuestRedemption(Visitor(World()).machine._part, HOST)


def test_a_guest_that_uses_the_hosts_key_is_refused_by_the_host(world: World) -> None:
    visitor = Visitor(world)
    offer = _swapped(visitor.begin(), HOST.key, LINK.secret)
    answer = decode_frame(world.tell(1, offer)[0])
    assert answer.tag is Tag.REFUSAL
    assert world.of(CountTry) == []
