"""Host and guests edit together: every text, and the file on disk, ends up the same."""

import random
from pathlib import Path

import pytest

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.domain.events import DocumentReset, FileSaved, FilesChanged, FileTrouble
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import FileRefused, UsageError
from tests.fakes.store import MemoryStore
from tests.services.document_room import FOLDER, Window, a_room

TRAIN = FOLDER / "train.py"


async def test_an_edit_of_a_guest_reaches_the_hosts_file() -> None:
    async with a_room() as room:
        await room.share("train.py", b"lr = 0.1\n")
        window = await room.join("kestrel").window("train.py")
        await window.type(9, "steps = 5\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"lr = 0.1\nsteps = 5\n")
        assert [event.file for event in room.facts.of(FileSaved)] == ["train.py"]


async def test_an_edit_of_the_host_reaches_every_guest_and_is_no_edit_of_somebody_else() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        windows = [await room.join(name).window("train.py") for name in ("kestrel", "heron")]
        seed = await room.host.open_replica(file_id)

        own = Window(room.host, room.facts, file_id)
        await own.open()
        assert seed.may_edit
        await own.type(0, "zero\n")
        await room.until(lambda: all(window.text() == "zero\none\n" for window in windows))
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\n")
        assert room.facts.of(FileSaved) == []


async def test_everybody_converges_after_a_storm_of_edits_in_one_place() -> None:
    chance = random.Random(11)
    async with a_room() as room:
        file_id = await room.share("train.py", "größe = 1  # 😀\n".encode())
        windows = [await room.join(name).window("train.py") for name in ("a", "b", "c")]

        own = Window(room.host, room.facts, file_id)
        await own.open()
        windows.append(own)
        for _ in range(200):
            window = chance.choice(windows)
            length = len(window.text().encode("utf-16-le")) // 2
            position = min(length, chance.randrange(12))
            removed = min(length - position, chance.randrange(3))
            await window.type(position, chance.choice(["x", "😀", "é\n", "👩‍👧", ""]), removed=removed)
            if chance.random() < 0.2:
                await room.clock.run_for(ms=30)
        await room.calm()
        await room.until(lambda: len({window.text() for window in windows}) == 1)
        await room.until(lambda: room.disk.contents[TRAIN] == own.text().encode())
        assert [guest.refused for guest in room.guests.values()] == [[], [], []]


async def test_two_people_writing_in_one_place_both_keep_their_words() -> None:
    async with a_room() as room:
        await room.share("train.py", b"")
        one, other = [await room.join(name).window("train.py") for name in ("a", "b")]
        await one.type(0, "hello ")
        await other.type(0, "world ")
        await room.until(lambda: one.text() == other.text() and len(one.text()) == 12)
        assert sorted(one.text().split()) == ["hello", "world"]


async def test_carriage_returns_stay_in_the_file_and_out_of_the_text() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\r\ntwo\r\n")
        window = await room.join("kestrel").window("train.py")
        assert window.text() == "one\ntwo\n"
        await window.type(8, "three\r\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"one\r\ntwo\r\nthree\r\n")


async def test_a_program_that_empties_the_file_before_it_writes_takes_nobodys_text_away() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\ntwo\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        seen: list[str] = []
        guest.facts.listeners.append(lambda _: seen.append(window.text()))
        room.disk.change(TRAIN, b"")
        await room.clock.run_for(ms=60)
        room.disk.change(TRAIN, b"one\ntwo\nthree\n")
        await room.until(lambda: window.text() == "one\ntwo\nthree\n")
        await room.calm()
        assert "" not in seen


async def test_an_edit_made_while_another_program_empties_the_file_keeps_its_place() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\ntwo\n")
        window = await room.join("kestrel").window("train.py")
        room.disk.contents[TRAIN] = b""
        await window.type(4, "kestrel\n")
        await room.clock.run_for(ms=400)
        room.disk.contents[TRAIN] = b"one\ntwo\nthree\n"
        await room.until(lambda: room.disk.contents[TRAIN] == b"one\nkestrel\ntwo\nthree\n")
        await room.until(lambda: window.text() == "one\nkestrel\ntwo\nthree\n")


async def test_a_file_that_stays_empty_is_empty_for_everybody() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        window = await room.join("kestrel").window("train.py")
        room.disk.change(TRAIN, b"")
        await room.until(lambda: not window.text())


async def test_a_change_of_another_program_is_merged_into_everybodys_text() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\ntwo\nthree\n")
        window = await room.join("kestrel").window("train.py")
        await window.type(0, "zero\n")
        room.disk.change(TRAIN, b"one\ntwo\nthree\nfour\n")
        await room.until(lambda: window.text() == "zero\none\ntwo\nthree\nfour\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\ntwo\nthree\nfour\n")


async def test_a_change_that_nobody_reported_is_not_overwritten() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        window = await room.join("kestrel").window("train.py")
        room.disk.contents[TRAIN] = b"one\ntwo\n"
        await window.type(0, "zero\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\ntwo\n")
        await room.until(lambda: window.text() == "zero\none\ntwo\n")


async def test_the_text_from_before_the_first_guest_edit_can_be_compared_and_restored() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\r\ntwo\r\n")
        window = await room.join("kestrel").window("train.py")
        await window.type(0, "three\n", removed=8)
        await room.until(lambda: room.disk.contents[TRAIN] == b"three\r\n")
        await window.type(0, "more\n")
        await room.calm()
        assert await room.host.original_text(file_id) == "one\ntwo\n"
        assert "+three\n" in await room.host.difference(file_id)
        await room.host.restore(file_id)
        await room.until(lambda: room.disk.contents[TRAIN] == b"one\r\ntwo\r\n")
        await room.until(lambda: window.text() == "one\ntwo\n")


async def test_a_vanished_file_costs_nobody_the_text_and_can_be_saved_again() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        window = await room.join("kestrel").window("train.py")
        room.disk.vanish(TRAIN)
        await room.until(lambda: room.host.files()[0].problem == "file.vanished")
        await window.type(0, "zero\n")
        await room.calm()
        assert TRAIN not in room.disk.contents
        assert [event.code for event in room.facts.of(FileTrouble)] == ["file.vanished"]
        await room.host.save_again(file_id)
        assert room.disk.contents[TRAIN] == b"zero\none\n"
        assert room.host.files()[0].problem == ""


@pytest.mark.parametrize(
    ("content", "code"), [(b"\0\1", "file.binary"), (b"\xff\xfeabc", "file.encoding"), (b"x" * 3_000_000, "file.big")]
)
async def test_a_file_that_turns_unfit_is_left_alone_and_the_text_lives_on(content: bytes, code: str) -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        window = await guest.window("train.py")
        room.disk.change(TRAIN, content)
        await room.until(lambda: room.host.files()[0].problem == code)
        await window.type(0, "zero\n")
        await room.calm()
        assert room.disk.contents[TRAIN] == content
        assert guest.documents.files()[0].problem == code
        room.disk.change(TRAIN, b"one\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\n")
        assert room.host.files()[0].problem == ""


async def test_a_file_that_cannot_be_written_is_tried_again() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        window = await room.join("kestrel").window("train.py")
        room.disk.unwritable.add(TRAIN)
        await window.type(0, "zero\n")
        await room.until(lambda: room.host.files()[0].problem == "file.unwritable")
        room.disk.unwritable.clear()
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\n")


@pytest.mark.parametrize("content", [b"\0", b"\xff\xfe", b"x" * 3_000_000])
async def test_what_is_no_text_is_not_shared_at_all(content: bytes) -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        room.disk.contents[FOLDER / "bad"] = content
        room.disk.contents[FOLDER / "good"] = b"fine"
        with pytest.raises(FileRefused):
            await room.host.share([FOLDER / "good", FOLDER / "bad"])
        assert [file.path for file in room.host.files()] == ["train.py"]


async def test_a_folder_stands_for_the_text_files_in_it() -> None:
    async with a_room() as room:
        for name in ("project/a.py", "project/src/b.py"):
            room.disk.contents[FOLDER / name] = b"text\n"
        room.disk.contents[FOLDER / "project/logo.png"] = b"\0png"
        await room.host.share([FOLDER / "project"])
        assert [file.path for file in room.host.files()] == ["project/a.py", "project/src/b.py"]
        assert room.host.folder == str(FOLDER)


async def test_too_many_files_are_refused_with_nothing_shared() -> None:
    async with a_room() as room:
        for number in range(301):
            room.disk.contents[FOLDER / f"many/{number}.txt"] = b""
        with pytest.raises(UsageError):
            await room.host.share([FOLDER / "many"])
        assert room.host.files() == ()


async def test_two_files_of_one_name_are_told_apart() -> None:
    async with a_room() as room:
        for name in ("one/train.py", "/elsewhere/two/train.py"):
            room.disk.contents[FOLDER / name] = name.encode()
        await room.host.share([FOLDER / "one/train.py"])
        await room.host.share([Path("/elsewhere/two/train.py")])
        assert [file.path for file in room.host.files()] == ["train.py", "two/train.py"]


async def test_sharing_a_file_twice_changes_nothing() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        assert await room.host.share([TRAIN]) == ()
        assert len(room.host.files()) == 1


async def test_a_file_added_or_taken_away_while_running_is_seen_by_guests() -> None:
    async with a_room() as room:
        first = await room.share("train.py", b"one\n")
        guest = room.join("kestrel")
        await guest.window("train.py")
        await room.share("eval.py", b"two\n")
        await room.until(lambda: [file.path for file in guest.documents.files()] == ["train.py", "eval.py"])
        await room.host.unshare(first)
        await room.until(lambda: [file.path for file in guest.documents.files()] == ["eval.py"])
        assert guest.facts.of(FilesChanged)


async def test_what_a_guest_wrote_last_is_saved_when_the_file_is_taken_away() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        window = await room.join("kestrel").window("train.py")
        await window.type(0, "zero\n")
        await room.until(lambda: room.host.path_of(file_id) != "" and room.disk.contents[TRAIN] != b"one\n")
        await window.type(0, "minus\n")
        await room.clock.run_for(ms=60)
        await room.host.unshare(file_id)
        assert room.disk.contents[TRAIN] == b"minus\nzero\none\n"


async def test_a_guest_sees_which_files_it_may_edit_and_learns_of_a_change() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        guest = room.join("kestrel", may_edit=False)
        await room.until(lambda: bool(guest.documents.files()))
        assert not guest.documents.files()[0].may_edit
        room.host.guest_access(guest.key, may_edit=True)
        await room.until(lambda: guest.documents.files()[0].may_edit)


async def test_asking_for_an_unknown_file_is_the_callers_mistake() -> None:
    async with a_room() as room:
        with pytest.raises(UsageError):
            await room.host.open_replica(FileId(bytes(16)))


async def test_a_store_that_fails_for_a_while_costs_nobody_an_edit() -> None:
    store = MemoryStore()
    async with a_room(store=store) as room:
        await room.share("train.py", b"one\n")
        guest, other = room.join("kestrel"), room.join("heron")
        window, watcher = await guest.window("train.py"), await other.window("train.py")
        store.is_broken = True
        await window.type(0, "zero\n")
        await room.until(lambda: "store.unavailable" in guest.refused)
        await room.calm()
        store.is_broken = False
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\n")
        await window.refresh(room)
        await watcher.refresh(room)
        await room.until(lambda: window.text() == watcher.text() == "zero\none\n")
        await window.type(0, "minus\n")
        await room.until(lambda: watcher.text() == "minus\nzero\none\n")


async def test_what_the_host_types_while_the_store_fails_is_kept_when_it_is_back() -> None:
    store = MemoryStore()
    async with a_room(store=store) as room:
        file_id = await room.share("train.py", b"one\n")
        watcher = await room.join("kestrel").window("train.py")
        own = Window(room.host, room.facts, file_id)
        await own.open()
        store.is_broken = True
        await own.type(0, "zero\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\n")
        store.is_broken = False
        await room.until(lambda: room.guests[next(iter(room.guests))].facts.of(DocumentReset) != [])
        await watcher.refresh(room)
        await room.until(lambda: watcher.text() == "zero\none\n")
        await room.restart_host()
        assert room.host.files()[0].problem == ""


async def test_a_report_older_than_the_last_write_takes_nothing_back() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        window = await room.join("kestrel").window("train.py")
        room.disk.change(TRAIN, b"one\noutside\n")
        stale = room.disk.held_back()
        await window.type(0, "zero\n")
        await room.until(lambda: room.disk.contents[TRAIN] == b"zero\none\noutside\n")
        room.disk.tell(stale)
        await room.calm()
        assert window.text() == "zero\none\noutside\n"
        assert room.disk.contents[TRAIN] == b"zero\none\noutside\n"


async def test_more_text_than_the_memory_is_for_is_refused_with_nothing_shared() -> None:
    async with a_room() as room:
        for number in range(36):
            room.disk.contents[FOLDER / f"many/{number}.txt"] = b"x" * 1_900_000
        with pytest.raises(UsageError) as refused:
            await room.host.share([FOLDER / "many"])
        assert refused.value.key == "files.many"
        assert room.host.files() == ()


class WatchedStore(MemoryStore):
    """Looks, whenever a base for merging is kept, whether the text that holds it is kept already."""

    def __init__(self) -> None:
        super().__init__()
        self.bases: list[tuple[str, str]] = []
        """Each base, and the text that a host would take up if it was killed right then."""

    async def set_saved_text(self, file_id: FileId, text: str) -> None:
        row = await self.document(file_id)
        assert row is not None
        state = PycrdtReplicas().merge((row.state, *row.updates))
        self.bases.append((text, PycrdtReplicas().load(1, state).text()))
        await super().set_saved_text(file_id, text)


async def test_a_host_killed_between_text_and_base_takes_no_line_of_another_program_back() -> None:
    store = WatchedStore()
    async with a_room(store=store) as room:
        await room.share("train.py", b"one\n")
        for lines in (b"one\ntwo\n", b"one\ntwo\nthree\n"):
            room.disk.change(TRAIN, lines)
            await room.until(lambda lines=lines: bool(store.bases) and store.bases[-1][0].encode() == lines)
        assert [base for base, _ in store.bases] == [text for _, text in store.bases]
