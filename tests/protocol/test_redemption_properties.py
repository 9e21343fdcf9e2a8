"""Machines of redemption against any bytes at any moment: they raise RemoteProtocolError and nothing else."""

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.redemption_effects import CountTry
from horizon_desktop.protocol.redemption_keys import start_proof
from horizon_desktop.protocol.redemption_messages import (
    Admitted,
    Answer,
    Confirm,
    Declined,
    Denied,
    Details,
    Offer,
    RedemptionFrame,
    Refusal,
    SealedAnswer,
    Start,
    Tag,
    Waiting,
    Withdraw,
    decode_body,
    decode_frame,
    encode_body,
    encode_frame,
)
from tests.protocol.redemption_world import LINK, Visitor, World


def _sized(count: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=count, max_size=count)


id16, key32, pake33 = _sized(16), _sized(32), _sized(33)
numbers = st.integers(0, 2**40)
counts = st.integers(0, 1_000_000)
rules = st.from_regex(r"[a-z_]{1,10}(\.[a-z_]{1,10}){0,2}", fullmatch=True)
names = st.text(max_size=40)
starts = st.builds(Start, id16, st.lists(numbers, min_size=1, max_size=8).map(tuple), key32, pake33, key32)
details = st.builds(Details, names, names, names, names)
messages = st.one_of(
    starts,
    st.builds(Offer, id16, numbers, pake33, key32, id16, numbers, key32),
    st.builds(Confirm, id16, key32, key32, st.binary(max_size=100)),
    st.builds(Answer, id16, counts, st.binary(max_size=100)),
    st.builds(Refusal, rules, counts),
    st.builds(Withdraw, id16),
)
answers = st.one_of(
    st.builds(Waiting, numbers),
    st.builds(Declined, st.booleans()),
    st.builds(Admitted, st.sampled_from(Role), st.binary(max_size=100)),
    st.builds(Denied, rules, counts),
)
frames = st.builds(
    encode_frame,
    st.sampled_from(Tag),
    messages.map(encode_body) | st.binary(max_size=200),
    st.binary(max_size=64),
)
values = st.recursive(
    st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=10) | st.none(),
    lambda inner: st.lists(inner, max_size=4),
)
anything = frames | st.binary(max_size=300) | values.map(msgspec.msgpack.encode)


def _stages() -> dict[str, tuple[World, Visitor]]:
    made: dict[str, tuple[World, Visitor]] = {}
    for stage in ("fresh", "offered", "knocking", "over"):
        world = World()
        maya = Visitor(world)
        if stage != "fresh":
            confirm = maya.hear(world.tell(1, maya.begin())[0])[0]
            if stage != "offered":
                maya.converse(confirm)
                world.tell(1, confirm)
            if stage == "over":
                world.let_in(maya.key.key)
        made[stage] = (world, maya)
    return made


STAGES = _stages()
stages = st.sampled_from(list(STAGES))


@settings(max_examples=150)
@given(stages, anything)
@example("fresh", b"\x93\x01\xc4\x00\xc4\x00")
@example("fresh", b"\xdd\xff\xff\xff\xff")
@example("fresh", b"\x91" * 2000)
def test_a_host_takes_any_bytes(stage: str, data: bytes) -> None:
    world, _ = STAGES[stage]
    tries = world.tries
    try:
        effects = world.host.receive((5, data), now=world.now)
    except RemoteProtocolError:
        return
    assert not any(isinstance(effect, CountTry) for effect in effects)
    assert world.tries == tries


@settings(max_examples=150)
@given(st.sampled_from(["offered", "knocking"]), anything)
def test_a_guest_takes_any_bytes(stage: str, data: bytes) -> None:
    world, maya = STAGES[stage]
    try:
        maya.machine.receive(data, now=world.now)
    except RemoteProtocolError:
        return


@settings(max_examples=80)
@given(st.binary(max_size=120))
def test_a_holder_of_the_link_may_send_any_body(body: bytes) -> None:
    world, _ = STAGES["fresh"]
    frame = encode_frame(Tag.START, body, start_proof(LINK.secret, body))
    try:
        world.host.receive((6, frame), now=world.now)
    except RemoteProtocolError:
        return


@settings(max_examples=120)
@given(st.integers(0, 100_000), st.integers(1, 255))
def test_a_changed_confirmation_costs_no_try(at: int, mask: int) -> None:
    world, maya = STAGES["offered"]
    changed = bytearray(maya.sent[-1])
    changed[at % len(changed)] ^= mask
    try:
        effects = world.host.receive((7, bytes(changed)), now=world.now)
    except RemoteProtocolError:
        return
    assert not any(isinstance(effect, CountTry) for effect in effects)


@given(messages | details)
def test_decode_undoes_encode(message: Start | Offer | Confirm | Details | Answer | Refusal | Withdraw) -> None:
    assert decode_body(encode_body(message), type(message)) == message


@given(answers)
def test_every_sealed_answer_is_read_back(answer: Waiting | Declined | Admitted | Denied) -> None:
    whole = SealedAnswer(bytes(32), answer)
    assert decode_body(encode_body(whole), SealedAnswer) == whole


@given(st.sampled_from(Tag), st.binary(max_size=300), st.binary(max_size=64))
def test_every_frame_is_read_back(tag: Tag, body: bytes, proof: bytes) -> None:
    assert decode_frame(encode_frame(tag, body, proof)) == RedemptionFrame(tag, body, proof)
