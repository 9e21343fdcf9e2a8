"""One application for each profile: a second start hands over its link; a dead one's socket is no obstacle."""

import stat
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from horizon_desktop.shell.single_instance import MAX_MESSAGE_BYTES, SecondStart, SingleInstance


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "w.sock"


def test_the_first_start_owns_the_profile(qtbot: QtBot, socket: Path) -> None:
    del qtbot
    first = SingleInstance(socket)
    assert first.claim(SecondStart())
    assert stat.S_IMODE(socket.stat().st_mode) & 0o077 == 0
    first.close()


def test_a_dead_applications_socket_is_taken_over(qtbot: QtBot, socket: Path) -> None:
    del qtbot
    socket.touch()
    instance = SingleInstance(socket)
    assert instance.claim(SecondStart())
    instance.close()


def say(socket: Path, message: bytes) -> QLocalSocket:
    speaker = QLocalSocket()
    speaker.connectToServer(str(socket))
    assert speaker.waitForConnected(1000)
    speaker.write(message)
    speaker.flush()
    return speaker


def test_a_second_start_hands_over_its_link(qtbot: QtBot, socket: Path) -> None:
    first = SingleInstance(socket)
    assert first.claim(SecondStart())
    with qtbot.waitSignal(first.started_again, timeout=5000) as again:
        speaker = say(socket, b'{"link":"horizon://join/x"}\n')
    assert again.args == [SecondStart(link="horizon://join/x")]
    qtbot.waitUntil(lambda: speaker.bytesAvailable() > 0)
    assert bytes(speaker.readLine().data()) == b"ok\n"
    first.close()


@pytest.mark.parametrize(
    "message",
    [b"nonsense\n", b'{"link":1}\n', b'{"run":"rm"}\n', b"x" * (MAX_MESSAGE_BYTES + 1)],
)
def test_a_strange_message_is_dropped(qtbot: QtBot, socket: Path, message: bytes) -> None:
    first = SingleInstance(socket)
    assert first.claim(SecondStart())
    heard: list[object] = []
    first.started_again.connect(heard.append)
    speaker = say(socket, message)
    qtbot.waitUntil(lambda: speaker.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert heard == []
    first.close()


@pytest.mark.skipif(sys.platform == "win32", reason="starts a second process by fork-free POSIX means")
def test_a_second_process_ends_after_handing_over(qtbot: QtBot, socket: Path) -> None:
    first = SingleInstance(socket)
    assert first.claim(SecondStart())
    program = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication;"
        "from horizon_desktop.shell.single_instance import SecondStart, SingleInstance;"
        "application = QCoreApplication([]);"
        "sys.exit(7 if not SingleInstance(Path(sys.argv[1])).claim(SecondStart(link='horizon://join/y')) else 1)"
    )
    from PySide6.QtCore import QProcess

    second = QProcess()
    with qtbot.waitSignals([first.started_again, second.finished], timeout=20_000):
        second.start(sys.executable, ["-c", program, str(socket)])
    assert second.exitCode() == 7
    first.close()
