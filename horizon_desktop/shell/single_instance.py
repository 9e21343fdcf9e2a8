"""One application for each profile: a second start hands its link to the first and goes."""

from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

MAX_MESSAGE_BYTES: Final = 4096
"""A link is at most 512 characters; the rest is room for new fields."""
ANSWER_MS: Final = 1000
_GONE: Final = QLocalSocket.LocalSocketState.UnconnectedState


class SecondStart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a second start says to the first."""

    link: str = ""
    """A link to open the join page with; empty: come to the front."""


class SingleInstance(QObject):
    """The first application of a profile listens on an owner-only socket; the next ones find it there."""

    started_again = Signal(object)
    """A SecondStart. Its link is as hostile as any text from outside: parsed strictly, it joins nothing by itself."""

    def __init__(self, socket: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = str(socket)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        self._visitors: list[QLocalSocket] = []

    def claim(self, start: SecondStart) -> bool:
        """Return True when this is the profile's first application; else hand `start` to the first and return False.

        Raises:
            OSError: neither a first application answers nor can this one listen.
        """
        if self._hand_over(start):
            return False
        if self._server.listen(self._name):
            return True
        QLocalServer.removeServer(self._name)  # left by one that was killed: nobody answered on it
        if not self._server.listen(self._name):
            raise OSError(f"cannot listen on {self._name}: {self._server.errorString()}")
        return True

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self._server.close()
        visitors, self._visitors = self._visitors, []
        for visitor in visitors:
            visitor.readyRead.disconnect(self._read_all)
            visitor.disconnected.disconnect(self._sweep)
            visitor.abort()

    def _hand_over(self, start: SecondStart) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(ANSWER_MS):
            return False
        socket.write(msgspec.json.encode(start) + b"\n")
        is_taken = socket.waitForReadyRead(ANSWER_MS) and bytes(socket.readLine().data()) == b"ok\n"
        socket.abort()
        return is_taken

    def _accept(self) -> None:
        while self._server.hasPendingConnections():
            visitor = self._server.nextPendingConnection()
            visitor.setParent(self)
            self._visitors.append(visitor)
            visitor.readyRead.connect(self._read_all)
            visitor.disconnected.connect(self._sweep)
        self._read_all()

    def _sweep(self) -> None:
        """Let go of visitors that have left."""
        left = [visitor for visitor in self._visitors if visitor.state() == _GONE]
        self._visitors = [visitor for visitor in self._visitors if visitor not in left]
        for visitor in left:
            visitor.deleteLater()

    def _read_all(self) -> None:
        for visitor in tuple(self._visitors):
            if visitor.bytesAvailable():
                self._read(visitor)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > MAX_MESSAGE_BYTES:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        try:
            start = msgspec.json.decode(bytes(socket.readLine().data()), type=SecondStart)
        except msgspec.DecodeError:
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        self.started_again.emit(start)
