"""The windows of the application together: what one asks of another."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from horizon_desktop.main.desktop_windows import Windows
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.reducer import reduce
from horizon_desktop.presentation.state import AppState
from horizon_desktop.widgets.doctor_page import DoctorPage
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.settings_page import SettingsPage
from horizon_desktop.widgets.theme import Theme
from tests.presentation.example_state import SID, running

PRESENCE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Shown:
    """The windows over a state that intents change."""

    def __init__(self, theme: Theme, state: AppState) -> None:
        self.state = state
        self.windows = Windows(theme, self.take)
        self.windows.render(state)
        self.windows.main.show()

    def take(self, intent: object) -> None:
        self.state = reduce(self.state, intent)
        self.windows.render(self.state)


@pytest.fixture
def shown(qapp: QApplication, qtbot: QtBot) -> Shown:
    theme = Theme(Resources(), choice="light")
    theme.apply(qapp)
    made = Shown(theme, running())
    for window in (made.windows.main, made.windows.floating):
        qtbot.addWidget(window)
    qtbot.waitUntil(made.windows.main.isActiveWindow)
    return made


def test_the_presence_key_puts_the_focus_on_the_docked_bar(shown: Shown, qtbot: QtBot) -> None:
    qtbot.keyClick(shown.windows.main, Qt.Key.Key_P, PRESENCE)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert shown.windows.workspace.top.presence.isAncestorOf(focused)


def test_the_presence_key_comes_back_to_the_session_from_another_page(shown: Shown, qtbot: QtBot) -> None:
    shown.take(intents.ShowPage(page="home"))
    qtbot.keyClick(shown.windows.main, Qt.Key.Key_P, PRESENCE)
    assert (shown.state.page, shown.state.front_session) == ("workspace", SID)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert shown.windows.workspace.top.presence.isAncestorOf(focused)


def test_the_presence_key_reaches_the_bar_that_floats(shown: Shown, qtbot: QtBot) -> None:
    shown.take(intents.FloatPresence(form="bar"))
    assert shown.windows.floating.isVisible()
    qtbot.keyClick(shown.windows.main, Qt.Key.Key_P, PRESENCE)
    qtbot.waitUntil(shown.windows.floating.isActiveWindow)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert shown.windows.floating.isAncestorOf(focused)


def test_pages_that_nobody_asked_for_are_built_while_nothing_happens(shown: Shown, qtbot: QtBot) -> None:
    assert shown.windows.main.findChild(SettingsPage) is None
    shown.take(intents.ShowPage(page="settings"))
    settings = shown.windows.main.findChild(SettingsPage)
    assert settings is not None and settings.isVisible()
    qtbot.waitUntil(lambda: shown.windows.main.findChild(DoctorPage) is not None)
    assert shown.windows.main.findChildren(SettingsPage) == [settings]
