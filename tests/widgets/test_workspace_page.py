"""The workspace as a person uses it: by keyboard, by name, in wide and narrow windows, as host and as guest."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QMenu, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.chat_panel import ChatLineView
from horizon_desktop.presentation.intents import (
    AskEnd,
    AskRevoke,
    AskTime,
    ChangeRole,
    CloseDifference,
    CloseFile,
    EndSession,
    Extend,
    FloatPresence,
    Follow,
    Intent,
    InviteMore,
    Leave,
    RemoveFile,
    RestoreFile,
    Revoke,
    Say,
    SelectFile,
    ShowDifference,
    ShowPage,
    ShowPanel,
)
from horizon_desktop.presentation.reconnecting import SilenceStage
from horizon_desktop.presentation.workspace import Panel, ReadOnlyReason, WorkspaceView
from horizon_desktop.widgets.text_mirror import Change
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_page import WorkspacePage
from tests.pictures import invented_workspace as invented

MARKUP = "<b>mallory</b><img src='http://127.0.0.1/x'>"
KESTREL = invented.people()[1].badge.peer_id
TRAINER, SCHEDULE = invented.file_id("trainer.py"), invented.file_id("schedule.py")
replace = msgspec.structs.replace
Open = Callable[..., WorkspacePage]


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Open:
    def make(view: WorkspaceView | None = None, *, width: int = 1300) -> WorkspacePage:
        page = WorkspacePage(theme)
        qtbot.addWidget(page)
        page.resize(width, 760)
        page.render(view or invented.workspace())
        page.editor.open_text(invented.TEXT, file_name="trainer.py")
        with qtbot.waitActive(page):
            page.show()
            page.activateWindow()
        page.focus_main()
        page.said = []  # type: ignore[attr-defined]
        page.intent.connect(page.said.append)  # type: ignore[attr-defined]
        return page

    return make


def said(page: WorkspacePage) -> list[Intent]:
    return page.said  # type: ignore[attr-defined,no-any-return]


def press(page: WorkspacePage, name: str) -> None:
    button = page.findChild(QAbstractButton, name)
    assert isinstance(button, QAbstractButton), name
    assert button.isVisibleTo(page), name
    button.click()


def texts(page: WorkspacePage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def choose(menu: QMenu | None, name: str) -> None:
    assert menu is not None
    action = next(action for action in menu.actions() if action.objectName().endswith(name))
    assert isinstance(action, QAction)
    action.trigger()
    menu.close()


# --- what each control asks for ---


def test_the_hosts_top_bar_asks_for_what_it_says(opened: Open) -> None:
    page = opened()
    for name in ("top_bar.back", "presence_bar.extend", "top_bar.float", "top_bar.invite", "top_bar.end"):
        press(page, name)
    session = invented.SESSION
    assert said(page) == [
        ShowPage(page="home"),
        Extend(session_id=session, minutes=30),
        FloatPresence(form="bar"),
        InviteMore(session_id=session),
        AskEnd(session_id=session, is_shown=True),
    ]


def test_a_guests_top_bar_asks_for_time_and_leaves_and_cannot_invite(opened: Open) -> None:
    page = opened(invented.workspace(me="kestrel"))
    press(page, "presence_bar.extend")
    press(page, "top_bar.end")
    assert said(page) == [
        AskTime(session_id=invented.SESSION, minutes=30),
        Leave(session_id=invented.SESSION),
    ]
    invite = page.findChild(QAbstractButton, "top_bar.invite")
    assert isinstance(invite, QAbstractButton)
    assert not invite.isVisibleTo(page)


def test_a_file_is_opened_from_the_tree_by_keyboard(opened: Open) -> None:
    page = opened()
    tree = page.files.tree
    tree.setFocus()
    tree.setCurrentIndex(tree.index_of("schedule.py"))
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert said(page) == [SelectFile(session_id=invented.SESSION, file_id=SCHEDULE)]


def test_the_host_can_compare_restore_and_stop_sharing_a_file_that_guests_changed(opened: Open) -> None:
    page = opened()
    row = next(row for row in invented.workspace().files.rows if row.file_id == TRAINER)
    row = replace(row, has_guest_edits=True)
    for name in (".compare", ".restore", ".remove"):
        choose(page.files.file_menu(row), name)
    ids = {"session_id": invented.SESSION, "file_id": TRAINER}
    assert said(page) == [ShowDifference(**ids), RestoreFile(**ids), RemoveFile(**ids)]


def test_a_guest_is_offered_neither_adding_nor_removing_files(opened: Open) -> None:
    page = opened(invented.workspace(me="kestrel"))
    assert not page.files.add_button.isVisibleTo(page)
    menu = page.files.file_menu(invented.workspace().files.rows[-1])
    assert menu is not None
    assert [action.objectName() for action in menu.actions()] == ["file_list.open", "file_list.copy"]


def test_a_tab_is_closed_by_its_key(opened: Open) -> None:
    page = opened()
    tab = page.area.tabs.tab_of(SCHEDULE)
    assert tab is not None
    tab.setFocus()
    QTest.keyClick(tab, Qt.Key.Key_Delete)
    assert said(page) == [CloseFile(session_id=invented.SESSION, file_id=SCHEDULE)]


def test_revoking_takes_two_steps_and_the_safe_answer_comes_first(opened: Open) -> None:
    page = opened()
    row = page.side.people.row_of(KESTREL)
    assert row is not None
    choose(row.menu(), ".revoke")
    page.render(invented.workspace(revoke="kestrel"))
    keep = page.findChild(QAbstractButton, f"person.{KESTREL[:8]}.revoke.keep")
    assert isinstance(keep, QAbstractButton)
    assert keep.hasFocus()
    QTest.keyClick(keep, Qt.Key.Key_Return)
    press(page, f"person.{KESTREL[:8]}.revoke.confirm")
    assert said(page) == [
        AskRevoke(session_id=invented.SESSION, peer_id=KESTREL),
        AskRevoke(session_id=invented.SESSION, peer_id=""),
        Revoke(session_id=invented.SESSION, peer_id=KESTREL),
    ]


def test_the_host_changes_a_guests_role_from_the_menu_of_the_row(opened: Open) -> None:
    page = opened()
    row = page.side.people.row_of(KESTREL)
    assert row is not None
    menu = row.menu()
    assert menu is not None
    names = [action.objectName() for action in menu.actions() if ".role." in action.objectName()]
    assert names == ["participant_menu.role.observer", "participant_menu.role.editor"]
    choose(menu, "role.observer")
    assert said(page) == [ChangeRole(session_id=invented.SESSION, peer_id=KESTREL, role="observer")]


def test_a_guest_has_no_menu_entry_for_roles_or_revoking(opened: Open) -> None:
    page = opened(invented.workspace(me="kestrel"))
    row = page.side.people.row_of(invented.people()[0].badge.peer_id)
    assert row is not None
    menu = row.menu()
    assert menu is not None
    assert [action.objectName() for action in menu.actions()] == ["participant_menu.follow"]


def test_a_request_for_time_is_granted_at_the_row(opened: Open) -> None:
    rows = invented.people()
    rows = (rows[0], replace(rows[1], asked_minutes=30), rows[2])
    view = invented.workspace()
    page = opened(replace(view, people=replace(view.people, rows=rows)))
    press(page, f"person.{KESTREL[:8]}.request")
    assert said(page) == [Extend(session_id=invented.SESSION, minutes=30)]


def test_a_badge_follows_and_escape_in_the_text_stops(opened: Open) -> None:
    page = opened(replace(invented.workspace(), following=None))
    press(page, f"badge.{KESTREL[:8]}")
    page.render(invented.workspace())
    QTest.keyClick(page.editor, Qt.Key.Key_Escape)
    assert said(page)[-1] == Follow(session_id=invented.SESSION, peer_id="")


def test_typing_stops_following(opened: Open) -> None:
    page = opened()
    QTest.keyClicks(page.editor, "x")
    assert said(page) == [Follow(session_id=invented.SESSION, peer_id="")]


def test_a_message_is_sent_with_enter_and_the_field_is_empty_again(opened: Open) -> None:
    page = opened()
    QTest.keyClicks(page.side.chat.field, "  hello  ")
    QTest.keyClick(page.side.chat.field, Qt.Key.Key_Return)
    QTest.keyClick(page.side.chat.field, Qt.Key.Key_Return)
    assert said(page) == [Say(session_id=invented.SESSION, text="hello")]
    assert page.side.chat.field.text() == ""


def test_ending_is_asked_and_enter_says_yes(opened: Open) -> None:
    page = opened()
    page.render(invented.workspace(is_end_asked=True))
    confirm = page.findChild(QAbstractButton, "end_confirm.confirm")
    assert isinstance(confirm, QAbstractButton)
    assert confirm.hasFocus()
    QTest.keyClick(confirm, Qt.Key.Key_Return)
    assert said(page) == [EndSession(session_id=invented.SESSION)]
    assert "2 guests are disconnected" in texts(page)


def test_the_difference_stands_where_the_text_was_and_escape_goes_back(opened: Open) -> None:
    page = opened()
    page.render(replace(invented.workspace(), difference=invented.changed()))
    assert "1 line added, 2 removed" in texts(page)
    QTest.keyClick(page.area.difference.list, Qt.Key.Key_Escape)
    assert said(page) == [CloseDifference(session_id=invented.SESSION)]


# --- the keyboard ---


def test_f6_walks_through_the_regions_and_out_of_the_text(opened: Open) -> None:
    page = opened()
    assert page.editor.hasFocus()
    visited = []
    for _ in range(4):
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_F6)
        visited.append(page.focusWidget().objectName())
    assert visited == ["chat_field", "top_bar.back", "file_tree", "editor_text"]
    QTest.keyClick(page.focusWidget(), Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert page.focusWidget() is page.files.tree


def test_ctrl_tab_goes_round_the_open_files(opened: Open) -> None:
    page = opened()
    QTest.keyClick(page.editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert said(page) == [SelectFile(session_id=invented.SESSION, file_id=SCHEDULE)]


def test_tab_in_the_text_indents_and_never_leaves_it(opened: Open) -> None:
    page = opened(replace(invented.workspace(), following=None))
    QTest.keyClick(page.editor, Qt.Key.Key_Tab)
    assert page.editor.hasFocus()
    assert page.editor.text().startswith("    import torch")


def test_find_and_go_to_line_open_by_key_and_escape_returns_to_the_text(opened: Open) -> None:
    page = opened()
    QTest.keyClick(page.editor, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.area.find_bar.find_field.hasFocus()
    QTest.keyClick(page.area.find_bar.find_field, Qt.Key.Key_Escape)
    assert page.editor.hasFocus()
    QTest.keyClick(page.editor, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(page.area.line_bar.field, "23")
    QTest.keyClick(page.area.line_bar.field, Qt.Key.Key_Return)
    assert page.editor.own_line() == 22
    assert page.editor.hasFocus()


def test_choosing_the_chat_puts_the_focus_into_its_field(opened: Open) -> None:
    page = opened()
    press(page, "side_tabs.chat")
    page.render(replace(invented.workspace(), panel=Panel.CHAT))
    assert said(page) == [ShowPanel(panel="chat")]
    assert page.side.chat.field.hasFocus()
    assert not page.side.people.isVisibleTo(page)


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
