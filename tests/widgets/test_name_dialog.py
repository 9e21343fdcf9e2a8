"""The name dialog says a name that can be seen, once, and otherwise nothing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.intents import Intent, Rename
from horizon_desktop.widgets.name_dialog import NameDialog
from horizon_desktop.widgets.theme import Theme


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def opened(theme: Theme, window: QWidget) -> tuple[NameDialog, list[Intent]]:
    dialog = NameDialog(theme, "aurora", window)
    heard: list[Intent] = []
    dialog.intent.connect(heard.append)
    dialog.open()
    return dialog, heard


def test_typing_and_enter_renames(qtbot: QtBot, theme: Theme, window: QWidget) -> None:
    dialog, heard = opened(theme, window)
    qtbot.keyClicks(dialog.name_field, "  borealis ")
    dialog.name_field.insert("\u202e")
    qtbot.keyClick(dialog.name_field, Qt.Key.Key_Return)
    assert heard == [Rename(name="borealis")]


def test_a_name_with_nothing_to_see_is_not_taken(qtbot: QtBot, theme: Theme, window: QWidget) -> None:
    dialog, heard = opened(theme, window)
    dialog.name_field.setText(" \u200b\u3164 ")
    assert not dialog.save_button.isEnabled()
    qtbot.keyClick(dialog.name_field, Qt.Key.Key_Return)
    assert heard == []
    assert dialog.isVisible()


def test_escape_changes_nothing(qtbot: QtBot, theme: Theme, window: QWidget) -> None:
    dialog, heard = opened(theme, window)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert heard == []
