"""The tray's menu: the open sessions, and what can be done from anywhere."""

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation import intents
from horizon_desktop.presentation.select_window import window_view
from horizon_desktop.presentation.state import AppState
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tray import fill_menu
from tests.pictures.sheets import two_sessions


@pytest.mark.parametrize(
    ("state", "labels"),
    [
        (AppState(), ["New session", "Join with link", "Quit Horizon"]),
        (
            two_sessions(),
            [
                "Cross-site fine-tune\t9:47",
                "Fix the loss spike\t1:00:00",
                "New session",
                "Join with link",
                "Show presence bar",
                "Pause all input",
                "End everything",
                "Quit Horizon",
            ],
        ),
    ],
)
def test_the_menu_offers_what_can_be_done_now(qtbot: QtBot, theme: Theme, state: AppState, labels: list[str]) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    fill_menu(menu, theme, window_view(state), go=lambda _intent: None, ask=lambda _intent: None)
    assert [action.text() for action in menu.actions() if not action.isSeparator()] == labels


def test_ending_everything_from_the_tray_asks_first(qtbot: QtBot, theme: Theme) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    gone: list[object] = []
    fill_menu(menu, theme, window_view(two_sessions()), go=gone.append, ask=lambda _intent: None)
    next(action for action in menu.actions() if action.text() == "End everything").trigger()
    assert gone == [intents.AskEndAll(is_shown=True)]
