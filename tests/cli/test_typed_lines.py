"""Typed and piped lines, and prompts that are not shown."""

import asyncio
import contextlib
import io
import os
import sys
from collections.abc import Iterator

import pytest

from horizon_desktop.cli.typed_lines import MAX_LINE_BYTES, TypedLines

posix = pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for end in (reader, writer):
        with contextlib.suppress(OSError):
            os.close(end)


async def _all(lines: TypedLines) -> list[str]:
    found = []
    while (line := await lines.next()) is not None:
        found.append(line)
    return found


async def test_lines_come_without_their_ends_and_then_none(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], "one\r\ntwo\n\nhéllo 🔥".encode())
    os.close(pipe[1])
    lines = TypedLines(pipe[0])
    assert await _all(lines) == ["one", "two", "", "héllo 🔥"]
    assert await lines.next() is None


async def test_a_character_cut_by_a_read_is_whole(pipe: tuple[int, int]) -> None:
    text = "x" * 4095 + "é"
    os.write(pipe[1], text.encode() + b"\n")
    os.close(pipe[1])
    assert await _all(TypedLines(pipe[0])) == [text]


async def test_bytes_that_are_no_text_harm_nobody(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"\xff\xfe\nok\n")
    os.close(pipe[1])
    assert await _all(TypedLines(pipe[0])) == ["\ufffd\ufffd", "ok"]


async def test_a_line_without_end_is_taken_in_pieces(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"x" * (MAX_LINE_BYTES + 5000))
    os.close(pipe[1])
    pieces = await _all(TypedLines(pipe[0]))
    assert "".join(pieces) == "x" * (MAX_LINE_BYTES + 5000)
    assert len(pieces) > 1


async def test_an_input_that_is_closed_has_no_lines() -> None:
    assert await TypedLines(987).next() is None


async def test_a_pipe_is_no_person(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"answer\n")
    lines = TypedLines(pipe[0])
    assert not lines.is_person
    assert await lines.ask("Code: ", is_hidden=True) == "answer"


@posix
async def test_a_hidden_answer_is_not_echoed_and_the_terminal_is_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    lines = TypedLines(theirs)
    asking = asyncio.get_running_loop().create_task(lines.ask("Code: ", is_hidden=True))
    while termios.tcgetattr(theirs)[3] & termios.ECHO:
        await asyncio.sleep(0.001)
    os.write(ours, b"7Q4M-X2KD\n")
    assert await asking == "7Q4M-X2KD"
    assert termios.tcgetattr(theirs) == before
    os.set_blocking(ours, False)
    with contextlib.suppress(BlockingIOError):
        assert b"7Q4M" not in os.read(ours, 1000)
    assert capsys.readouterr().err == "Code: \n"
    os.close(ours)


@posix
async def test_the_terminal_is_silent_before_the_prompt_asks() -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    echoes: list[bool] = []

    class Watched(io.StringIO):
        """Notes at every word whether the terminal would show what is typed."""

        def write(self, text: str) -> int:
            echoes.append(bool(termios.tcgetattr(theirs)[3] & termios.ECHO))
            return super().write(text)

    os.write(ours, b"7Q4M-X2KD\n")
    with contextlib.redirect_stderr(Watched()):
        assert await TypedLines(theirs).ask("Code: ", is_hidden=True) == "7Q4M-X2KD"
    assert not echoes[0]
    os.close(ours)


@posix
async def test_a_prompt_that_is_given_up_leaves_the_terminal_as_it_was() -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    asking = asyncio.get_running_loop().create_task(TypedLines(theirs).ask("Code: ", is_hidden=True))
    while termios.tcgetattr(theirs)[3] & termios.ECHO:
        await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert termios.tcgetattr(theirs) == before
    os.write(ours, b"\n")
    os.close(ours)
