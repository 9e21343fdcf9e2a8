"""The workspace as a person uses it: what each control asks for, and every way by keyboard."""

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

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
from horizon_desktop.presentation.workspace import Panel
from tests.pictures import invented_workspace as invented
from tests.widgets.workspace_driver import KESTREL, SCHEDULE, TRAINER, Open, choose, press, said, texts

replace = msgspec.structs.replace


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
