"""The mirror folder follows the shared files and the shared files follow it; nothing is overwritten unasked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from horizon_desktop.domain.events import FileSaved, FileTrouble
from horizon_desktop.domain.ids import DeviceKey, Locator
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskText
from horizon_desktop.ports.mirror_folder import Parts
from horizon_desktop.ports.records import MembershipRow
from horizon_desktop.services.mirror import Mirror
from tests.fakes.mirror_folder import MemoryMirrorFolder
from tests.fakes.store import MemoryStore
from tests.services.document_room import FOLDER, SESSION, START, Guest, Room, a_room

TRAIN = FOLDER / "train.py"
NAME = ("train.py",)
MEMBERSHIP = MembershipRow(
    session_id=SESSION,
    host_key=DeviceKey(b"h" * 32),
    host_name="aurora",
    hubs=(),
    locator=Locator(b"l" * 16),
    token=b"",
    name="kestrel",
    role="editor",
    session_type="pair",
    title="",
    created_at=START,
    expires_at=START.plus(3_600_000),
    host_offset_ms=0,
)


class Mirrored:
    """A guest with a mirror folder, and its own disk and store."""

    def __init__(self, guest: Guest, folder: MemoryMirrorFolder, store: MemoryStore, *, is_forced: bool) -> None:
        self.guest = guest
        self.folder = folder
        self.mirror = Mirror(
            session_id=SESSION,
            folder=folder,
            documents=guest.documents,
            store=store,
            bus=guest.facts,
            clock=guest.room.clock,
            is_forced=is_forced,
        )


@asynccontextmanager
async def mirrored(
    room: Room,
    *,
    folder: MemoryMirrorFolder | None = None,
    store: MemoryStore | None = None,
    may_edit: bool = True,
    is_forced: bool = False,
    name: str = "kestrel",
) -> AsyncIterator[Mirrored]:
    """A mirror that runs as long as the block does."""
    guest = room.join(name, may_edit=may_edit)
    own_store = store if store is not None else MemoryStore()
    await own_store.put_membership(MEMBERSHIP)
    side = Mirrored(guest, folder or MemoryMirrorFolder(), own_store, is_forced=is_forced)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(side.mirror.run())
        try:
            yield side
        finally:
            running.cancel()


async def test_shared_files_appear_in_the_mirror() -> None:
    async with a_room() as room:
        room.disk.contents = {FOLDER / "train.py": b"one\n", FOLDER / "src/net.py": b"two\n"}
        await room.host.share([FOLDER / "train.py", FOLDER / "src/net.py"])
        async with mirrored(room) as side:
            await room.until(lambda: side.folder.contents == {("train.py",): b"one\n", ("src", "net.py"): b"two\n"})


async def test_an_edit_in_the_mirror_reaches_the_hosts_file() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            side.folder.change(NAME, b"one\ntwo\n")
            await room.until(lambda: room.disk.contents[TRAIN] == b"one\ntwo\n")
            assert side.guest.refused == []


async def test_an_edit_of_the_host_reaches_the_mirror_and_is_announced() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            room.disk.change(TRAIN, b"one\nhost\n")
            await room.until(lambda: side.folder.contents[NAME] == b"one\nhost\n")
            assert {event.file for event in side.guest.facts.of(FileSaved)} == {"train.py"}


async def test_both_sides_changed_at_once_and_both_changes_stay() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\ntwo\nthree\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            side.guest.is_up.clear()
            room.disk.change(TRAIN, b"ONE\ntwo\nthree\n")
            side.folder.change(NAME, b"one\ntwo\nTHREE\n")
            await room.calm()
            side.guest.is_up.set()
            await room.until(lambda: side.folder.contents[NAME] == b"ONE\ntwo\nTHREE\n")
            await room.until(lambda: room.disk.contents[TRAIN] == b"ONE\ntwo\nTHREE\n")


async def test_an_editor_that_empties_its_file_before_it_writes_takes_nobodys_text_away() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            await room.calm()
            seen: list[str | None] = []
            side.guest.facts.listeners.append(lambda _: seen.append(side.guest.documents.text_of(file_id)))
            side.folder.change(NAME, b"")
            await room.clock.run_for(ms=60)
            side.folder.change(NAME, b"one\ntwo\n")
            await room.until(lambda: room.disk.contents[TRAIN] == b"one\ntwo\n")
            assert "" not in seen
            side.folder.change(NAME, b"")
            await room.until(lambda: room.disk.contents[TRAIN] == b"")


async def test_the_window_and_the_mirror_of_one_guest_write_together() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            window = await side.guest.window("train.py")
            await window.type(0, "window\n")
            await room.until(lambda: side.folder.contents[NAME] == b"window\none\n")
            side.folder.change(NAME, b"window\none\nmirror\n")
            await room.until(lambda: window.text() == "window\none\nmirror\n")
            await room.until(lambda: room.disk.contents[TRAIN] == b"window\none\nmirror\n")
            assert side.guest.refused == []


async def test_a_file_that_differs_is_not_touched_without_force() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        folder = MemoryMirrorFolder()
        folder.contents[NAME] = b"my own work\n"
        with pytest.raises(BaseExceptionGroup) as stopped:
            async with mirrored(room, folder=folder):
                await room.until(lambda: False)
        refused = stopped.value.exceptions[0]
        while isinstance(refused, BaseExceptionGroup):
            refused = refused.exceptions[0]
        assert isinstance(refused, FileRefused)
        assert refused.key == "file.differs"
        assert folder.contents == {NAME: b"my own work\n"}


async def test_with_force_the_file_that_was_there_is_kept_under_another_name() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        folder = MemoryMirrorFolder()
        folder.contents[NAME] = b"my own work\n"
        async with mirrored(room, folder=folder, is_forced=True):
            await room.until(lambda: folder.contents.get(NAME) == b"one\n")
            assert folder.contents[("train.py.mine",)] == b"my own work\n"


async def test_an_equal_file_is_taken_as_it_is() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        folder = MemoryMirrorFolder()
        folder.contents[NAME] = b"one\r\n"
        async with mirrored(room, folder=folder) as side:
            await room.calm()
            side.folder.change(NAME, b"one\r\ntwo\r\n")
            await room.until(lambda: room.disk.contents[TRAIN] == b"one\ntwo\n")


async def test_a_file_shared_later_that_differs_is_left_alone_and_told() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            side.folder.contents[("eval.py",)] = b"mine\n"
            await room.share("eval.py", b"theirs\n")
            await room.until(lambda: bool(side.guest.facts.of(FileTrouble)))
            assert side.folder.contents[("eval.py",)] == b"mine\n"
            assert side.guest.facts.of(FileTrouble)[0].code == "file.differs"


async def test_a_deleted_file_comes_back() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            side.folder.delete(NAME)
            await room.until(lambda: side.folder.contents.get(NAME) == b"one\n")
            assert room.disk.contents[TRAIN] == b"one\n"


async def test_edits_of_a_viewer_are_set_aside_and_the_file_is_put_back() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room, may_edit=False) as side:
            await room.until(lambda: NAME in side.folder.contents)
            for words in (b"first\n", b"second\n"):
                side.folder.change(NAME, words)
                await room.until(lambda: side.folder.contents[NAME] == b"one\n")
            assert side.folder.contents[("train.py.mine",)] == b"first\n"
            assert side.folder.contents[("train.py.mine.2",)] == b"second\n"
            assert room.disk.contents[TRAIN] == b"one\n"
            assert side.guest.refused == []


async def test_edits_the_host_refuses_are_set_aside_too() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            side.guest.may_edit = False
            side.folder.change(NAME, b"one\ntwo\n")
            await room.until(lambda: side.folder.contents.get(("train.py.mine",)) == b"one\ntwo\n")
            await room.until(lambda: side.folder.contents[NAME] == b"one\n")


async def test_what_was_edited_while_the_guest_was_not_running_is_merged_at_the_next_start() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\ntwo\n")
        folder, store = MemoryMirrorFolder(), MemoryStore()
        async with mirrored(room, folder=folder, store=store) as side:
            await room.until(lambda: NAME in side.folder.contents)
            await room.calm()
        folder.contents[NAME] = b"one\ntwo\noffline\n"
        room.disk.change(TRAIN, b"host\none\ntwo\n")
        await room.calm()
        async with mirrored(room, folder=folder, store=store):
            await room.until(lambda: folder.contents[NAME] == b"host\none\ntwo\noffline\n")
            await room.until(lambda: room.disk.contents[TRAIN] == b"host\none\ntwo\noffline\n")


async def test_what_was_edited_while_the_host_was_away_outlives_the_guests_process() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\ntwo\n")
        folder, store = MemoryMirrorFolder(), MemoryStore()
        async with mirrored(room, folder=folder, store=store) as side:
            await room.until(lambda: NAME in side.folder.contents)
            side.guest.is_up.clear()
            side.folder.change(NAME, b"one\ntwo\noffline\n")
            await room.calm()
        async with mirrored(room, folder=folder, store=store):
            await room.until(lambda: room.disk.contents[TRAIN] == b"one\ntwo\noffline\n")
            assert folder.contents[NAME] == b"one\ntwo\noffline\n"


class ShortFolder(MemoryMirrorFolder):
    """A disk whose process dies right after the first write."""

    async def write(self, parts: Parts, text: str, *, like: DiskText | None) -> DiskText:
        await super().write(parts, text, like=like)
        await asyncio.get_running_loop().create_future()
        raise AssertionError("never reached")


async def test_a_guest_killed_right_after_its_first_write_knows_its_file_again() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        folder, store = ShortFolder(), MemoryStore()
        async with mirrored(room, folder=folder, store=store):
            await room.until(lambda: NAME in folder.contents)
            await room.calm()
        room.disk.change(TRAIN, b"one\nmeanwhile\n")
        await room.calm()
        survivor = MemoryMirrorFolder()
        survivor.contents = folder.contents
        async with mirrored(room, folder=survivor, store=store):
            await room.until(lambda: survivor.contents[NAME] == b"one\nmeanwhile\n")


async def test_a_mirrored_file_that_turns_binary_is_neither_sent_nor_overwritten() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            side.folder.change(NAME, b"\0\1\2")
            await room.until(lambda: bool(side.guest.facts.of(FileTrouble)))
            room.disk.change(TRAIN, b"one\nhost\n")
            await room.calm()
            assert side.folder.contents[NAME] == b"\0\1\2"
            assert room.disk.contents[TRAIN] == b"one\nhost\n"


async def test_a_file_no_longer_shared_stays_on_the_guests_disk() -> None:
    async with a_room() as room:
        file_id = await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            await room.host.unshare(file_id)
            await room.calm()
            assert side.folder.contents[NAME] == b"one\n"


async def test_a_restarted_host_finds_the_mirror_in_step() -> None:
    async with a_room() as room:
        await room.share("train.py", b"one\n")
        async with mirrored(room) as side:
            await room.until(lambda: NAME in side.folder.contents)
            side.guest.is_up.clear()
            side.folder.change(NAME, b"one\nwhile away\n")
            await room.calm()
            side.guest.is_up.set()
            await room.restart_host()
            await room.until(lambda: room.disk.contents[TRAIN] == b"one\nwhile away\n")
            assert side.folder.contents[NAME] == b"one\nwhile away\n"
