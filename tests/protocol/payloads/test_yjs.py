"""What pycrdt writes can be read; what anybody else writes is refused or harmless."""

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.domain.decision import Allow
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.payloads.edit_rules import check_update
from horizon_desktop.protocol.payloads.yjs import read_state_vector, read_update
from horizon_desktop.protocol.payloads.yjs_split import split_update
from tests.protocol.payloads.text_writers import ANY, Host, item, random_edit, update


@settings(max_examples=25)
@given(st.integers(min_value=0, max_value=2**32))
def test_every_update_of_an_honest_writer_passes_the_gate(seed: int) -> None:
    chance = random.Random(seed)
    host = Host("größe = 1  # 😀\n")
    writers = [host.writer(client) for client in (1001, 1002, 1003)]
    behind: dict[int, list[bytes]] = {writer.client_id: [] for writer in writers}
    for _ in range(60):
        writer = chance.choice(writers)
        if chance.random() < 0.3:
            for late in behind[writer.client_id]:
                writer.apply(late)
            behind[writer.client_id].clear()
        made = random_edit(writer, chance)
        if not made:
            continue
        read = read_update(made)
        assert check_update(read, known=host.known, own=(writer.client_id,)) == Allow()
        own = host.replica.absorb(made)
        host.learn(made)
        assert all(host.is_ordered(item.left, item.right) for section in read.sections for item in section.items)
        for other in writers:
            if other is not writer and own:
                behind[other.client_id].append(own)
    for writer in writers:
        for late in behind[writer.client_id]:
            writer.apply(late)
        assert writer.text() == host.replica.text()
    assert read_state_vector(host.replica.state_vector()) == host.known.clocks


@given(st.binary(max_size=400))
def test_any_bytes_raise_only_the_peers_error(data: bytes) -> None:
    for read in (read_update, read_state_vector):
        try:
            read(data)
        except RemoteProtocolError:
            continue


@settings(max_examples=60)
@example(190598)  # an item between neighbours in the wrong order
@given(st.integers(min_value=0, max_value=2**32))
def test_a_changed_update_is_refused_or_leaves_everybody_elses_units_alone(seed: int) -> None:
    chance = random.Random(seed)
    host = Host("größe = 1  # 😀😀\nsecond line\n")
    for client in (1001, 1002):
        writer = host.writer(client)
        for _ in range(6):
            made = random_edit(writer, chance)
            if made:
                host.replica.absorb(made)
                host.learn(made)
    attacker = host.writer(1003)
    for _ in range(4):
        made = bytearray(random_edit(attacker, chance) or b"\0\0")
        for _ in range(chance.randrange(1, 4)):
            made[chance.randrange(len(made))] = chance.choice((0, 1, chance.randrange(256)))
        before = dict(host.known.clocks)
        try:
            read = read_update(bytes(made))
        except RemoteProtocolError:
            continue
        if check_update(read, known=host.known, own=(1003,)) != Allow():
            continue
        if not all(host.is_ordered(item.left, item.right) for section in read.sections for item in section.items):
            continue  # refused by place()
        host.replica.absorb(bytes(made))
        host.learn(bytes(made))
        after = read_state_vector(host.replica.state_vector())
        assert {client: clock for client, clock in after.items() if client != 1003} == {
            client: clock for client, clock in before.items() if client != 1003
        }
        assert after == host.known.clocks
        again = PycrdtReplicas().load(9, host.replica.full_update())
        assert again.text() == host.replica.text()
        assert read_state_vector(again.state_vector()) == after


@settings(max_examples=60)
@given(st.integers(min_value=0, max_value=2**32))
def test_made_up_origins_that_pass_leave_everybody_with_one_text(seed: int) -> None:
    chance = random.Random(seed)
    host = Host("some words to stand beside\n")
    honest = [host.writer(client) for client in (1001, 1002)]
    for writer in honest:
        for _ in range(4):
            made = random_edit(writer, chance)
            if made:
                own = host.replica.absorb(made)
                host.learn(made)
                for other in honest:
                    other.apply(own)
    marks = [(client, clock) for client, end in host.known.clocks.items() for clock in range(end)]
    clock = 0
    unheard: list[bytes] = []
    for _ in range(12):
        left, right = chance.choice([None, *marks]), chance.choice([None, *marks])
        made = update(1003, clock, [item("ab", left, right)])
        is_fit = check_update(read_update(made), known=host.known, own=(1003,)) == Allow()
        if is_fit and host.is_ordered(left, right):
            unheard.append(host.replica.absorb(made))
            host.learn(made)
            clock += 2
            marks += [(1003, clock - 2), (1003, clock - 1)]
        writer = chance.choice(honest)
        mine = random_edit(writer, chance)
        if mine:
            own = host.replica.absorb(mine)
            host.learn(mine)
            for other in honest:
                if other is not writer:
                    other.apply(own)
    for writer in honest:
        for late in unheard:
            writer.apply(late)
    fresh = PycrdtReplicas().load(9, host.replica.full_update())
    assert {writer.text() for writer in (*honest, fresh)} == {host.replica.text()}


@settings(max_examples=25)
@given(st.integers(min_value=0, max_value=2**32), st.integers(min_value=200, max_value=3000))
def test_a_cut_update_does_the_same_in_pieces_below_the_limit(seed: int, max_bytes: int) -> None:
    chance = random.Random(seed)
    host = Host("a b c d e f 😀 g h\n" * 10)
    writer = host.writer(1001)
    updates = [made for _ in range(20) if (made := random_edit(writer, chance))]
    updates.append(writer.splice(3, 5, "größer 😀 paste " * chance.randrange(1, 400)))
    merged = read_update(PycrdtReplicas().merge(updates), max_bytes=ANY, max_structs=ANY)
    for piece in split_update(merged, max_bytes=max_bytes):
        assert len(piece) <= max_bytes
        read = read_update(piece)
        assert check_update(read, known=host.known, own=(1001,)) == Allow()
        host.replica.absorb(piece)
        host.known.learn(read)
    assert host.replica.text() == writer.text()
    assert host.replica.state_vector() == writer.state_vector()


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (update(5, 0, [item("x", kind=0)]), "edit.content"),
        (update(5, 0, [item("x", kind=10)]), "edit.content"),
        (update(5, 0, [item("x", kind=2)]), "edit.content"),
        (update(5, 0, [item("x", kind=3)]), "edit.content"),
        (update(5, 0, [item("x", kind=5)]), "edit.content"),
        (update(5, 0, [item("x", kind=6)]), "edit.content"),
        (update(5, 0, [item("x", kind=7)]), "edit.content"),
        (update(5, 0, [item("x", kind=8)]), "edit.content"),
        (update(5, 0, [item("x", kind=9)]), "edit.content"),
        (update(5, 0, [item("x", kind=0x24)]), "edit.content"),
        (update(5, 0, [item("a\rb")]), "edit.content"),
        (update(5, 0, [item("a\0b")]), "edit.content"),
        (update(5, 0, [item("x", root="other")]), "edit.parent"),
        (update(5, 0, [item("")]), "edit.form"),
        (update(5, 0, []), "edit.form"),
        (update(0, 0, [item("x")]), "edit.form"),
        (update(5, 0, [item("x")]) + b"\x00", "edit.form"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "edit.form"),
        (b"\x80\x00\x00", "edit.form"),
        (bytes(256 * 1024 + 1), "edit.size"),
        (b"\x01\xff\xff\x7f\x05\x00", "edit.size"),
        (b"\x00\x01\x05\xff\xff\x7f", "edit.size"),
        (update(5, 0, [b"\x04\x01\x04text\x02\xff\xfe"]), "edit.form"),
    ],
)
def test_what_is_no_plain_text_edit_is_refused_by_its_rule(data: bytes, rule: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        read_update(data)
    assert refused.value.key == rule
