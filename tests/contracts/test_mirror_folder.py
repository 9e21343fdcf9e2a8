"""What every MirrorFolder keeps to: the fake and the real disk."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from horizon_desktop.adapters.documents.mirror_folder import DiskMirrorFolder
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.mirror_folder import MirrorFolder, Parts
from tests.fakes.mirror_folder import MemoryMirrorFolder

WAIT_S = 10.0


class Disk:
    """One MirrorFolder with the hand of somebody else on its files."""

    def __init__(self, folder: MirrorFolder, top: Path) -> None:
        self.folder = folder
        self.top = top

    def put(self, parts: Parts, data: bytes) -> None:
        if isinstance(self.folder, MemoryMirrorFolder):
            self.folder.change(parts, data)
        else:
            path = self.top.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def delete(self, parts: Parts) -> None:
        if isinstance(self.folder, MemoryMirrorFolder):
            self.folder.delete(parts)
        else:
            self.top.joinpath(*parts).unlink()

    def link(self, parts: Parts, target: Path) -> None:
        if isinstance(self.folder, MemoryMirrorFolder):
            self.folder.links.add(parts)
        else:
            self.top.joinpath(*parts).symlink_to(target)

    def held(self, parts: Parts) -> bytes:
        if isinstance(self.folder, MemoryMirrorFolder):
            return self.folder.contents[parts]
        return self.top.joinpath(*parts).read_bytes()


@pytest.fixture(params=["memory", "disk"])
async def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    top = tmp_path / "mirror"
    folder: MirrorFolder = MemoryMirrorFolder() if request.param == "memory" else DiskMirrorFolder(top)
    await folder.open()
    return Disk(folder, top)


async def test_what_is_written_is_read_again_folders_included(disk: Disk) -> None:
    written = await disk.folder.write(("src", "deep", "a.py"), "größe 😀\n", like=None)
    assert await disk.folder.read(("src", "deep", "a.py")) == written
    assert disk.held(("src", "deep", "a.py")) == "größe 😀\n".encode()


async def test_a_missing_file_is_nothing(disk: Disk) -> None:
    assert await disk.folder.read(("a.py",)) is None
    assert await disk.folder.read(("src", "a.py")) is None


async def test_line_ends_of_the_file_on_disk_are_kept(disk: Disk) -> None:
    disk.put(("a.py",), b"one\r\n")
    await disk.folder.write(("a.py",), "one\ntwo\n", like=await disk.folder.read(("a.py",)))
    assert disk.held(("a.py",)) == b"one\r\ntwo\r\n"


async def test_a_file_that_changed_meanwhile_is_not_overwritten(disk: Disk) -> None:
    disk.put(("a.py",), b"one\n")
    like = await disk.folder.read(("a.py",))
    disk.put(("a.py",), b"somebody else\n")
    for seen in (like, None):
        with pytest.raises(FileRefused) as refused:
            await disk.folder.write(("a.py",), "two\n", like=seen)
        assert refused.value.key == "file.changed"
    assert disk.held(("a.py",)) == b"somebody else\n"


async def test_a_link_is_neither_read_nor_written_through(disk: Disk, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    disk.link(("a.py",), outside)
    with pytest.raises(FileRefused) as refused:
        await disk.folder.read(("a.py",))
    assert refused.value.key == "file.name"
    with pytest.raises(FileRefused):
        await disk.folder.write(("a.py",), "two\n", like=None)
    assert outside.read_text() == "secret"


async def test_a_linked_folder_is_not_entered(disk: Disk, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    disk.link(("src",), outside)
    with pytest.raises(FileRefused) as refused:
        await disk.folder.write(("src", "a.py"), "two\n", like=None)
    assert refused.value.key == "file.name"
    assert list(outside.iterdir()) == []


async def test_a_file_where_a_folder_is_wanted_is_refused(disk: Disk) -> None:
    disk.put(("src",), b"a file\n")
    with pytest.raises(FileRefused) as refused:
        await disk.folder.write(("src", "a.py"), "two\n", like=None)
    assert refused.value.key == "file.name"


async def test_changes_and_deletions_by_others_are_reported(disk: Disk) -> None:
    await disk.folder.write(("a.py",), "one\n", like=None)
    disk.folder.watch([("a.py",), ("b.py",)])
    async with aclosing(disk.folder.changes()) as moved:
        disk.put(("b.py",), b"new\n")
        async with asyncio.timeout(WAIT_S):
            assert await anext(moved) == ("b.py",)
        disk.delete(("a.py",))
        async with asyncio.timeout(WAIT_S):
            assert await anext(moved) == ("a.py",)
