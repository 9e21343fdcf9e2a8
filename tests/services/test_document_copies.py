"""A guest's copies survive breaks, restarts of the host, lost states and refusals."""

import pytest

from horizon_desktop.domain.events import DocumentReset
from horizon_desktop.errors import AccessRefused, LinkLost, LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.payloads.edits import Opened, Resync, Update
from tests.fakes.store import MemoryStore
from tests.services.document_room import FOLDER, Window, a_room

TRAIN = FOLDER / "train.py"


async def test_what_is_typed_while_the_link_is_down_arrives_when_it_is_back() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        guest.is_up.clear()
        await window.type(0, "offline\n")
        await room.calm()
        assert room.disk.contents[TRAIN] == b"one\n"
        guest.is_up.set()
        await room.until(lambda: room.disk.contents[TRAIN] == b"offline\none\n")


async def test_edits_survive_a_killed_host_on_both_sides() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest, other = room.join("kestrel"), room.join("heron")
        window, watcher = await guest.window("train.py"), await other.window("train.py")
        await window.type(4, "acknowledged\n")
        await room.until(lambda: watcher.text() == "one\nacknowledged\n")
        guest.is_up.clear()
        await window.type(0, "on its way\n")
        await room.calm()
        guest.is_up.set()
        await room.restart_host()
        await room.until(lambda: room.disk.contents[TRAIN] == b"on its way\none\nacknowledged\n")
        await window.refresh(room)
        await watcher.refresh(room)
        await room.until(lambda: window.text() == watcher.text() == "on its way\none\nacknowledged\n")
        assert len(guest.facts.of(DocumentReset)) == 1


async def test_a_host_keeps_its_epoch_over_a_restart() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        window = await room.join("kestrel").window("train.py")
        before = window.epoch
        await window.type(0, "zero\n")
        await room.calm()
        await room.restart_host()
        await room.until(lambda: len(room.guests[next(iter(room.guests))].facts.of(DocumentReset)) == 1)
        await window.refresh(room)
        assert window.epoch == before
        assert window.text() == "zero\none\n"


async def test_the_file_changed_while_the_host_was_down_and_both_changes_are_kept() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\ntwo\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        await window.type(0, "zero\n")
        await room.calm()
        guest.is_up.clear()
        await window.type(0, "minus\n")
        room.disk.contents[TRAIN] = b"zero\none\ntwo\nthree\n"
        guest.is_up.set()
        await room.restart_host()
        await room.until(lambda: room.disk.contents[TRAIN] == b"minus\nzero\none\ntwo\nthree\n")


class ForgetfulStore(MemoryStore):
    """A store that lost the texts of documents, and nothing else."""

    has_lost = False

    async def document(self, file_id):  # type: ignore[no-untyped-def]
        return None if self.has_lost else await super().document(file_id)


async def test_a_host_that_lost_its_state_starts_a_new_epoch_and_nobody_loses_text() -> None:
    store = ForgetfulStore()
    async with a_room(store=store) as room:
        await room.share("train.py", b"one\ntwo\n")
        guest, other = room.join("kestrel"), room.join("heron")
        window, watcher = await guest.window("train.py"), await other.window("train.py")
        before = window.epoch
        await window.type(0, "saved\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"saved\none\ntwo\n")
        guest.is_up.clear()
        await window.type(len(window.text()), "unsent\n")
        store.has_lost = True
        guest.is_up.set()
        await room.restart_host()
        store.has_lost = False
        await room.until(lambda: room.disk.contents[TRAIN] == b"saved\none\ntwo\nunsent\n")
        await window.refresh(room)
        await watcher.refresh(room)
        assert window.epoch != before
        await room.until(lambda: window.text() == watcher.text() == "saved\none\ntwo\nunsent\n")


async def test_a_guest_killed_and_back_gets_the_text_and_fresh_ids() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        first = await room.join("kestrel").window("train.py")
        await first.type(0, "zero\n")
        await room.calm()
        again = await room.join("kestrel").window("train.py")
        assert again.text() == "zero\none\n"
        assert again.replica.client_id != first.replica.client_id
        await again.type(0, "back\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"back\nzero\none\n")


async def test_a_paste_of_a_megabyte_goes_in_messages_below_the_limit() -> None:
    async with a_room() as room:
        await room.share("train.py", b"head\ntail\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        paste = "größer 😀 line of a paste\n" * 40_000
        await window.type(5, paste)
        expected = f"head\n{paste}tail\n".encode()
        await room.until(lambda: room.disk.contents[TRAIN] == expected)
        await window.type(5, "after\n")
        await room.until(lambda: room.disk.contents[TRAIN].startswith(b"head\nafter\n"))
        assert guest.refused == []


async def test_a_large_file_is_replaced_without_counting_twice() -> None:
    async with a_room() as room:
        old = "x" * 79 + "\n"
        await room.share("train.py", (old * 20_000).encode())
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        new = ("y" * 79 + "\n") * 20_000
        await window.type(0, new, removed=len(window.text()))
        await room.until(lambda: room.disk.contents[TRAIN] == new.encode())
        assert guest.refused == []


async def test_a_paste_over_the_limit_of_a_shared_text_is_refused_and_taken_back() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        await window.type(0, "z" * 2_200_000)
        await room.until(lambda: "file.big" in guest.refused)
        await room.calm()
        await window.refresh(room)
        assert len(window.text()) <= 2 * 1024 * 1024
        await room.until(lambda: room.disk.contents[TRAIN].decode() == window.text())


async def test_a_text_larger_than_a_message_arrives_whole() -> None:
    async with a_room() as room:
        content = "".join(f"line {number} äöü\n" for number in range(60_000))
        file_id = await room.share("train.py", content.encode())
        window = await room.join("kestrel").window("train.py")
        assert window.text() == content
        own = Window(room.host, room.facts, file_id)
        await own.open()
        await own.type(0, content[:500_000])
        await room.until(lambda: window.text() == content[:500_000] + content)


async def test_somebody_who_may_only_watch_is_told_so_and_changes_nothing() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel", may_edit=False)
        window = await guest.window("train.py")
        with pytest.raises(AccessRefused):
            await window.type(0, "zero\n")
        await window.refresh(room)
        assert window.text() == "one\n"
        assert room.disk.contents[TRAIN] == b"one\n"


async def test_edits_refused_for_the_role_are_not_tried_again() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        guest.may_edit = False
        await window.type(0, "zero\n")
        await room.until(lambda: guest.refused == ["edit.view"])
        guest.may_edit = True
        await room.calm()
        await window.refresh(room)
        assert window.text() == "one\n"
        assert guest.refused == ["edit.view"]


async def test_letters_typed_into_an_editor_that_has_not_heard_of_the_reset_are_kept() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        await room.restart_host()
        await room.until(lambda: len(guest.facts.of(DocumentReset)) == 1)
        await window.type(0, "late\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"late\none\n")
        await window.refresh(room)
        assert window.text() == "late\none\n"


async def test_a_second_editor_of_one_file_never_writes_under_the_first_ones_id() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        first = await guest.window("train.py")
        second = await guest.window("train.py")
        assert first.replica.client_id != second.replica.client_id


async def test_an_editor_closed_and_opened_again_goes_on() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        await window.type(0, "a\n")
        await guest.documents.close_replica(file_id)
        await room.calm()
        again = await guest.window("train.py")
        await again.type(0, "b\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"b\na\none\n")
        assert guest.refused == []


async def test_a_text_that_never_arrives_is_not_waited_for_for_ever() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        await room.until(lambda: bool(guest.documents.files()))
        guest.is_up.clear()
        with pytest.raises(ExceptionGroup) as failed:
            await guest.window("train.py")
        assert failed.group_contains(LinkLost)


async def test_a_missed_update_is_noticed_and_fetched() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        writer, reader = room.join("kestrel"), room.join("heron")
        window, watcher = await writer.window("train.py"), await reader.window("train.py")
        await window.type(0, "lost ")
        await room.clock.run_for(ms=5)
        await room.clock.settle()
        room.guests[reader.key].is_up.clear()
        await room.clock.run_for(ms=60)
        reader.forget_waiting()
        reader.is_up.set()
        await window.type(0, "later ")
        await room.until(lambda: bool(reader.facts.of(DocumentReset)) or watcher.text() == "later lost one\n")
        await watcher.refresh(room)
        await room.until(lambda: watcher.text() == "later lost one\n")


async def test_pieces_out_of_order_break_the_protocol() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        await guest.window("train.py")
        for part, parts in ((1, 2), (0, 0), (5, 2), (0, 100_000)):
            with pytest.raises(RemoteProtocolError):
                await guest.documents.from_host(Opened(file_id, b"e" * 16, 1, part, parts, b"", b"", 2))


async def test_a_broken_update_of_the_host_raises_the_peers_error_and_nothing_else() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        with pytest.raises(RemoteProtocolError):
            await guest.documents.from_host(Update(file_id, window.epoch, b"\x01\x01\x05"))
        assert window.text() == "one\n"


async def test_a_resync_for_a_file_that_is_not_open_is_nothing() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        await guest.documents.from_host(Resync(file_id, "edit.clock"))
        assert guest.documents.unsent() == 0


async def test_an_edit_for_a_document_that_is_not_open_is_the_windows_mistake() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        await room.until(lambda: bool(guest.documents.files()))
        with pytest.raises(LocalProtocolError):
            await guest.documents.apply_local(file_id, b"", b"\x00\x00")


@pytest.mark.parametrize("rule", ["token.expired", "rate.exceeded"])
async def test_an_edit_that_the_links_gate_stopped_for_a_while_is_put_in_again(rule: str) -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        guest.is_stopped_by_gate = True
        await window.type(0, "zero\n")
        await room.clock.run_for(ms=50)
        guest.is_stopped_by_gate = False
        guest.documents.refused(rule)
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\n")


async def test_an_edit_that_the_links_gate_forbids_is_taken_back() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        guest.is_stopped_by_gate = True
        await window.type(0, "zero\n")
        await room.clock.run_for(ms=50)
        guest.is_stopped_by_gate = False
        guest.documents.refused("type.forbidden")
        await room.until(lambda: bool(guest.facts.of(DocumentReset)))
        await window.refresh(room)
        assert window.text() == "one\n"


async def test_a_rule_of_the_documents_themselves_is_not_taken_for_the_links() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        await guest.window("train.py")
        guest.documents.refused("edit.clock")
        await room.calm()
        assert guest.facts.of(DocumentReset) == []
