"""What every TextFiles keeps to: the fake and the real disk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from horizon_desktop.adapters.documents.text_files import DiskTextFiles
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskChanged, DiskEvent, DiskRefused, DiskVanished, TextFiles
from tests.fakes.text_files import MemoryTextFiles

WAIT_S = 10.0


class Disk:
    """One TextFiles with the hand of another program on its files."""

    def __init__(self, files: TextFiles, folder: Path) -> None:
        self.files = files
        self.folder = folder

    def put(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        if isinstance(self.files, MemoryTextFiles):
            self.files.change(path, data)
        else:
            path.write_bytes(data)
        return path

    def delete(self, path: Path) -> None:
        if isinstance(self.files, MemoryTextFiles):
            self.files.vanish(path)
        else:
            path.unlink()

    def held(self, path: Path) -> bytes:
        return self.files.contents[path] if isinstance(self.files, MemoryTextFiles) else path.read_bytes()


@pytest.fixture(params=[MemoryTextFiles, DiskTextFiles])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    kind: Callable[[], TextFiles] = request.param
    return Disk(kind(), tmp_path)


async def next_event(events: AsyncIterator[DiskEvent]) -> DiskEvent:
    async with asyncio.timeout(WAIT_S):
        return await anext(events)


@pytest.mark.parametrize(
    ("data", "text", "newline", "has_bom"),
    [
        (b"one\ntwo\n", "one\ntwo\n", "\n", False),
        (b"one\r\ntwo\r\n", "one\ntwo\n", "\r\n", False),
        ("\ufeffgrün 😀\r\n".encode(), "grün 😀\n", "\r\n", True),
        (b"", "", "\n", False),
    ],
)
async def test_a_text_is_read_with_plain_line_ends(
    disk: Disk, data: bytes, text: str, newline: str, has_bom: bool
) -> None:
    found = await disk.files.read(disk.put("a.txt", data))
    assert (found.text, found.newline, found.has_bom) == (text, newline, has_bom)


async def test_line_ends_and_mark_are_written_back_as_they_were(disk: Disk) -> None:
    path = disk.put("a.txt", "\ufeffone\r\n".encode())
    like = await disk.files.read(path)
    await disk.files.write(path, "one\ntwo 😀\n", like=like)
    assert disk.held(path) == "\ufeffone\r\ntwo 😀\r\n".encode()


async def test_what_was_written_is_what_is_read(disk: Disk) -> None:
    path = disk.put("a.txt", b"one\n")
    written = await disk.files.write(path, "two\n", like=await disk.files.read(path))
    assert await disk.files.read(path) == written


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file.binary"),
        (bytes(range(1, 32)) + b"\xff\xfe" * 40, "file.binary"),
        ("größer".encode("latin-1"), "file.encoding"),
        ("text".encode("utf-16"), "file.encoding"),
        (b"x" * (2 * 1024 * 1024 + 1), "file.big"),
    ],
)
async def test_what_is_no_text_is_refused_with_its_reason(disk: Disk, data: bytes, code: str) -> None:
    path = disk.put("a.bin", data)
    with pytest.raises(FileRefused) as refused:
        await disk.files.read(path)
    assert refused.value.key == code
    assert refused.value.values["file"] == "a.bin"


async def test_a_missing_file_has_vanished(disk: Disk) -> None:
    with pytest.raises(FileRefused) as refused:
        await disk.files.read(disk.folder / "nowhere.txt")
    assert refused.value.key == "file.vanished"


async def test_writing_does_not_bring_a_vanished_file_back_unasked(disk: Disk) -> None:
    path = disk.put("a.txt", b"one\n")
    like = await disk.files.read(path)
    disk.delete(path)
    with pytest.raises(FileRefused) as refused:
        await disk.files.write(path, "two\n", like=like)
    assert refused.value.key == "file.vanished"
    await disk.files.write(path, "two\n", like=like, may_create=True)
    assert disk.held(path) == b"two\n"


async def test_a_change_from_outside_is_never_overwritten_unseen(disk: Disk) -> None:
    path = disk.put("a.txt", b"one\n")
    like = await disk.files.read(path)
    disk.put("a.txt", b"somebody else\n")
    with pytest.raises(FileRefused) as refused:
        await disk.files.write(path, "two\n", like=like)
    assert refused.value.key == "file.changed"
    assert disk.held(path) == b"somebody else\n"


async def test_changes_from_outside_are_reported_and_own_writes_are_not(disk: Disk) -> None:
    path = disk.put("a.txt", b"one\n")
    other = disk.put("b.txt", b"one\n")
    like = await disk.files.read(path)
    await disk.files.read(other)
    disk.files.watch([path, other])
    async with aclosing(disk.files.changes()) as events:
        await disk.files.write(path, "own\n", like=like)
        disk.put("b.txt", b"two\n")
        event = await next_event(events)
    assert isinstance(event, DiskChanged)
    assert (event.path, event.now.text) == (other, "two\n")


async def test_a_vanished_file_is_reported_and_so_is_its_return(disk: Disk) -> None:
    path = disk.put("a.txt", b"one\n")
    await disk.files.read(path)
    disk.files.watch([path])
    async with aclosing(disk.files.changes()) as events:
        disk.delete(path)
        assert await next_event(events) == DiskVanished(path)
        disk.put("a.txt", b"back\n")
        back = await next_event(events)
    assert isinstance(back, DiskChanged)
    assert back.now.text == "back\n"


async def test_a_file_that_turned_binary_is_reported_with_its_reason(disk: Disk) -> None:
    path = disk.put("a.txt", b"one\n")
    await disk.files.read(path)
    disk.files.watch([path])
    async with aclosing(disk.files.changes()) as events:
        disk.put("a.txt", b"\0\1\2")
        assert await next_event(events) == DiskRefused(path, "file.binary")
