"""Attack 25 and its kin: a guest's updates that are huge, deep, slow on purpose, or made in somebody else's name."""

import pytest

from horizon_desktop.domain.collaboration.channel import DataType
from horizon_desktop.domain.instants import Now
from horizon_desktop.protocol.payloads.codec import encode
from horizon_desktop.protocol.payloads.edit_rules import EditLimits
from horizon_desktop.protocol.payloads.edits import Open, Resync, Update
from horizon_desktop.protocol.payloads.lib0 import encode_integer
from tests.fakes.clock import FakeClock
from tests.protocol.payloads.text_writers import deletion, item, update
from tests.services.document_room import FOLDER, START, Guest, Room, Window, a_room

TRAIN = FOLDER / "train.py"
TEXT = "one two 😀 three\n"


async def victim_and_attacker(room: Room) -> tuple[Window, Guest, Window]:
    """A document that two have open; the second one turns evil."""
    await room.share("train.py", TEXT.encode())
    victim = await room.join("victim").window("train.py")
    attacker = room.join("attacker")
    return victim, attacker, await attacker.window("train.py")


async def refusal(room: Room, attacker: Guest, window: Window, data: bytes) -> str:
    """Send an update past the attacker's own program; return the rule it is refused by."""
    message = Update(attacker.file_id("train.py"), window.epoch, data)
    return await attacker.offer(DataType.EDIT, encode(message))


async def test_an_update_under_somebody_elses_client_id_changes_nothing() -> None:
    async with a_room() as room:
        victim, attacker, window = await victim_and_attacker(room)
        other = victim.replica.client_id
        assert await refusal(room, attacker, window, update(other, 0, [item("stolen")])) == "edit.author"
        await victim.type(0, "still mine ")
        await room.until(lambda: room.disk.contents[TRAIN] == f"still mine {TEXT}".encode())


async def test_the_hosts_own_client_id_cannot_be_used_either() -> None:
    async with a_room() as room:
        victim, attacker, window = await victim_and_attacker(room)
        host_id = victim.replica.caret_at(0).client
        clock = len(TEXT.encode("utf-16-le")) // 2
        assert await refusal(room, attacker, window, update(host_id, clock, [item("x", (host_id, 0))])) == "edit.author"
        assert victim.text() == TEXT


async def test_units_written_twice_under_one_id_are_refused() -> None:
    async with a_room() as room:
        victim, attacker, window = await victim_and_attacker(room)
        own = window.replica.client_id
        assert await refusal(room, attacker, window, update(own, 0, [item("first ")])) == ""
        assert await refusal(room, attacker, window, update(own, 0, [item("other ")])) == "edit.clock"
        await room.until(lambda: victim.text().count("first ") == 1)
        assert "other" not in victim.text()


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda own, host: update(own, 5, [item("gap")]), "edit.clock"),
        (lambda own, host: update(own, 0, [item("x", (host, 10_000))]), "edit.origin"),
        (lambda own, host: update(own, 0, [item("x", (own, 0))]), "edit.origin"),
        (lambda own, host: update(own, 0, [item("x", None, (424242, 0))]), "edit.origin"),
        (lambda own, host: update(own, 0, [item("x", (host, 5), (host, 2))]), "edit.origin"),
        (lambda own, host: update(own, 0, [item("x", (host, 5), (host, 5))]), "edit.origin"),
        (lambda own, host: update(own, 0, [item("x", (host, 8))]), "edit.split"),
        (lambda own, host: update(own, 0, [item("x", None, (host, 9))]), "edit.split"),
        (lambda own, host: b"\x00" + deletion(host, 9, 1), "edit.split"),
        (lambda own, host: b"\x00" + deletion(host, 8, 1), "edit.split"),
        (lambda own, host: b"\x00" + deletion(host, 10, 10_000), "edit.delete"),
        (lambda own, host: b"\x00" + deletion(424242, 0, 1), "edit.delete"),
        (lambda own, host: b"\x00" + deletion(host, 2**52, 2**52), "edit.delete"),
        (lambda own, host: update(own, 0, [item("x")]) + b"\x00", "edit.form"),
        (lambda own, host: update(own, 0, [item("[" * 5_000, kind=8)]), "edit.content"),
        (lambda own, host: update(own, 0, [item("x", kind=7)]), "edit.content"),
        (lambda own, host: update(own, 0, [item("x", root="other root")]), "edit.parent"),
        (lambda own, host: update(own, 0, [item("x")] * 20_001), "edit.size"),
        (lambda own, host: b"\x01" + encode_integer(2**40) + encode_integer(own) + b"\x00", "edit.size"),
        (lambda own, host: b"", "edit.form"),
    ],
)
async def test_what_no_honest_editor_sends_is_refused_and_changes_nothing(make: object, rule: str) -> None:
    async with a_room() as room:
        victim, attacker, window = await victim_and_attacker(room)
        host_id = victim.replica.caret_at(0).client
        assert callable(make)
        data = make(window.replica.client_id, host_id)
        assert await refusal(room, attacker, window, data) == rule
        await room.calm()
        assert room.disk.contents[TRAIN] == TEXT.encode()
        assert victim.text() == TEXT
        resyncs = [key for key in attacker.refused if key == rule]
        assert resyncs == [rule]


async def test_an_update_larger_than_its_message_is_refused_by_its_size() -> None:
    async with a_room() as room:
        _, attacker, window = await victim_and_attacker(room)
        body = b"\x94\x05" + b"\xc4\x10" + attacker.file_id("train.py") + b"\xc4\x10" + window.epoch
        data = update(window.replica.client_id, 0, [item("x" * 262_000)])
        assert await attacker.offer(DataType.EDIT, body + b"\xc5\xff\xff" + data[:65_535]) != ""
        assert await attacker.offer(DataType.EDIT, bytes(300 * 1024)) == "message.oversize"


async def test_an_edit_sent_as_a_document_message_is_refused() -> None:
    async with a_room() as room:
        _, attacker, window = await victim_and_attacker(room)
        data = update(window.replica.client_id, 0, [item("x")])
        body = encode(Update(attacker.file_id("train.py"), window.epoch, data))
        assert await attacker.offer(DataType.DOCUMENT, body) == "message.type"
        assert room.disk.contents[TRAIN] == TEXT.encode()


async def test_a_modified_guest_that_may_only_watch_changes_nothing() -> None:
    async with a_room() as room:
        _, attacker, window = await victim_and_attacker(room)
        attacker.may_edit = False
        room.host.guest_access(attacker.key, may_edit=False)
        data = update(window.replica.client_id, 0, [item("x")])
        assert await refusal(room, attacker, window, data) == "edit.view"
        await room.calm()
        assert room.disk.contents[TRAIN] == TEXT.encode()


async def test_a_guest_that_is_out_is_not_heard() -> None:
    async with a_room() as room:
        _, attacker, window = await victim_and_attacker(room)
        room.host.guest_gone(attacker.key)
        data = update(window.replica.client_id, 0, [item("x")])
        assert await refusal(room, attacker, window, data) == "edit.closed"
        assert room.disk.contents[TRAIN] == TEXT.encode()


async def test_a_client_id_given_back_is_never_accepted_again() -> None:
    async with a_room() as room:
        _, attacker, window = await victim_and_attacker(room)
        old = window.replica.client_id
        file_id = attacker.file_id("train.py")
        await attacker.offer(DataType.DOCUMENT, encode(Open(file_id, b"", b"")))
        assert await refusal(room, attacker, window, update(old, 0, [item("x")])) == "edit.stale"


async def test_opening_a_file_over_and_over_is_refused() -> None:
    async with a_room() as room:
        _, attacker, _ = await victim_and_attacker(room)
        body = encode(Open(attacker.file_id("train.py"), b"", b""))
        answers = [await attacker.offer(DataType.DOCUMENT, body) for _ in range(80)]
        assert answers[-1] == "rate.edits"
        assert answers.count("") < 61


def letters(own: int, first: int, count: int) -> list[bytes]:
    """Return structs that go on one after the other."""
    return [item("a", (own, at - 1) if at else None) for at in range(first, first + count)]


async def test_more_structs_a_minute_than_any_person_makes_are_refused() -> None:
    async with a_room(limits=EditLimits(structs_a_minute=500)) as room:
        _, attacker, window = await victim_and_attacker(room)
        own = window.replica.client_id
        assert await refusal(room, attacker, window, update(own, 0, letters(own, 0, 400))) == ""
        assert await refusal(room, attacker, window, update(own, 400, letters(own, 400, 200))) == "rate.edits"


async def test_more_bytes_a_minute_than_any_person_pastes_are_refused() -> None:
    async with a_room(limits=EditLimits(bytes_a_minute=5_000)) as room:
        _, attacker, window = await victim_and_attacker(room)
        data = update(window.replica.client_id, 0, [item("x" * 6_000)])
        assert await refusal(room, attacker, window, data) == "rate.edits"


async def test_a_minutes_share_is_not_won_back_by_reconnecting() -> None:
    async with a_room(limits=EditLimits(structs_a_minute=500)) as room:
        _, attacker, window = await victim_and_attacker(room)
        own = window.replica.client_id
        assert await refusal(room, attacker, window, update(own, 0, letters(own, 0, 400))) == ""
        again = room.join("attacker")
        window = await again.window("train.py")
        own = window.replica.client_id
        assert await refusal(room, again, window, update(own, 0, letters(own, 0, 400))) == "rate.edits"


async def test_a_new_minute_brings_a_new_share() -> None:
    async with a_room(limits=EditLimits(structs_a_minute=500)) as room:
        _, attacker, window = await victim_and_attacker(room)
        own = window.replica.client_id
        assert await refusal(room, attacker, window, update(own, 0, letters(own, 0, 400))) == ""
        room.clock.advance(minutes=1)
        assert await refusal(room, attacker, window, update(own, 400, letters(own, 400, 400))) == ""


async def test_a_history_cannot_be_filled_for_ever() -> None:
    async with a_room(limits=EditLimits(structs_in_all=1_000)) as room:
        _, attacker, window = await victim_and_attacker(room)
        own = window.replica.client_id
        gone = deletion(own, 0, 499)
        assert await refusal(room, attacker, window, update(own, 0, letters(own, 0, 499), gone)) == ""
        gone = deletion(own, 499, 499)
        assert await refusal(room, attacker, window, update(own, 499, letters(own, 499, 499), gone)) == ""
        room.clock.advance(minutes=5)
        assert await refusal(room, attacker, window, update(own, 998, letters(own, 998, 1))) == "edit.history"


class SlowClock(FakeClock):
    """A clock on which everything takes its time: each look at it is `step_ms` later."""

    step_ms = 0

    def now(self) -> Now:
        if self.step_ms:
            self.advance(ms=self.step_ms)
        return super().now()


async def test_an_update_that_is_slow_on_purpose_is_stopped_in_the_middle_and_its_author_waits() -> None:
    async with a_room() as room:
        victim, attacker, window = await victim_and_attacker(room)
        own = window.replica.client_id
        slow = SlowClock(START)
        room.host._clock = slow
        slow.step_ms = 50
        bomb = update(own, 0, [item("b") for _ in range(5_000)])
        assert await refusal(room, attacker, window, bomb) == "rate.edits"
        slow.step_ms = 0
        await room.calm()
        applied = victim.text().count("b")
        assert 0 < applied < 500
        again = Update(attacker.file_id("train.py"), window.epoch, update(own, applied, [item("c")]))
        await attacker.offer(DataType.DOCUMENT, encode(Open(again.file_id, b"", b"")))
        assert await attacker.offer(DataType.EDIT, encode(again)) in {"edit.stale", "rate.edits"}
        await victim.type(0, "V")
        await room.until(lambda: room.disk.contents[TRAIN].decode() == victim.text())


async def test_every_refusal_starts_a_resync_that_leaves_the_attacker_with_the_hosts_text() -> None:
    async with a_room() as room:
        victim, attacker, window = await victim_and_attacker(room)
        bad = update(window.replica.client_id, 3, [item("x")])
        assert await refusal(room, attacker, window, bad) == "edit.clock"
        await room.calm()
        await window.refresh(room)
        assert window.text() == victim.text() == TEXT
        assert not [entry for entry in attacker.facts.events if isinstance(entry, Resync)]


async def test_unknown_channel_messages_for_documents_raise_the_peers_error() -> None:
    async with a_room() as room:
        _, attacker, _ = await victim_and_attacker(room)
        for body in (b"\x91\x63", b"\x92\x02\xc4\x10" + bytes(16), b"\xc0", b"", b"\xdd\xff\xff\xff\xff"):
            assert await attacker.offer(DataType.DOCUMENT, body) == "message.form"
