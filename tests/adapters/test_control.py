"""The control point: one process a profile, owner-only, typed, and cleaned up after a killed one."""

import asyncio
import os
import socket
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from horizon_desktop.adapters.control import LOCK_NAME, SocketControlPoint, socket_path
from horizon_desktop.errors import AccessRefused, Unreachable, UsageError
from horizon_desktop.ports.control import (
    MAX_CONTROL_BYTES,
    ControlReply,
    ControlRequest,
    EndSession,
    ExtendSession,
    ListSessions,
    Refused,
    SessionClosed,
    SessionsListed,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Unix sockets")


async def empty(_: ControlRequest) -> ControlReply:
    return SessionsListed(sessions=())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "profile"


async def test_what_is_asked_arrives_and_the_answer_comes_back(folder: Path) -> None:
    heard: list[ControlRequest] = []

    async def answer(request: ControlRequest) -> ControlReply:
        heard.append(request)
        return SessionClosed(session_id="ab")

    point = SocketControlPoint(folder)
    async with point.serve(answer):
        reply = await SocketControlPoint(folder).ask(ExtendSession(session_id="cd", minutes=30))
    assert (heard, reply) == ([ExtendSession(session_id="cd", minutes=30)], SessionClosed(session_id="ab"))


async def test_a_profile_in_which_nothing_runs_says_so(folder: Path) -> None:
    with pytest.raises(Unreachable) as refused:
        await SocketControlPoint(folder).ask(ListSessions())
    assert refused.value.key == "profile.idle"


async def test_a_second_process_of_a_profile_is_refused(folder: Path) -> None:
    async with SocketControlPoint(folder).serve(empty):
        with pytest.raises(UsageError) as refused:
            await SocketControlPoint(folder).serve(empty).__aenter__()
    assert refused.value.key == "profile.busy"


async def test_a_profile_can_be_served_again_after_its_process_has_gone(folder: Path) -> None:
    for _ in range(2):
        async with SocketControlPoint(folder).serve(empty):
            assert await SocketControlPoint(folder).ask(ListSessions()) == SessionsListed(sessions=())
    assert not socket_path(folder).exists()


async def test_the_socket_of_a_killed_process_is_replaced(folder: Path) -> None:
    program = (
        "import asyncio, os, sys; from pathlib import Path\n"
        "from horizon_desktop.adapters.control import SocketControlPoint\n"
        "async def main():\n"
        "    async with SocketControlPoint(Path(sys.argv[1])).serve(None):\n"
        "        os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(folder))
    assert await process.wait() == -9
    assert socket_path(folder).is_socket()
    async with SocketControlPoint(folder).serve(empty):
        assert await SocketControlPoint(folder).ask(ListSessions()) == SessionsListed(sessions=())


async def test_folder_lock_and_socket_are_owner_only(folder: Path) -> None:
    async with SocketControlPoint(folder).serve(empty):
        modes = [stat.S_IMODE(path.lstat().st_mode) for path in (folder, folder / LOCK_NAME, socket_path(folder))]
    assert modes == [0o700, 0o600, 0o600]


async def test_a_folder_that_others_may_enter_is_closed_to_them(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    async with SocketControlPoint(folder).serve(empty):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_profile_may_be_a_link_to_a_folder_elsewhere(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    async with SocketControlPoint(folder).serve(empty):
        assert await SocketControlPoint(folder).ask(ListSessions()) == SessionsListed(sessions=())


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to make a folder of somebody else")
async def test_a_folder_of_somebody_else_is_refused(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(UsageError) as refused:
        await SocketControlPoint(folder).serve(empty).__aenter__()
    assert refused.value.key == "profile.folder"


async def test_a_file_where_the_socket_should_be_is_left_alone(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    socket_path(folder).write_text("mine", "utf-8")
    with pytest.raises(UsageError):
        await SocketControlPoint(folder).serve(empty).__aenter__()
    assert socket_path(folder).read_text("utf-8") == "mine"


async def test_a_profile_deep_in_the_tree_is_reached_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with SocketControlPoint(deep).serve(empty):
        assert await SocketControlPoint(deep).ask(ListSessions()) == SessionsListed(sessions=())


async def test_an_answer_under_way_is_still_given_when_serving_ends(folder: Path) -> None:
    is_asked = asyncio.Event()
    may_answer = asyncio.Event()

    async def slow(_: ControlRequest) -> ControlReply:
        is_asked.set()
        await may_answer.wait()
        return SessionClosed(session_id="ab")

    async with asyncio.TaskGroup() as group:
        async with SocketControlPoint(folder).serve(slow):
            asking = group.create_task(SocketControlPoint(folder).ask(EndSession()))
            await is_asked.wait()
            asyncio.get_running_loop().call_soon(may_answer.set)
    assert asking.result() == SessionClosed(session_id="ab")


async def test_a_refusal_by_exception_is_answered_too(folder: Path) -> None:
    async def refuse(_: ControlRequest) -> ControlReply:
        raise AccessRefused("no", code="session.over")

    async with SocketControlPoint(folder).serve(refuse):
        reply = await SocketControlPoint(folder).ask(EndSession())
    assert reply == Refused(key="session.over", message="no", exit_status=3)


async def _raw(folder: Path, data: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(socket_path(folder))
    writer.write(data)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"\x81\xa4type\xa4Nope", b"\x81\xa4type\xadExtendSession", b"[]", b"\x00" * 100]
)
async def test_what_is_no_request_is_refused_and_the_next_one_served(folder: Path, body: bytes) -> None:
    async with SocketControlPoint(folder).serve(empty):
        assert b"protocol.remote" in await _raw(folder, struct.pack(">I", len(body)) + body)
        assert await SocketControlPoint(folder).ask(ListSessions()) == SessionsListed(sessions=())


async def test_a_message_of_more_than_the_most_is_refused_by_its_header(folder: Path) -> None:
    async with SocketControlPoint(folder).serve(empty):
        answer = await _raw(folder, struct.pack(">I", MAX_CONTROL_BYTES + 1))
    assert b"protocol.remote" in answer


async def test_a_caller_that_hangs_up_harms_nobody(folder: Path) -> None:
    async with SocketControlPoint(folder).serve(empty):
        with socket.socket(socket.AF_UNIX) as rude:
            rude.connect(str(socket_path(folder)))
            rude.send(b"\x00\x00")
        assert await SocketControlPoint(folder).ask(ListSessions()) == SessionsListed(sessions=())


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs root to become somebody else")
async def test_somebody_elses_process_gets_no_answer() -> None:
    program = (
        "import os, socket, sys\ns = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\nprint(len(s.recv(100)))\n"
    )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        async with SocketControlPoint(folder).serve(empty):
            folder.chmod(0o755)  # as if its owner had opened it to everybody
            socket_path(folder).chmod(0o777)
            process = await asyncio.create_subprocess_exec(
                "setpriv", "--reuid=65534", "--clear-groups", sys.executable, "-c", program, str(socket_path(folder)),
                stdout=subprocess.PIPE,
            )  # fmt: skip
            out, _ = await process.communicate()
    assert out.strip() == b"0"


async def test_what_fails_while_serving_leaves_as_it_is(folder: Path) -> None:
    with pytest.raises(UsageError) as failed:
        async with SocketControlPoint(folder).serve(empty):
            raise UsageError("inside", code="session.none")
    assert failed.value.key == "session.none"
