"""Replicas count in UTF-16, keep text and CRDT equal, undo their own edits only, and never let pycrdt's errors out."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from horizon_desktop.adapters.documents.offsets import OffsetRope, units16
from horizon_desktop.adapters.documents.replica import PycrdtReplica, PycrdtReplicas
from horizon_desktop.domain.collaboration.documents import Caret, TextDelta
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from tests.protocol.payloads.text_writers import random_edit

REPLICAS = PycrdtReplicas()
TEXTS = st.text(alphabet="ab\n é日😀👩\u200d👧", max_size=80)


def pair(text: str) -> tuple[PycrdtReplica, PycrdtReplica]:
    """Two replicas of one text."""
    one, other = REPLICAS.empty(11), REPLICAS.empty(22)
    one.splice(0, 0, text)
    other.apply(one.full_update())
    return one, other


def changed(text: str, deltas: "list[TextDelta] | tuple[TextDelta, ...]") -> str:
    """Apply deltas to a text as an editor does, in UTF-16 units."""
    raw = text.encode("utf-16-le")
    for delta in deltas:
        inserted = delta.inserted.encode("utf-16-le")
        raw = raw[: 2 * delta.position] + inserted + raw[2 * (delta.position + delta.removed) :]
    return raw.decode("utf-16-le")


@given(TEXTS, st.integers(min_value=0), st.integers(min_value=0), TEXTS)
def test_a_splice_is_what_it_would_be_on_a_string(text: str, at: int, count: int, inserted: str) -> None:
    replica = REPLICAS.empty(5)
    replica.splice(0, 0, text)
    start = at % (len(text) + 1)
    end = min(len(text), start + count % 9)
    position, removed = units16(text[:start]), units16(text[start:end])
    replica.splice(position, removed, inserted)
    assert replica.text() == text[:start] + inserted + text[end:]


@settings(max_examples=30)
@given(st.integers(min_value=0, max_value=2**32))
def test_two_replicas_that_hear_of_each_other_late_converge_and_their_deltas_are_true(seed: int) -> None:
    chance = random.Random(seed)
    one, other = pair("größe = 1 # 😀\r\nzweite 日本\n")
    waiting: dict[PycrdtReplica, list[bytes]] = {one: [], other: []}
    for _ in range(60):
        writer, reader = chance.sample((one, other), 2)
        made = random_edit(writer, chance)
        if made:
            waiting[reader].append(made)
        if chance.random() < 0.4:
            shown = reader.text()
            for late in waiting[reader]:
                shown = changed(shown, list(reader.apply(late)))
            waiting[reader].clear()
            assert shown == reader.text()
    for replica, late_updates in waiting.items():
        for late in late_updates:
            replica.apply(late)
    assert one.text() == other.text()
    assert REPLICAS.load(3, one.full_update()).text() == one.text()


@given(TEXTS, TEXTS)
def test_replacing_all_gives_the_new_text_on_both_sides(old: str, new: str) -> None:
    one, other = pair(old)
    update = one.replace_all(new)
    if update:
        other.apply(update)
    assert one.text() == other.text() == new


def test_replacing_all_by_the_same_text_makes_no_update() -> None:
    assert pair("same 😀\n")[0].replace_all("same 😀\n") == b""


def test_line_ends_nul_and_halves_of_characters_are_mended() -> None:
    replica = REPLICAS.empty(5)
    replica.splice(0, 0, "a\r\nb\rc\0d\ud83d\ude00e\ud800")
    assert replica.text() == "a\nb\ncd😀e\ufffd"


@pytest.mark.parametrize(("position", "removed"), [(-1, 0), (0, -1), (5, 0), (2, 9)])
def test_a_splice_outside_the_text_is_the_callers_mistake(position: int, removed: int) -> None:
    with pytest.raises(LocalProtocolError):
        pair("abcd")[0].splice(position, removed, "x")


def test_undo_takes_back_own_edits_only() -> None:
    one, other = pair("base\n")
    other.apply(one.splice(5, 0, "mine\n"))
    one.apply(other.splice(0, 0, "theirs\n"))
    update, deltas = one.undo()
    assert one.text() == "theirs\nbase\n" or one.text() == "theirs\n"
    assert deltas
    other.apply(update)
    assert other.text() == one.text()
    other.apply(one.redo()[0])
    assert other.text() == one.text()


def typed(replica: PycrdtReplica, position: int, text: str) -> int:
    """Type one character after the other without a pause; return where the caret is then."""
    for letter in text:
        replica.splice(position, 0, letter)
        position += units16(letter)
    return position


def test_undo_takes_back_what_was_typed_line_by_line() -> None:
    one, _ = pair("")
    typed(one, 0, "first\nsecond 🙂\nthird")
    for left in ("first\nsecond 🙂\n", "first\n", ""):
        one.undo()
        assert one.text() == left
    for back in ("first\n", "first\nsecond 🙂\n"):
        one.redo()
        assert one.text() == back


def test_a_new_line_with_its_indentation_ends_a_step() -> None:
    one, _ = pair("")
    caret = typed(one, 0, "if x:")
    one.splice(caret, 0, "\n    ")
    typed(one, caret + 5, "go()")
    one.undo()
    assert one.text() == "if x:\n    "


def test_undo_takes_back_typing_elsewhere_and_deleting_apart() -> None:
    one, _ = pair("abc def")
    caret = typed(one, 3, "xy")
    typed(one, 0, "123")
    for at in range(caret + 2, caret - 1, -1):
        one.splice(at, 1, "")
    assert one.text() == "123ab def"
    for left in ("123abcxy def", "abcxy def", "abc def"):
        one.undo()
        assert one.text() == left


def test_what_is_typed_after_an_undo_is_a_step_of_its_own() -> None:
    one, _ = pair("")
    typed(one, 0, "one\ntwo")
    one.undo()
    typed(one, 4, "three")
    one.undo()
    assert one.text() == "one\n"
    one.undo()
    assert one.text() == ""


def test_undo_with_nothing_to_undo_is_nothing() -> None:
    _, other = pair("base\n")
    assert other.undo() == (b"", [])


@given(TEXTS, st.integers(min_value=0), st.integers(min_value=0), TEXTS)
def test_a_caret_sticks_to_its_character(text: str, at: int, other_at: int, inserted: str) -> None:
    one, other = pair(text)
    index = at % (len(text) + 1)
    caret = one.caret_at(units16(text[:index]))
    where = other_at % (len(text) + 1)
    update = other.splice(units16(text[:where]), 0, inserted)
    if update:
        one.apply(update)
    moved = index + len(inserted) if where <= index else index
    if index == len(text):
        moved = len(one.text())
    assert one.position_of(caret) == units16(one.text()[:moved])


@settings(max_examples=25)
@given(st.integers(min_value=0, max_value=2**32))
def test_every_caret_means_the_same_place_in_another_replica_of_the_text(seed: int) -> None:
    chance = random.Random(seed)
    one, other = pair("größe 😀 日本\n")
    for _ in range(25):
        writer, reader = chance.sample((one, other), 2)
        update = random_edit(writer, chance)
        if update:
            reader.apply(update)
    fresh = REPLICAS.load(3, one.full_update())
    for index in range(len(one.text())):
        position = units16(one.text()[:index])
        caret = one.caret_at(position)
        assert (other.position_of(caret), fresh.position_of(caret)) == (position, position)


@pytest.mark.parametrize("caret", [Caret(), Caret(99, 5), Caret(11, 10_000), Caret(11, -1), Caret(2**60, 2**60)])
def test_a_caret_at_what_is_not_there_is_the_end(caret: Caret) -> None:
    assert pair("text")[0].position_of(caret) == 4


@pytest.mark.parametrize("data", [b"", b"\xff" * 20, b"\x01\x01\x01", b"\x00"])
def test_what_is_no_update_raises_the_peers_error_and_changes_nothing(data: bytes) -> None:
    replica = pair("text")[0]
    for refuse in (replica.apply, replica.absorb, lambda state: REPLICAS.load(3, state or b"\x01")):
        with pytest.raises(RemoteProtocolError):
            refuse(data)
    assert replica.text() == "text"


@pytest.mark.parametrize("data", [b"", b"\xff" * 20, b"\x05\x01"])
def test_what_is_no_state_vector_raises_the_peers_error(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        pair("text")[0].update_since(data)


def test_an_update_since_brings_another_replica_up_to_date() -> None:
    one, other = pair("base\n")
    one.splice(5, 0, "more 😀\n")
    other.apply(one.update_since(other.state_vector()))
    assert other.text() == "base\nmore 😀\n"


@given(st.lists(st.tuples(st.integers(min_value=0), st.integers(0, 9), TEXTS), max_size=30))
def test_the_rope_counts_as_the_string_does(edits: list[tuple[int, int, str]]) -> None:
    rope, text = OffsetRope("start 😀 é\n"), "start 😀 é\n"
    for at, count, inserted in edits:
        start = at % (len(text) + 1)
        end = min(len(text), start + count)
        before = len(text[:start].encode())
        gone = rope.splice8(before, len(text[start:end].encode()), inserted)
        assert gone == units16(text[start:end])
        text = text[:start] + inserted + text[end:]
        assert rope.text() == text
        assert (rope.length8, rope.length16) == (len(text.encode()), units16(text))
        assert rope.to8(units16(text[:start])) == before
        assert rope.to16(before) == units16(text[:start])


def test_a_long_rope_finds_its_offsets_over_many_chunks() -> None:
    text = "äöü 😀 line of a long text\n" * 5_000
    rope = OffsetRope(text)
    index = 71_234
    assert rope.to8(units16(text[:index])) == len(text[:index].encode())
    assert rope.to16(len(text[:index].encode())) == units16(text[:index])
    rope.splice8(len(text[:index].encode()), len(text[index : index + 20_000].encode()), "x" * 50_000)
    assert rope.text() == text[:index] + "x" * 50_000 + text[index + 20_000 :]
