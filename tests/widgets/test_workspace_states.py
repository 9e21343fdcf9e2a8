"""The workspace in trouble, in little time, in narrow windows, and with what strangers send."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.chat_panel import ChatLineView
from horizon_desktop.presentation.intents import (
    Leave,
    PauseInput,
    ShowPage,
)
from horizon_desktop.presentation.reconnecting import SilenceStage
from horizon_desktop.presentation.workspace import Panel, ReadOnlyReason
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.text_mirror import Change
from tests.pictures import invented_workspace as invented
from tests.widgets.workspace_driver import KESTREL, TRAINER, Open, press, said, texts

replace = msgspec.structs.replace


MARKUP = "<b>mallory</b><img src='http://127.0.0.1/x'>"


# --- read only, problems, silence, time ---


def test_a_file_that_may_only_be_read_says_so_and_takes_no_typing(opened: Open) -> None:
    page = opened(invented.workspace(me="kestrel", is_view_only=True))
    spoken: list[str] = []
    page.announcer.said.connect(lambda text, _loud: spoken.append(text))
    QTest.keyClicks(page.editor, "x")
    assert page.editor.text() == invented.TEXT
    assert "View only" in texts(page)
    assert spoken == ["View only"]


def test_a_file_that_is_still_being_opened_takes_no_typing(opened: Open) -> None:
    view = invented.workspace()
    assert view.editor is not None
    page = opened(replace(view, editor=replace(view.editor, is_loading=True)))
    assert page.editor.isReadOnly()
    assert "Opening trainer.py" in texts(page)
    page.render(view)
    assert not page.editor.isReadOnly()
    assert page.editor.hasFocus()


def test_a_file_with_a_problem_says_what_is_kept_and_offers_a_copy(opened: Open) -> None:
    view = invented.workspace()
    assert view.editor is not None
    page = opened(replace(view, editor=replace(view.editor, problem="file.vanished")))
    assert "trainer.py was moved or deleted" in texts(page)
    press(page, "file_problem.save_as")
    assert type(said(page)[0]).__name__ == "SaveCopy"


def test_a_lost_link_is_a_banner_with_the_time_left_and_is_announced_once(opened: Open) -> None:
    page = opened()
    spoken: list[tuple[str, bool]] = []
    page.announcer.said.connect(lambda text, loud: spoken.append((text, loud)))
    page.render(invented.workspace(is_lost=True))
    page.render(invented.workspace(is_lost=True))
    assert "4:26 left to resume. Keep typing: 6 edits wait here" in texts(page)
    assert spoken == [("The link to your guests is lost", True)]


def test_a_guest_whose_link_is_lost_can_leave(opened: Open) -> None:
    page = opened(invented.workspace(me="kestrel", is_lost=True))
    press(page, "reconnecting_banner.leave")
    assert said(page) == [Leave(session_id=invented.SESSION)]


def test_before_thirty_seconds_only_the_indicator_speaks(opened: Open) -> None:
    view = invented.workspace(is_lost=True)
    page = opened(replace(view, reconnecting=replace(view.reconnecting, stage=SilenceStage.CHIP)))
    assert not page.area.silence.isVisibleTo(page)


def test_time_is_announced_when_it_gets_short_and_not_every_second(opened: Open) -> None:
    page = opened()
    spoken: list[tuple[str, bool]] = []
    page.announcer.said.connect(lambda text, loud: spoken.append((text, loud)))
    for left in (2538, 601, 600, 599, 301, 300, 121, 120, 119, 61, 60, 31, 30, 29, 1):
        page.render(invented.workspace(left_s=left))
    assert spoken == [
        ("10 minutes left", False),
        ("5 minutes left", False),
        ("2 minutes left", True),
        ("1 minute left", False),
        ("30 seconds left", False),
    ]


def test_losing_the_right_to_type_is_announced_but_not_the_typing_of_others(opened: Open) -> None:
    view = invented.workspace(me="kestrel")
    page = opened(view)
    spoken: list[str] = []
    page.announcer.said.connect(lambda text, _loud: spoken.append(text))
    assert view.editor is not None
    page.render(replace(view, editor=replace(view.editor, read_only=ReadOnlyReason.TIME)))
    page.editor.set_remote_carets(invented.carets(me="kestrel"))
    page.editor.apply_deltas([Change(0, 0, "# ")])
    assert spoken == ["You can only read this file now"]


def test_a_request_for_time_is_announced_once(opened: Open) -> None:
    view = invented.workspace()
    page = opened(view)
    spoken: list[str] = []
    page.announcer.said.connect(lambda text, _loud: spoken.append(text))
    rows = (view.people.rows[0], replace(view.people.rows[1], asked_minutes=30), view.people.rows[2])
    for _ in range(2):
        page.render(replace(view, people=replace(view.people, rows=rows)))
    assert spoken == ["kestrel asks for 30 more minutes"]


def test_the_urgent_card_never_covers_the_line_somebody_types_in(opened: Open) -> None:
    page = opened(invented.workspace(left_s=105))
    end = len(invented.TEXT)
    page.editor.set_text(invented.TEXT * 4)
    page.editor.set_caret(end * 3, end * 3)
    page.render(invented.workspace(left_s=104))
    caret = page.editor.viewport().mapTo(page, page.editor.cursorRect().center())
    card = page.expiry_card.body().translated(page.expiry_card.pos())
    assert page.expiry_card.isVisibleTo(page)
    assert not card.contains(caret)


# --- folding, names, strangers' text ---


def test_a_narrow_window_turns_the_right_panel_into_tabs(opened: Open) -> None:
    page = opened(width=960)
    assert page.editor.isVisibleTo(page)
    assert not page.side.chat.isVisibleTo(page)
    press(page, "side_tabs.chat")
    page.render(replace(invented.workspace(), panel=Panel.CHAT))
    assert page.side.chat.isVisibleTo(page)
    assert not page.editor.isVisibleTo(page)
    tab = page.area.tabs.tab_of(TRAINER)
    assert tab is not None
    tab.click()
    assert page.editor.isVisibleTo(page)
    page.resize(1300, 760)
    assert page.side.chat.isVisibleTo(page)
    assert page.editor.isVisibleTo(page)


@pytest.mark.parametrize("width", [960, 1100, 1300])
def test_every_control_of_the_top_bar_keeps_its_room(opened: Open, width: int) -> None:
    page = opened(width=width)
    for button in page.top.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.objectName()
            assert page.top.rect().contains(button.mapTo(page.top, button.rect().bottomRight())), button.objectName()


@pytest.mark.parametrize("me", ["aurora", "kestrel"])
@pytest.mark.parametrize("width", [960, 1300])
def test_every_control_has_a_name_a_stable_object_name_and_room_for_a_finger(opened: Open, me: str, width: int) -> None:
    page = opened(invented.workspace(me=me, left_s=500, revoke="kestrel", is_end_asked=True), width=width)
    page.area.open_find(is_replacing=True)
    controls: list[QWidget] = [*page.findChildren(QAbstractButton), *page.findChildren(QLineEdit), page.editor]
    controls += page.findChildren(QTreeView)
    seen = [control for control in controls if control.isVisibleTo(page)]
    assert len(seen) > 20
    for control in seen:
        assert control.accessibleName(), control.objectName()
        assert control.objectName(), control.accessibleName()
        assert min(control.width(), control.height()) >= 24, control.objectName()


def test_markup_in_names_titles_files_and_chat_stays_plain(opened: Open) -> None:
    view = invented.workspace()
    stranger = replace(view.people.rows[1].badge, name=MARKUP)
    rows = (view.people.rows[0], replace(view.people.rows[1], badge=stranger))
    line = ChatLineView(message_id=9, badge=stranger, time="15:51", text=MARKUP)
    page = opened(
        replace(
            view,
            top=replace(view.top, title=MARKUP, presence=replace(view.top.presence, people=rows)),
            people=replace(view.people, rows=rows),
            chat=replace(view.chat, lines=(line,)),
        )
    )
    for label in page.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
    for widget in page.findChildren(QWidget):
        assert "<b>" not in widget.toolTip().replace("&lt;b&gt;", ""), widget.objectName()
    row = page.side.people.row_of(KESTREL)
    assert row is not None
    assert MARKUP in row.accessibleName()
    assert not page.grab().isNull()


def test_people_who_go_take_their_row_along_and_the_others_stay(opened: Open) -> None:
    page = opened()
    before = page.side.people.row_of(KESTREL)
    view = invented.workspace()
    page.render(replace(view, people=replace(view.people, rows=view.people.rows[1:2])))
    assert page.side.people.row_of(KESTREL) is before
    assert page.side.people.row_of(invented.people()[2].badge.peer_id) is None


def test_folders_that_were_closed_stay_closed_when_a_file_is_added(opened: Open) -> None:
    page = opened()
    tree = page.files.tree
    folder = tree.model().index(0, 0)
    tree.collapse(folder)
    view = invented.workspace()
    rows = (*view.files.rows, replace(view.files.rows[-1], path="z.py", name="z.py", file_id=b"z" * 16))
    page.render(replace(view, files=replace(view.files, rows=rows, files=5)))
    assert not tree.isExpanded(tree.model().index(0, 0))
    assert "Only these 5 files are shared" in texts(page)


def test_whoever_joins_later_is_seen_as_a_whole(opened: Open, qtbot: QtBot) -> None:
    view = invented.workspace()
    page = opened(replace(view, people=replace(view.people, rows=view.people.rows[:1])))
    page.render(view)
    last = page.side.people.row_of(view.people.rows[-1].badge.peer_id)
    assert last is not None
    qtbot.waitUntil(lambda: last.visibleRegion().boundingRect().height() >= last.sizeHint().height(), timeout=3000)


def test_thirty_people_leave_room_for_the_chat(opened: Open) -> None:
    view = invented.workspace()
    row = view.people.rows[1]
    rows = tuple(
        replace(row, badge=replace(row.badge, peer_id=f"{number:064x}", name=f"guest {number}")) for number in range(30)
    )
    presence = replace(view.top.presence, people=rows, badges=tuple(row.badge for row in rows))
    page = opened(replace(view, people=replace(view.people, rows=rows), top=replace(view.top, presence=presence)))
    assert page.side.chat.height() >= 200
    shown = [button for button in page.top.findChildren(QAbstractButton) if button.objectName().startswith("badge.")]
    assert len(shown) == 6


# --- what a host should not forget ---


def test_a_host_sees_that_input_is_paused_and_lets_it_go_on_by_one_press(opened: Open) -> None:
    page = opened(invented.spending(is_stopped=True))
    press(page, "top_bar.paused")
    assert said(page) == [PauseInput(session_id=invented.SESSION, is_paused=False)]
    page.render(invented.workspace())
    assert not page.findChild(QAbstractButton, "top_bar.paused").isVisible()
    assert not page.findChild(QAbstractButton, "top_bar.purse").isVisible()


def test_the_purse_runs_down_before_the_hosts_eyes_and_leads_to_its_card(opened: Open) -> None:
    page = opened(invented.spending())
    purse = page.findChild(Button, "top_bar.purse")
    assert (purse.label(), purse.accessibleName()) == ("62 %", "Purse: 1.25 of 2 CPU hours used")
    page.render(invented.spending(is_stopped=True))
    assert purse.label() == "Spent"
    assert purse.accessibleName() == "Purse: Spent: 3 of 2 CPU hours used. Guests read and talk on."
    press(page, "top_bar.purse")
    assert said(page) == [ShowPage(page="sessions", session_id=invented.SESSION)]


def test_where_chat_is_switched_off_neither_its_tab_nor_its_panel_is_there(opened: Open) -> None:
    view = invented.workspace()
    page = opened(view)
    assert page.side.chat.isVisible()
    page.render(replace(view, chat=replace(view.chat, is_off=True)))
    assert not page.side.chat.isVisible()
    assert not page.side.tabs.tab(str(Panel.CHAT)).isVisible()
