"""The control point of a profile: one lock, one owner-only socket, one message each way (PROTOCOL section 8)."""

import asyncio
import hashlib
import os
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from horizon_desktop.errors import HorizonError, RemoteProtocolError, Unreachable, UsageError
from horizon_desktop.ports.control import (
    MAX_CONTROL_BYTES,
    Answer,
    ControlReply,
    ControlRequest,
    MeasureLink,
    Refused,
)

SOCKET_NAME: Final = "control.sock"
LOCK_NAME: Final = "control.lock"
_MAX_PATH_BYTES: Final = 100
"""A Unix socket's path has room for 104 to 108 bytes, by system."""
_OWNER_ONLY: Final = 0o700
_HEADER: Final = struct.Struct(">I")
_ANSWER_S: Final = 30.0
_MEASURE_S: Final = 150.0
"""A measure takes its minute, and a slow line what is left in it."""
_READ_S: Final = 5.0
"""For one request to come in whole."""
_LAST_ANSWERS_S: Final = 2.0

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_request: Final = msgspec.msgpack.Decoder(ControlRequest).decode
_decode_reply: Final = msgspec.msgpack.Decoder(ControlReply).decode


class SocketControlPoint:
    """The ControlPoint port over a Unix socket, on Windows over a named pipe."""

    def __init__(self, folder: Path) -> None:
        """Store the profile's folder; nothing is made before `serve`."""
        self._folder = folder

    def serve(self, answer: Answer) -> AbstractAsyncContextManager[None]:
        return self._serving(answer)

    @asynccontextmanager
    async def _serving(self, answer: Answer) -> AsyncIterator[None]:
        lock = await asyncio.to_thread(_lock, self._folder)
        try:
            async with _listening(self._folder, answer):
                yield
        finally:
            os.close(lock)

    async def ask(self, request: ControlRequest) -> ControlReply:
        try:
            reader, writer = await _dial(self._folder)
        except OSError as exc:
            raise Unreachable("nothing runs in this profile", code="profile.idle") from exc
        try:
            async with asyncio.timeout(_MEASURE_S if isinstance(request, MeasureLink) else _ANSWER_S):
                await _write(writer, _encode(request))
                reply = await _read(reader)
            answered: ControlReply = _decode_reply(reply)
            return answered
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as exc:
            raise Unreachable("the running process does not answer", code="profile.silent") from exc
        except msgspec.DecodeError as exc:
            raise RemoteProtocolError("the running process answers in another version's words") from exc
        finally:
            writer.close()


def socket_path(folder: Path) -> Path:
    """Return where the profile's socket is: in its folder, or, when that name is too long, in a short place of ours."""
    direct = folder / SOCKET_NAME
    if len(os.fsencode(direct)) <= _MAX_PATH_BYTES:
        return direct
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:20]
    return Path(tempfile.gettempdir()) / f"horizon-{os.getuid()}" / f"{name}.sock"


def _lock(folder: Path) -> int:
    """Return the open lock file of a profile; the system frees it when this process goes, however it goes."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as exc:
        raise UsageError(
            f"cannot use the profile's folder {folder}", code="profile.folder", folder=str(folder)
        ) from exc
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415  (exists there only)

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415  (exists elsewhere only)

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(lock)
        raise UsageError("another process runs in this profile", code="profile.busy") from exc
    return lock


def _make_room(path: Path) -> None:
    """Make the socket's folder ours alone; remove a socket that a killed process left: the lock says nobody listens."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_in_profile = path.name == SOCKET_NAME
    found = path.parent.stat() if is_in_profile else path.parent.lstat()  # in a place for all, a link may be a trap
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise UsageError(f"{path.parent} is not a folder of ours", code="profile.folder", folder=str(path.parent))
    if stat.S_IMODE(found.st_mode) != _OWNER_ONLY:
        path.parent.chmod(_OWNER_ONLY)
    if os.path.lexists(path):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise UsageError(f"{path} is in the way", code="profile.folder", folder=str(path.parent))
        path.unlink()


def _is_owner(writer: asyncio.StreamWriter) -> bool:
    """Whether the caller's process belongs to us. Elsewhere than on Linux the socket's mode alone says so."""
    if sys.platform != "linux":
        return True
    fileno: int = writer.get_extra_info("socket").fileno()
    with socket.socket(fileno=os.dup(fileno)) as peer:
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return bool(uid == os.getuid())


async def _serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    try:
        if not _is_owner(writer):
            return
        async with asyncio.timeout(_READ_S):
            request = _decode_request(await _read(reader))
        await _write(writer, _encode(await answer(request)))
    except msgspec.DecodeError:
        await _write(writer, _encode(Refused(key="protocol.remote", message="no such request", exit_status=2)))
    except HorizonError as exc:
        await _write(writer, _encode(Refused(key=exc.key, message=str(exc), exit_status=exc.exit_status)))
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return  # the caller went away or never said anything
    finally:
        writer.close()


async def _write(writer: asyncio.StreamWriter, message: bytes) -> None:
    with suppress(ConnectionError):
        writer.write(_HEADER.pack(len(message)) + message)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> bytes:
    (length,) = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    if length > MAX_CONTROL_BYTES:
        raise RemoteProtocolError(f"a control message has at most {MAX_CONTROL_BYTES} bytes, got {length}")
    return await reader.readexactly(length)


class _Callers:
    """The callers being answered; those of the last moment still get their answer before the context is left."""

    def __init__(self, group: asyncio.TaskGroup, answer: Answer) -> None:
        self._group = group
        self._answer = answer
        self._tasks: set[asyncio.Task[None]] = set()

    def come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._group.create_task(_serve_one(reader, writer, self._answer), name="control")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for the answers that are on their way, at most two seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_ANSWERS_S)
        for task in tuple(self._tasks):
            task.cancel()


@asynccontextmanager
async def _answering(answer: Answer) -> AsyncIterator[_Callers]:
    """Give the callers a task group of their own; what fails in the block leaves it as it is, in no group."""
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            callers = _Callers(group, answer)
            try:
                yield callers
            except BaseException as exc:
                failure = exc
                raise
            await callers.finish()
    except BaseExceptionGroup:
        if failure is not None:
            raise failure from None
        raise


if sys.platform == "win32":

    def _pipe_name(folder: Path) -> str:
        return rf"\\.\pipe\horizon-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]}"

    @asynccontextmanager
    async def _listening(folder: Path, answer: Answer) -> AsyncIterator[None]:
        # A pipe's default rights let nobody but its owner and administrators write to it.
        async with _answering(answer) as callers:

            def protocol() -> asyncio.StreamReaderProtocol:
                return asyncio.StreamReaderProtocol(asyncio.StreamReader(), callers.come)

            (server,) = await asyncio.get_running_loop().start_serving_pipe(protocol, _pipe_name(folder))
            try:
                yield
            finally:
                server.close()

    async def _dial(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, protocol = await loop.create_pipe_connection(
            lambda: asyncio.StreamReaderProtocol(reader), _pipe_name(folder)
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

else:

    @asynccontextmanager
    async def _listening(folder: Path, answer: Answer) -> AsyncIterator[None]:
        path = socket_path(folder)
        await asyncio.to_thread(_make_room, path)
        listener = _bind(path)
        async with _answering(answer) as callers:
            server = await asyncio.start_unix_server(callers.come, sock=listener)
            try:
                yield
            finally:
                server.close()
                path.unlink(missing_ok=True)

    def _bind(path: Path) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        try:
            listener.bind(os.fsencode(path))
            path.chmod(0o600)  # its folder is ours alone, so nobody came in between
        except OSError as exc:
            listener.close()
            raise UsageError(f"cannot listen on {path}", code="profile.folder", folder=str(path.parent)) from exc
        return listener

    async def _dial(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(os.fspath(socket_path(folder)))
