"""The clipboard for link and code: a code is marked as sensitive and taken away again after a minute."""

from typing import Final

from PySide6.QtCore import QMimeData, QObject, QTimer
from PySide6.QtGui import QClipboard

CODE_HOLD_MS: Final = 60_000
_SENSITIVE: Final = (
    ("x-kde-passwordManagerHint", b"secret"),  # KDE's and others' clipboard histories
    ("application/x-nspasteboard-concealed-type", b"1"),  # macOS
    ("ExcludeClipboardContentFromMonitorProcessing", b"1"),  # Windows
)


class Clipboard(QObject):
    """Copies link and code, one at a time."""

    def __init__(self, board: QClipboard, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._code = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.forget_code)

    def copy_link(self, link: str) -> None:
        """Put the link on the clipboard."""
        self._timer.stop()
        self._code = ""
        self._board.setText(link)

    def copy_code(self, code: str) -> None:
        """Put the code on the clipboard, marked as sensitive where systems know such a mark, for 60 s."""
        data = QMimeData()
        data.setText(code)
        for kind, value in _SENSITIVE:
            data.setData(kind, value)
        self._board.setMimeData(data)
        self._code = code
        self._timer.start(CODE_HOLD_MS)

    def copy_text(self, text: str) -> None:
        """Put any other text on the clipboard."""
        self.copy_link(text)

    def forget_code(self) -> None:
        """Clear the clipboard if the code is still what it holds."""
        if self._code and self._board.text() == self._code:
            self._board.clear()
        self._code = ""
