"""The page Sessions: choosing, extending, changing access, revoking and ending, by mouse and by keyboard."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation import intents
from horizon_desktop.presentation.sessions_page import SessionsView
from horizon_desktop.widgets.sessions_page import SessionsPage
from horizon_desktop.widgets.theme import Theme
from tests.pictures.invented import BASALT, KESTREL
from tests.pictures.invented_settings import OTHER, SESSION, guest_sessions, sessions

Shown = Callable[[SessionsView], SessionsPage]


@pytest.fixture
def said() -> list[object]:
    return []


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme, said: list[object]) -> Shown:
    def make(view: SessionsView) -> SessionsPage:
        page = SessionsPage(theme)
        qtbot.addWidget(page)
        page.resize(1072, 800)
        page.render(view)
        page.intent.connect(said.append)
        with qtbot.waitActive(page):
            page.show()
            page.activateWindow()
        return page

    return make


def test_another_session_is_chosen_by_its_row(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(sessions())
    qtbot.mouseClick(page.session_row(OTHER), Qt.MouseButton.LeftButton)
    assert said == [intents.ChooseSession(session_id=OTHER)]


def test_arrow_keys_choose_the_next_session(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(sessions())
    page.session_row(SESSION).setFocus()
    qtbot.keyClick(page.session_row(SESSION), Qt.Key.Key_Down)
    assert said == [intents.ChooseSession(session_id=OTHER)]


def test_a_row_says_what_it_shows(shown: Shown) -> None:
    page = shown(sessions())
    assert page.session_row(SESSION).accessibleName() == "Fix the loss spike, 3 people \u00b7 Direct, 42 minutes left"
    assert page.session_row(SESSION).isChecked()


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_time_is_added_by_one_press(shown: Shown, said: list[object], qtbot: QtBot, minutes: int) -> None:
    page = shown(sessions())
    qtbot.mouseClick(page.panel.extend_buttons[minutes], Qt.MouseButton.LeftButton)
    assert said == [intents.Extend(session_id=SESSION, minutes=minutes)]


def test_only_what_still_fits_is_offered(shown: Shown) -> None:
    view = sessions()
    assert view.detail is not None
    page = shown(msgspec.structs.replace(view, detail=msgspec.structs.replace(view.detail, choices=(15,))))
    offered = [minutes for minutes, button in page.panel.extend_buttons.items() if button.isVisible()]
    assert offered == [15]


def test_a_guest_is_given_another_access_at_once(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(sessions(revoke=""))
    row = page.panel.guest_row(KESTREL.peer_id)
    qtbot.mouseClick(row.access.segment("observer"), Qt.MouseButton.LeftButton)
    assert said == [intents.ChangeRole(session_id=SESSION, peer_id=KESTREL.peer_id, role="observer")]


def test_revoking_asks_under_the_row_with_the_safe_answer_first(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(sessions(revoke=""))
    row = page.panel.guest_row(BASALT.peer_id)
    qtbot.mouseClick(row.revoke_button, Qt.MouseButton.LeftButton)
    assert said == [intents.AskRevoke(session_id=SESSION, peer_id=BASALT.peer_id)]
    page.render(sessions(revoke="basalt"))
    assert row.confirm.isVisible()
    assert QApplication.focusWidget() is row.confirm.keep_button
    qtbot.mouseClick(row.confirm.confirm_button, Qt.MouseButton.LeftButton)
    assert said[-1] == intents.Revoke(session_id=SESSION, peer_id=BASALT.peer_id)


def test_escape_keeps_the_guest(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(sessions(revoke="basalt"))
    row = page.panel.guest_row(BASALT.peer_id)
    qtbot.keyClick(row.confirm.keep_button, Qt.Key.Key_Escape)
    assert said == [intents.AskRevoke(session_id=SESSION, peer_id="")]
    page.render(sessions(revoke=""))
    assert QApplication.focusWidget() is row.revoke_button


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("sessions.invite.B9HT.show", intents.ShowPage(page="share", session_id=SESSION)),
        ("sessions.invite.B9HT.cancel", intents.CancelInvite(session_id=SESSION, name="B9HT")),
        ("settings.invite", intents.InviteMore(session_id=SESSION)),
        ("settings.open", intents.ShowPage(page="workspace", session_id=SESSION)),
        ("settings.end", intents.AskEnd(session_id=SESSION, is_shown=True)),
        ("settings.approval", intents.SetSessionApproval(session_id=SESSION, is_asked=False)),
        ("settings.pause", intents.PauseInput(session_id=SESSION, is_paused=True)),
        ("sessions.end_all.ask", intents.AskEndAll(is_shown=True)),
        ("sessions.new", intents.ShowPage(page="new_session")),
    ],
)
def test_every_button_asks_for_its_thing(
    shown: Shown, said: list[object], qtbot: QtBot, name: str, asked: object
) -> None:
    page = shown(sessions(revoke=""))
    button = page.findChild(object, name)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert said == [asked]


def test_ending_everything_counts_what_ends_and_takes_enter(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(sessions(revoke=""))
    page.render(sessions(revoke="", is_end_all_asked=True))
    assert page.end_all_confirm.accessibleName().startswith("End 3 sessions? 7 guests are disconnected")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert said == [intents.EndAll()]


def test_a_guest_asks_for_time_and_leaves_but_changes_nothing(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(guest_sessions())
    hidden = ("settings.guests", "settings.switches", "sessions.invites", "sessions.end_all", "settings.extend_15")
    assert [name for name in hidden if page.findChild(object, name).isVisible()] == []
    qtbot.mouseClick(page.panel.ask_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.panel.end_button, Qt.MouseButton.LeftButton)
    assert said == [
        intents.AskTime(session_id=SESSION, minutes=30),
        intents.Leave(session_id=SESSION),
    ]


def test_without_sessions_the_page_says_so(shown: Shown) -> None:
    page = shown(SessionsView())
    assert page.findChild(object, "sessions.empty").isVisible()
    assert not page.panel.isVisible()


def test_in_a_narrow_window_the_columns_stand_one_below_the_other(shown: Shown, qtbot: QtBot) -> None:
    page = shown(sessions())
    page.resize(800, 900)
    qtbot.waitUntil(lambda: page.panel.y() > page.session_row(SESSION).y() + 100)
    assert page.panel.width() > 600


def test_a_guest_that_something_speaks_against_can_be_trusted_again(
    shown: Shown, said: list[object], qtbot: QtBot
) -> None:
    view = sessions(revoke="")
    assert view.detail is not None
    guest = msgspec.structs.replace(view.detail.guests[0], response="read_only", reasons=("unusual_rate",))
    detail = msgspec.structs.replace(view.detail, guests=(guest, *view.detail.guests[1:]))
    page = shown(msgspec.structs.replace(view, detail=detail))
    row = page.panel.guest_row(KESTREL.peer_id)
    assert row.trust_button.isVisible()
    assert not page.panel.guest_row(BASALT.peer_id).trust_button.isVisible()
    qtbot.mouseClick(row.trust_button, Qt.MouseButton.LeftButton)
    assert said == [intents.Trust(session_id=SESSION, peer_id=KESTREL.peer_id)]


def test_hours_stand_at_the_time_where_a_session_has_them_and_nowhere_else(shown: Shown) -> None:
    view = sessions(revoke="")
    page = shown(view)
    assert not page.findChild(object, "settings.hours").isVisible()
    assert view.detail is not None
    detail = msgspec.structs.replace(view.detail, hours="22:00-06:00 Europe/Berlin", is_input_paused=True)
    page.render(msgspec.structs.replace(view, detail=detail))
    assert page.findChild(object, "settings.hours").text() == "Guests come in at 22:00-06:00 Europe/Berlin only"
    assert page.panel.pause.isChecked()
