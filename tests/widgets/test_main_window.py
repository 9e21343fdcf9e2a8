"""The main window: one page at a time, the approval card and toasts over it, keys that ask; closing asks too."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.domain import events
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.facts import ProfileRead, Told
from horizon_desktop.presentation.select_window import window_view
from horizon_desktop.presentation.state import AppState, Profile
from horizon_desktop.widgets.join_window import JoinWindow
from horizon_desktop.widgets.main_window import MainWindow
from horizon_desktop.widgets.theme import Theme
from tests.presentation.example_state import GUEST, HOST, SID, START, after, running

PAGES = ("first_run", "home", "new_session", "share", "workspace", "ended")


class Page(QLabel):
    """A page that says what it was given."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.views: list[object] = []

    def show_view(self, view: object) -> None:
        """Remember what was shown."""
        self.views.append(view)


class Desk:
    """A window with plain pages, and what it asked for."""

    def __init__(self, window: MainWindow, pages: dict[str, Page]) -> None:
        self.window = window
        self.pages = pages
        self.asked: list[object] = []
        window.intent.connect(self.asked.append)

    def show(self, state: AppState) -> None:
        """Show a state."""
        self.window.render(window_view(state))


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme) -> Desk:
    window = MainWindow(theme)
    qtbot.addWidget(window)
    pages = {name: Page(name) for name in PAGES}
    for name, page in pages.items():
        window.add_page(name, page, page.show_view, is_framed=name not in {"workspace", "ended"}, focus=page.setFocus)
    window.show()
    return Desk(window, pages)


def home() -> AppState:
    return after(AppState(now=START), ProfileRead(profile=Profile(peer_id=HOST, name="aurora", device="desk")))


def knock() -> events.PeerKnocked:
    return events.PeerKnocked(
        session_id=SID,
        peer_id="33" * 32,
        name="basalt",
        role="editor",
        device="mac",
        pictures=(1, 2, 3, 4, 5, 6, 7),
        answer_by=START.plus(120_000),
    )


def test_the_page_of_the_state_is_shown(desk: Desk) -> None:
    desk.show(home())
    assert desk.pages["home"].isVisible()
    desk.show(running())
    assert desk.pages["workspace"].isVisible()
    assert not desk.window.frame.isVisible()


def test_a_page_that_did_not_change_is_not_drawn_again(desk: Desk) -> None:
    desk.show(home())
    desk.show(home())
    assert len(desk.pages["home"].views) == 1


def test_who_knocks_is_shown_over_the_workspace_and_takes_no_focus(desk: Desk) -> None:
    desk.show(running())
    focused = desk.window.focusWidget()
    desk.show(after(running(), knock()))
    assert desk.window.approval.isVisible()
    assert desk.window.focusWidget() is focused


def test_the_card_goes_with_the_knock(desk: Desk) -> None:
    state = after(running(), knock())
    desk.show(state)
    desk.show(after(state, events.KnockClosed(session_id=SID, peer_id="33" * 32, outcome="admitted")))
    assert not desk.window.approval.isVisible()


def test_a_toast_is_said_once_and_dismissed_by_its_number(desk: Desk) -> None:
    state = after(running(), Told(key="toast.saved", values={"file": "a.py"}))
    desk.show(state)
    desk.show(state)
    assert desk.window.toast.isVisible()
    desk.window.toast.dismiss()
    assert intents.DismissToast(toast_id=1) in desk.asked


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        (Qt.Key.Key_E, intents.Extend(session_id=SID, minutes=30)),
        (Qt.Key.Key_M, intents.ShowPanel(panel="chat")),
        (Qt.Key.Key_H, intents.ShowCursors(is_shown=False)),
        (Qt.Key.Key_I, intents.PauseInput(is_paused=True)),
        (Qt.Key.Key_X, intents.AskEnd(session_id=SID, is_shown=True)),
        (Qt.Key.Key_1, intents.Follow(session_id=SID, peer_id=GUEST)),
    ],
)
def test_the_keys_of_a_session_ask(desk: Desk, qtbot: QtBot, key: Qt.Key, asked: object) -> None:
    desk.show(running())
    qtbot.waitUntil(desk.window.isActiveWindow)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(desk.window, key, modifiers)
    assert desk.asked == [asked]


def test_a_key_wants_the_presence_bar_and_asks_for_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.show(running())
    qtbot.waitUntil(desk.window.isActiveWindow)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(desk.window.keys.presence_wanted, timeout=1000):
        qtbot.keyClick(desk.window, Qt.Key.Key_P, modifiers)
    assert desk.asked == []


def test_the_keys_of_a_session_do_nothing_elsewhere(desk: Desk, qtbot: QtBot) -> None:
    desk.show(home())
    qtbot.waitUntil(desk.window.isActiveWindow)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for key in (Qt.Key.Key_E, Qt.Key.Key_M, Qt.Key.Key_I, Qt.Key.Key_X, Qt.Key.Key_1):
        qtbot.keyClick(desk.window, key, modifiers)
    assert desk.asked == []


def test_a_guest_cannot_extend_or_end_by_keys(desk: Desk, qtbot: QtBot) -> None:
    desk.show(running(is_host=False))
    qtbot.waitUntil(desk.window.isActiveWindow)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(desk.window, Qt.Key.Key_E, modifiers)
    qtbot.keyClick(desk.window, Qt.Key.Key_X, modifiers)
    assert desk.asked == []


def test_closing_asks_to_quit(desk: Desk) -> None:
    desk.show(home())
    desk.window.close()
    assert desk.asked == [intents.Quit()]
    assert desk.window.isVisible()


def test_closing_with_open_sessions_and_a_tray_only_hides(desk: Desk) -> None:
    desk.window.has_tray = True
    desk.show(running())
    desk.window.close()
    assert desk.asked == []
    assert not desk.window.isVisible()


def joining(step: Callable[[AppState], AppState] = lambda state: state) -> Any:
    return window_view(step(after(home(), intents.OpenLink(link="horizon://join/x")))).join


def test_a_link_opens_the_join_window_and_closing_it_withdraws(qtbot: QtBot, theme: Theme) -> None:
    window = JoinWindow(theme)
    qtbot.addWidget(window)
    asked: list[object] = []
    window.intent.connect(asked.append)
    window.render(joining())
    assert window.isVisible()
    window.close()
    assert asked == [intents.CancelJoin()]
    window.render(None)
    assert not window.isVisible()


def test_every_button_over_the_page_has_a_name(desk: Desk) -> None:
    desk.show(after(running(), knock(), Told(key="toast.saved", values={"file": "a"})))
    unnamed = [
        widget.objectName()
        for widget in desk.window.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not widget.accessibleName()
        if widget.metaObject().className().endswith("Button")
        if not getattr(widget, "text", lambda: "x")()
    ]
    assert unnamed == []


def test_a_window_view_is_a_value() -> None:
    assert window_view(running()) == window_view(running())
    assert msgspec.structs.replace(window_view(running()), panel="chat") != window_view(running())
