"""Attack 22: a host whose file list tries to write outside the mirror folder, or to the wrong things in it."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from horizon_desktop.adapters.documents.inner_folder import read_inner, write_inner
from horizon_desktop.adapters.documents.mirror_folder import DiskMirrorFolder
from horizon_desktop.domain.collaboration.documents import SharedFile
from horizon_desktop.domain.collaboration.mirror_paths import mirror_parts
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import FileTrouble
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import FileRefused
from horizon_desktop.protocol.payloads.edits import FileList
from horizon_desktop.services.mirror import Mirror
from tests.fakes.store import MemoryStore
from tests.services.document_room import SESSION, a_room

TARGETS = ("etc/passwd", "x", "authorized_keys", "a/b.txt", "train.py")
CLIMBS = (
    "../",
    "..\\",
    "./",
    "/",
    "//",
    "\\\\server\\share\\",
    "C:",
    "C:\\",
    "~/",
    "../" * 12,
    "a/../../",
    "a/./",
    "a//",
)
ENDINGS = (
    "/..",
    "/.",
    "/",
    "\\..",
    "/../..",
    ":stream",
    "::$DATA",
    ".",
    " ",
    "\0.txt",
    "\n",
    "\u202etxt.exe",
    "\u200b",
    "*",
    "?",
    "|id",
)
DEVICES = ("con", "PRN", "aux", "NUL", "com1", "LPT9", "CONIN$", "clock$", "COM¹", "Con ", "nul")
HIDDEN = (
    ".bashrc",
    ".ssh/authorized_keys",
    ".git/hooks/pre-commit",
    "src/.env",
    ".config/autostart/x.desktop",
    "~",
    "-rf",
)


def corpus() -> Iterator[str]:
    """More than 300 names that must not become files."""
    for target in TARGETS:
        yield from (climb + target for climb in CLIMBS)
        yield from (target + ending for ending in ENDINGS)
    for device in DEVICES:
        yield from (device, device + ".txt", f"a/{device}", f"{device}/a.txt", device + ".tar.gz", device + " .txt")
    for hidden in HIDDEN:
        yield from (hidden, f"a/{hidden}", f"{hidden}/a")
    yield from ("", "x" * 401, "/".join("a" * 40), "é" * 120, "a" * 201, "a\x07b", "a\x1b[2Jb", "a<b", 'a"b', "ta\tb")


NAMES = sorted(set(corpus()))


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(NAMES) >= 240


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_name_is_refused(name: str) -> None:
    assert isinstance(mirror_parts(name), Deny)


@pytest.mark.parametrize(
    "name", ["train.py", "src/net.py", "größe 😀.txt", "a b/c-d_e.tar.gz", "日本/語.md", "com10.txt", "console.py"]
)
def test_an_ordinary_name_passes(name: str) -> None:
    assert mirror_parts(name) == tuple(name.split("/"))


async def test_a_hostile_file_list_writes_nothing_outside_and_nothing_odd_inside(tmp_path: Path) -> None:
    top = tmp_path / "inner" / "mirror"
    before = set(tmp_path.rglob("*"))
    async with a_room() as room, asyncio.TaskGroup() as group:
        guest = room.join("kestrel")
        await room.calm()
        mirror = Mirror(
            session_id=SESSION,
            folder=DiskMirrorFolder(top),
            documents=guest.documents,
            store=MemoryStore(),
            bus=guest.facts,
            clock=room.clock,
        )
        running = group.create_task(mirror.run())
        listed = tuple(
            SharedFile(file_id=FileId(number.to_bytes(16, "big")), path=name, may_edit=True)
            for number, name in enumerate(NAMES[:400])
        )
        await guest.documents.from_host(FileList(listed))
        await room.until(lambda: len(guest.facts.of(FileTrouble)) >= len(listed))
        assert {event.code for event in guest.facts.of(FileTrouble)} == {"file.name"}
        running.cancel()
    assert set(tmp_path.rglob("*")) - before == {top, top.parent}


async def test_two_names_that_one_disk_cannot_tell_apart_do_not_share_a_file() -> None:
    async with a_room() as room, asyncio.TaskGroup() as group:
        from tests.fakes.mirror_folder import MemoryMirrorFolder

        guest = room.join("kestrel")
        await room.calm()
        mirror = Mirror(
            session_id=SESSION,
            folder=MemoryMirrorFolder(),
            documents=guest.documents,
            store=MemoryStore(),
            bus=guest.facts,
            clock=room.clock,
        )
        running = group.create_task(mirror.run())
        names = ("Train.py", "train.PY", "größe.txt", "gro\u0308ße.txt")
        listed = tuple(
            SharedFile(file_id=FileId(number.to_bytes(16, "big")), path=name, may_edit=True)
            for number, name in enumerate(names)
        )
        await guest.documents.from_host(FileList(listed))
        await room.until(lambda: len(guest.facts.of(FileTrouble)) == 2)
        running.cancel()


def test_a_link_in_the_place_of_the_file_or_its_folder_is_never_followed(tmp_path: Path) -> None:
    top, outside = tmp_path / "mirror", tmp_path / "outside"
    top.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (top / "file.txt").symlink_to(outside / "secret.txt")
    (top / "folder").symlink_to(outside, target_is_directory=True)
    (top / "dangling.txt").symlink_to(outside / "new.txt")
    for parts in (("file.txt",), ("folder", "secret.txt"), ("folder", "deep", "x.txt"), ("dangling.txt",)):
        with pytest.raises(FileRefused):
            write_inner(top, parts, "overwritten", like=None)
        if parts[-1] != "x.txt":
            with pytest.raises(FileRefused):
                read_inner(top, parts)
    assert (outside / "secret.txt").read_text() == "secret"
    assert [found.name for found in outside.iterdir()] == ["secret.txt"]


def test_a_folder_swapped_for_a_link_while_writing_leads_nowhere(tmp_path: Path) -> None:
    top, outside = tmp_path / "mirror", tmp_path / "outside"
    top.mkdir()
    outside.mkdir()
    (top / "folder").mkdir()
    done = threading.Event()

    def swap() -> None:
        for turn in range(10**9):
            if done.is_set():
                return
            with suppress(OSError):
                (top / "folder").rename(top / f"aside{turn}")
            with suppress(OSError):
                (top / "folder").symlink_to(outside, target_is_directory=True)
            with suppress(OSError):
                (top / "folder").unlink()

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for number in range(400):
            try:
                write_inner(top, ("folder", f"{number}.txt"), "text", like=None)
            except FileRefused:
                continue
    finally:
        done.set()
        swapper.join()
    assert list(outside.iterdir()) == []


def test_a_file_swapped_for_a_link_while_writing_keeps_the_links_target(tmp_path: Path) -> None:
    top, outside = tmp_path / "mirror", tmp_path / "outside.txt"
    top.mkdir()
    outside.write_text("secret")
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            link = top / "swap"
            link.symlink_to(outside)
            os.replace(link, top / "file.txt")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(400):
            try:
                write_inner(top, ("file.txt",), "text", like=None)
            except FileRefused:
                continue
    finally:
        done.set()
        swapper.join()
    assert outside.read_text() == "secret"


async def test_a_fresh_mirror_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = DiskMirrorFolder(tmp_path / "mirror")
    await folder.open()
    await folder.write(("src", "a.py"), "x", like=None)
    assert (tmp_path / "mirror").stat().st_mode & 0o077 == 0
    assert (tmp_path / "mirror" / "src").stat().st_mode & 0o077 == 0
    assert (tmp_path / "mirror" / "src" / "a.py").stat().st_mode & 0o177 == 0
