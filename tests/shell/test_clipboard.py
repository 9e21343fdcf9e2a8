"""The clipboard: a code is marked as sensitive and does not stay."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from horizon_desktop.shell.clipboard import CODE_HOLD_MS, Clipboard


def test_a_code_is_marked_as_sensitive(qapp: QApplication) -> None:
    del qapp
    board = QGuiApplication.clipboard()
    Clipboard(board).copy_code("K7QF-2M97")
    assert board.text() == "K7QF-2M97"
    assert bytes(board.mimeData().data("x-kde-passwordManagerHint").data()) == b"secret"
    board.clear()


def test_a_code_leaves_the_clipboard(qapp: QApplication) -> None:
    del qapp
    board = QGuiApplication.clipboard()
    clipboard = Clipboard(board)
    clipboard.copy_code("K7QF-2M97")
    clipboard.forget_code()
    assert board.text() == ""


def test_what_was_copied_since_stays(qapp: QApplication) -> None:
    del qapp
    board = QGuiApplication.clipboard()
    clipboard = Clipboard(board)
    clipboard.copy_code("K7QF-2M97")
    board.setText("a shopping list")
    clipboard.forget_code()
    assert board.text() == "a shopping list"


def test_the_code_stays_for_a_minute() -> None:
    assert CODE_HOLD_MS == 60_000
