"""The floating presence bar, the warnings before the end, and the page after it."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.ended import EndReason
from horizon_desktop.presentation.intents import (
    AskEnd,
    AskTime,
    DismissWarning,
    Extend,
    FloatPresence,
    Intent,
    InviteAgain,
    Leave,
    OpenFolder,
    PlacePresence,
    ResumeSession,
    RetryPath,
    SaveCopy,
    ShowPage,
    ShowPanel,
)
from horizon_desktop.presentation.presence_bar import BarForm, QualityView
from horizon_desktop.widgets.ended_page import EndedPage
from horizon_desktop.widgets.ephemeral_presence_bar import EphemeralPresenceBar
from horizon_desktop.widgets.floating_presence import CORNERS, FloatingPresence
from horizon_desktop.widgets.session_expiry_warning import ExpiryCard, ExpiryNotice
from horizon_desktop.widgets.theme import Theme
from tests.pictures import invented_workspace as invented

SESSION = invented.SESSION
replace = msgspec.structs.replace
Shown = tuple[FloatingPresence, list[Intent]]


@pytest.fixture
def floated(qtbot: QtBot, theme: Theme) -> Callable[[BarForm], Shown]:
    def make(form: BarForm) -> Shown:
        bar = FloatingPresence(theme)
        qtbot.addWidget(bar)
        said: list[Intent] = []
        bar.intent.connect(said.append)
        bar.show_presence(invented.presence(form=form))
        return bar, said

    return make


def press(widget: QWidget, name: str) -> None:
    button = widget.findChild(QAbstractButton, name)
    assert isinstance(button, QAbstractButton), name
    assert button.isVisibleTo(widget), name
    button.click()


def words(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def body(bar: FloatingPresence) -> QRect:
    return bar.body().translated(bar.pos())


@pytest.mark.parametrize("form", [BarForm.MINI, BarForm.BAR, BarForm.PANEL])
def test_the_bar_appears_without_taking_the_focus(floated: Callable[[BarForm], Shown], form: BarForm) -> None:
    before = QApplication.focusWidget()
    bar, _said = floated(form)
    assert bar.isVisible()
    assert bar.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    assert bar.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert bar.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    assert QApplication.focusWidget() is before


def test_asking_for_it_lets_the_bar_take_the_keyboard(floated: Callable[[BarForm], Shown]) -> None:
    bar, _said = floated(BarForm.BAR)
    bar.take_focus()
    assert not bar.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    assert bar.isVisible()


def test_the_bar_stands_in_any_corner_inside_the_screen(floated: Callable[[BarForm], Shown]) -> None:
    bar, _said = floated(BarForm.BAR)
    area = QApplication.primaryScreen().availableGeometry()
    for corner in CORNERS:
        bar.place(corner)
        assert area.contains(body(bar)), corner


def test_arrow_keys_move_it_from_corner_to_corner_and_that_is_remembered(
    floated: Callable[[BarForm], Shown],
) -> None:
    bar, said = floated(BarForm.BAR)
    bar.place("bottom_right")
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Right):
        QTest.keyClick(bar, key)
    corners = [intent.corner for intent in said if isinstance(intent, PlacePresence)]
    assert corners == ["top_right", "top_left", "bottom_left", "bottom_right"]


def test_a_drag_ends_in_the_nearest_corner(floated: Callable[[BarForm], Shown]) -> None:
    bar, said = floated(BarForm.BAR)
    bar.place("bottom_right")
    grip = bar.body().topLeft() + QPoint(16, 22)
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=grip)
    bar.move(0, 0)
    QTest.mouseMove(bar, grip + QPoint(3, 3))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=grip + QPoint(3, 3))
    assert [intent.corner for intent in said if isinstance(intent, PlacePresence)] == ["top_left"]


def test_the_bar_makes_way_for_what_has_the_focus(floated: Callable[[BarForm], Shown]) -> None:
    bar, _said = floated(BarForm.BAR)
    bar.place("bottom_right")
    focused = QRect(body(bar).center(), body(bar).center() + QPoint(10, 10))
    bar.make_way(focused)
    assert not body(bar).intersects(focused)


def test_mini_opens_with_a_click_and_the_panel_closes_with_escape(floated: Callable[[BarForm], Shown]) -> None:
    mini, said = floated(BarForm.MINI)
    QTest.mouseClick(mini, Qt.MouseButton.LeftButton, pos=mini.body().center())
    assert said == [FloatPresence(form="bar")]
    panel, said = floated(BarForm.PANEL)
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert said == [FloatPresence(form="bar")]


def test_the_bar_shows_the_one_action_that_matters(qtbot: QtBot, floated: Callable[[BarForm], Shown]) -> None:
    bar, said = floated(BarForm.BAR)
    press(bar, "presence_bar.chat")
    bar.show_presence(invented.presence(form=BarForm.BAR, left_s=500))
    press(bar, "presence_bar.action")
    bar.show_presence(invented.presence(form=BarForm.BAR, quality=invented.LOST))
    press(bar, "presence_bar.action")
    assert said == [
        ShowPage(page="workspace", session_id=SESSION),
        ShowPanel(panel="chat"),
        Extend(session_id=SESSION, minutes=30),
        FloatPresence(form="panel"),
    ]


def test_docked_means_no_window(floated: Callable[[BarForm], Shown]) -> None:
    bar, _said = floated(BarForm.BAR)
    bar.show_presence(invented.presence(form=BarForm.DOCKED))
    assert not bar.isVisible()


@pytest.mark.parametrize("form", [BarForm.MINI, BarForm.BAR, BarForm.PANEL])
def test_every_control_of_the_bar_has_a_name_and_room(floated: Callable[[BarForm], Shown], form: BarForm) -> None:
    bar, _said = floated(form)
    for button in bar.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.accessibleName(), button.objectName()
            assert button.objectName()
            assert min(button.width(), button.height()) >= 24


def test_the_time_left_is_said_in_words(floated: Callable[[BarForm], Shown]) -> None:
    bar, _said = floated(BarForm.BAR)
    digits = next(label for label in bar.findChildren(QLabel, "time_digits") if label.isVisible())
    assert isinstance(digits, QLabel)
    assert digits.text() == "42:18"
    assert digits.accessibleName() == "42 minutes left"


def test_the_notice_offers_what_still_fits(qtbot: QtBot, theme: Theme) -> None:
    notice = ExpiryNotice(theme)
    qtbot.addWidget(notice)
    said: list[Intent] = []
    notice.intent.connect(said.append)
    notice.show_warning(replace(invented.expiry(552), choices=(15,)))
    assert "Ends in 9 minutes" in words(notice)
    press(notice, "expiry_notice.extend_15")
    press(notice, "expiry_notice.close")
    notice.show_warning(replace(invented.expiry(551), choices=()))
    assert "This session can't be extended again" in words(notice)
    press(notice, "expiry_notice.again")
    assert said == [
        Extend(session_id=SESSION, minutes=15),
        DismissWarning(session_id=SESSION),
        InviteAgain(session_id=SESSION),
    ]


def test_a_notice_that_was_closed_stays_away_and_the_card_comes_all_the_same(qtbot: QtBot, theme: Theme) -> None:
    notice, card = ExpiryNotice(theme), ExpiryCard(theme)
    for widget in (notice, card):
        qtbot.addWidget(widget)
    closed = replace(invented.expiry(500), is_dismissed=True)
    notice.show_warning(closed)
    card.show_warning(closed)
    assert notice.isHidden()
    assert card.isHidden()
    card.show_warning(replace(invented.expiry(105), is_dismissed=True))
    assert not card.isHidden()


def test_a_guest_reads_only_what_is_true_about_their_edits(qtbot: QtBot, theme: Theme) -> None:
    notice = ExpiryNotice(theme)
    qtbot.addWidget(notice)
    notice.show_warning(invented.expiry(552, is_host=False))
    assert "Everything you typed is already saved with aurora." in words(notice)
    notice.show_warning(replace(invented.expiry(552, is_host=False), edits_waiting=3))
    assert "already saved" not in words(notice)
    assert "3 edits wait to be sent." in words(notice)


def test_asking_for_time_is_possible_once(qtbot: QtBot, theme: Theme) -> None:
    card = ExpiryCard(theme)
    qtbot.addWidget(card)
    said: list[Intent] = []
    card.intent.connect(said.append)
    card.show_warning(invented.expiry(105, is_host=False))
    press(card, "expiry_card.main")
    press(card, "expiry_card.end")
    card.show_warning(replace(invented.expiry(104, is_host=False), has_asked=True))
    main = card.findChild(QAbstractButton, "expiry_card.main")
    assert isinstance(main, QAbstractButton)
    assert not main.isEnabled()
    assert main.accessibleName() == "aurora was asked"
    assert said == [
        AskTime(session_id=SESSION, minutes=30),
        SaveCopy(session_id=SESSION, file_id=invented.file_id("trainer.py")),
    ]


def test_the_hosts_card_extends_ends_and_says_what_is_not_saved(qtbot: QtBot, theme: Theme) -> None:
    card = ExpiryCard(theme)
    qtbot.addWidget(card)
    said: list[Intent] = []
    card.intent.connect(said.append)
    card.show_warning(replace(invented.expiry(105), files_saved=3, files_unsaved=1))
    for name in ("expiry_card.main", "expiry_card.extend_15", "expiry_card.end"):
        press(card, name)
    assert "1 file waits to be saved" in words(card)
    assert said == [
        Extend(session_id=SESSION, minutes=30),
        Extend(session_id=SESSION, minutes=15),
        AskEnd(session_id=SESSION, is_shown=True),
    ]


ENDS = [
    (EndReason.EXPIRED, True, "16:40, by the time limit. All guests are out.", InviteAgain(session_id=SESSION)),
    (EndReason.EXPIRED, False, "16:40, by the time limit.", ShowPage(page="home")),
    (EndReason.HOST, True, "16:40, by you. All guests are out.", InviteAgain(session_id=SESSION)),
    (EndReason.HOST, False, "16:40, by aurora.", ShowPage(page="home")),
    (EndReason.REVOKED, False, "aurora ended it at 16:40.", ShowPage(page="home")),
    (EndReason.LEFT, False, "You left the session", ShowPage(page="home")),
    (EndReason.LOST, False, "Nothing you typed is lost: 6 edits are saved here.", ResumeSession(session_id=SESSION)),
    (EndReason.CRASH, True, "Session interrupted", ResumeSession(session_id=SESSION)),
]


@pytest.mark.parametrize(("reason", "is_host", "sentence", "main"), ENDS)
def test_every_end_says_what_happened_and_what_to_do_next(
    qtbot: QtBot, theme: Theme, reason: EndReason, is_host: bool, sentence: str, main: Intent
) -> None:
    page = EndedPage(theme)
    qtbot.addWidget(page)
    said: list[Intent] = []
    page.intent.connect(said.append)
    page.render(invented.ended(reason=reason, is_host=is_host))
    assert sentence in words(page)
    press(page, "ended.main")
    assert said == [main]


def test_own_copies_are_promised_only_where_there_are_some(qtbot: QtBot, theme: Theme) -> None:
    page = EndedPage(theme)
    qtbot.addWidget(page)
    said: list[Intent] = []
    page.intent.connect(said.append)
    page.render(invented.ended(is_host=False))
    press(page, "ended.folder")
    assert said == [OpenFolder(path="Downloads/horizon")]
    page.render(replace(invented.ended(reason=EndReason.REVOKED, is_host=False), folder=""))
    assert "saved in" not in words(page)
    assert "Your copies" not in words(page)


def test_a_weak_relay_shows_two_bars_and_says_so(floated: Callable[[BarForm], Shown]) -> None:
    bar, _said = floated(BarForm.BAR)
    quality = QualityView(bars=2, path="relay", rtt_ms=142, loss_permille=20)
    bar.show_presence(invented.presence(form=BarForm.BAR, quality=quality))
    spoken = [widget.accessibleName() for widget in bar.findChildren(QWidget) if widget.isVisible()]
    assert "Weak, relay, 142 milliseconds" in spoken


def test_a_guest_leaves_from_the_panel(floated: Callable[[BarForm], Shown]) -> None:
    panel, said = floated(BarForm.PANEL)
    panel.show_presence(invented.presence(me="kestrel", form=BarForm.PANEL))
    press(panel, "presence_panel.end")
    assert said == [Leave(session_id=SESSION)]


def test_a_relay_can_be_asked_about_and_the_direct_path_tried_again(qtbot: QtBot, theme: Theme) -> None:
    bar = EphemeralPresenceBar(theme)
    qtbot.addWidget(bar)
    said: list[object] = []
    bar.intent.connect(said.append)
    relay = QualityView(bars=3, path="relay", rtt_ms=64)
    view = invented.presence(form=BarForm.DOCKED, quality=relay)
    bar.show_presence(msgspec.structs.replace(view, is_host=False))
    bar.show()
    assert bar.path_button.isVisible()
    for action in bar.path_menu().actions():
        action.trigger()
    assert said == [RetryPath(session_id=view.session_id), ShowPage(page="doctor")]
    bar.show_presence(invented.presence(form=BarForm.DOCKED))
    assert not bar.path_button.isVisible()
