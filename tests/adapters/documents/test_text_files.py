"""The disk's own matters: links, modes, owners, named pipes, half-written files."""

import asyncio
import os
import stat
from contextlib import aclosing
from pathlib import Path

import pytest

from horizon_desktop.adapters.documents.disk_text import put_back, replace_expected
from horizon_desktop.adapters.documents.text_files import DiskTextFiles
from horizon_desktop.crypto.hashing import content_hash
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskChanged

WAIT_S = 10.0


async def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    target = tmp_path / "real.txt"
    target.write_text("one\n")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    files = DiskTextFiles()
    await files.write(link, "two\n", like=await files.read(link))
    assert link.is_symlink()
    assert target.read_text() == "two\n"


async def test_the_mode_of_a_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.sh"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o750)
    files = DiskTextFiles()
    await files.write(path, "#!/bin/sh\necho\n", like=await files.read(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o750


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
async def test_the_owner_of_a_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    os.chown(path, 12345, 54321)
    files = DiskTextFiles()
    await files.write(path, "two\n", like=await files.read(path))
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


async def test_nothing_but_the_file_is_left_in_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    files = DiskTextFiles()
    await files.write(path, "two\n", like=await files.read(path))
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
async def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path, make: "type") -> None:
    path = tmp_path / "odd"
    make(path)
    with pytest.raises(FileRefused) as refused:
        async with asyncio.timeout(WAIT_S):
            await DiskTextFiles().read(path)
    assert refused.value.key in {"file.binary", "file.unreadable"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
async def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    path.chmod(0)
    with pytest.raises(FileRefused) as refused:
        await DiskTextFiles().read(path)
    assert refused.value.key == "file.unreadable"


async def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    files = DiskTextFiles()
    like = await files.read(path)
    (tmp_path / "a.txt").unlink()
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(FileRefused):
        await files.write(path, "two\n", like=like)
    assert (tmp_path / "a.txt").is_dir()


async def test_a_file_written_in_two_steps_is_reported_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    files = DiskTextFiles()
    await files.read(path)
    files.watch([path])

    def write_slowly() -> None:
        with open(path, "wb") as file:
            file.write(b"half ")
            file.flush()
            file.write(b"and half\n")

    async with aclosing(files.changes()) as events:
        await asyncio.to_thread(write_slowly)
        async with asyncio.timeout(WAIT_S):
            event = await anext(events)
    assert isinstance(event, DiskChanged)
    assert event.now.text == "half and half\n"


def test_a_file_that_is_not_the_expected_one_is_not_replaced(tmp_path: Path) -> None:
    path, new = tmp_path / "train.py", tmp_path / ".new"
    path.write_bytes(b"theirs")
    new.write_bytes(b"ours")
    with pytest.raises(FileRefused) as refused:
        replace_expected(new, path, content_hash(b"as we knew it"))
    assert refused.value.key == "file.changed"
    assert path.read_bytes() == b"theirs"


def test_what_came_in_at_the_last_moment_is_put_back(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_bytes(b"ours")
    path.chmod(0o640)
    put_back(b"theirs", path, path.stat())
    assert path.read_bytes() == b"theirs"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["train.py"]
