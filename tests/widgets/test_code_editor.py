"""The shared editor: what comes out of it is what a person did, whatever Qt reports, and nothing else."""

import random
from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.workspace import RemoteCaretView
from horizon_desktop.widgets.code_editor import CodeEditor
from horizon_desktop.widgets.text_mirror import Change, TextMirror, shown, units
from horizon_desktop.widgets.theme import Theme

PIECES = (
    "x",
    "é",
    "日本",
    "😀",
    "👩\u200d👧",
    "\n",
    "\r\n",
    "ab\ncd",
    "\u2028",
    "\u2029",
    "\t",
    "\ufdd0",
    "\ufffc",
    "\u202e",
)
SEEDS = range(8)


class Copy:
    """What a replica on the other side of `edited` would hold."""

    def __init__(self, editor: CodeEditor) -> None:
        self.mirror = TextMirror(editor.text())
        self.count = 0
        editor.edited.connect(self._take)

    def _take(self, position: int, removed: int, inserted: str) -> None:
        self.mirror.splice(Change(position, removed, inserted))
        self.count += 1

    def text(self) -> str:
        return self.mirror.text()


@pytest.fixture
def editor(qtbot: QtBot, theme: Theme) -> CodeEditor:
    made = CodeEditor(theme)
    qtbot.addWidget(made)
    made.resize(600, 300)
    made.open_text("def f():\n    return 1\n", file_name="trainer.py")
    made.show()
    return made


def document_text(editor: CodeEditor) -> str:
    pen = QTextCursor(editor.document())
    pen.select(QTextCursor.SelectionType.Document)
    return pen.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")


def in_step(editor: CodeEditor) -> bool:
    return shown(document_text(editor)) == shown(editor.text())


def whole_position(text: str, rng: random.Random) -> int:
    return units(text[: rng.randrange(len(text) + 1)])


def type_something(editor: CodeEditor, rng: random.Random) -> None:
    position = whole_position(editor.text(), rng)
    editor.set_caret(position, position)
    chosen = rng.choice(("keys", "back", "paste", "preedit", "commit", "select", "enter", "tab", "shift enter"))
    if chosen == "keys":
        QTest.keyClicks(editor, rng.choice(("q", "word", "a b")))
    elif chosen == "back":
        QTest.keyClick(editor, Qt.Key.Key_Backspace)
    elif chosen == "paste":
        data = QMimeData()
        data.setText(rng.choice(PIECES) + "pasted")
        editor.insertFromMimeData(data)
    elif chosen == "preedit":
        QApplication.sendEvent(editor, QInputMethodEvent("にほ", []))
    elif chosen == "commit":
        event = QInputMethodEvent("", [])
        event.setCommitString("日本")
        QApplication.sendEvent(editor, event)
    elif chosen == "select":
        other = whole_position(editor.text(), rng)
        editor.set_caret(position, other)
        QTest.keyClicks(editor, "z")
    elif chosen == "enter":
        QTest.keyClick(editor, Qt.Key.Key_Return)
    elif chosen == "tab":
        QTest.keyClick(editor, Qt.Key.Key_Tab)
    else:
        QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)


def somebody_else_types(editor: CodeEditor, copy: Copy, rng: random.Random) -> None:
    deltas = []
    for _ in range(rng.randrange(1, 4)):
        text = copy.text()
        start = rng.randrange(len(text) + 1)
        removed = units(text[start : start + rng.randrange(0, 3)])
        change = Change(units(text[:start]), removed, rng.choice(PIECES))
        copy.mirror.splice(change)
        deltas.append(change)
    editor.apply_deltas(deltas)


@pytest.mark.parametrize("seed", SEEDS)
def test_own_typing_and_the_typing_of_others_never_part_the_copies(editor: CodeEditor, seed: int) -> None:
    rng = random.Random(seed)
    copy = Copy(editor)
    for step in range(150):
        if rng.random() < 0.5:
            type_something(editor, rng)
        else:
            somebody_else_types(editor, copy, rng)
        assert copy.text() == editor.text(), (seed, step)
        assert in_step(editor), (seed, step)
        if step % 10 == 0:
            editor.grab()


def test_typing_says_the_smallest_change(editor: CodeEditor) -> None:
    said: list[tuple[int, int, str]] = []
    editor.edited.connect(lambda *change: said.append(change))
    editor.set_caret(8, 8)
    QTest.keyClicks(editor, "#")
    assert said == [(8, 0, "#")]


def test_composing_a_word_says_nothing_until_it_is_committed(editor: CodeEditor) -> None:
    copy = Copy(editor)
    QApplication.sendEvent(editor, QInputMethodEvent("にほん", []))
    assert copy.count == 0
    event = QInputMethodEvent("", [])
    event.setCommitString("日本")
    QApplication.sendEvent(editor, event)
    assert copy.text() == "日本def f():\n    return 1\n"


def test_the_text_of_others_is_not_said_again(editor: CodeEditor) -> None:
    copy = Copy(editor)
    editor.apply_deltas([Change(0, 3, "async def")])
    assert copy.count == 0
    assert editor.text() == "async def f():\n    return 1\n"


def test_a_change_outside_the_text_is_refused_and_nothing_moves(editor: CodeEditor) -> None:
    with pytest.raises(ValueError, match="outside"):
        editor.apply_deltas([Change(1000, 0, "x")])
    assert in_step(editor)


def test_setting_a_text_says_nothing(editor: CodeEditor) -> None:
    copy = Copy(editor)
    editor.set_text("another\r\ntext\u2028")
    assert copy.count == 0
    assert editor.text() == "another\r\ntext\u2028"


def test_copying_gives_the_true_text_back(editor: CodeEditor) -> None:
    editor.set_text("a\rb\u00a0c")
    editor.set_caret(0, 5)
    assert editor.createMimeDataFromSelection().text() == "a\rb\u00a0c"


def test_the_own_caret_stays_where_others_type(editor: CodeEditor) -> None:
    editor.set_caret(8, 8)
    editor.apply_deltas([Change(8, 0, "xyz"), Change(0, 0, "ab")])
    assert editor.caret() == (10, 10)


def test_an_own_selection_survives_typing_at_its_edges(editor: CodeEditor) -> None:
    editor.set_caret(4, 6)
    editor.apply_deltas([Change(0, 0, "1"), Change(7, 0, "2")])
    assert editor.caret() == (5, 7)


def test_the_lines_in_sight_stay_in_sight_when_others_type_above(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_text("\n".join(str(number) for number in range(500)))
    editor.verticalScrollBar().setValue(200)
    first = editor.firstVisibleBlock().text()
    editor.apply_deltas([Change(0, 0, "new\nlines\n")])
    assert editor.firstVisibleBlock().text() == first


def test_undo_and_redo_ask_instead_of_undoing(editor: CodeEditor, qtbot: QtBot) -> None:
    QTest.keyClicks(editor, "x")
    with qtbot.waitSignal(editor.undo_asked, timeout=1000):
        QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.text().startswith("x")
    with qtbot.waitSignal(editor.redo_asked, timeout=1000):
        QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)


def test_an_undone_step_is_brought_into_sight_with_the_caret_behind_it(editor: CodeEditor) -> None:
    editor.set_text("\n".join(str(number) for number in range(500)))
    copy = Copy(editor)
    editor.show_step([Change(1500, 0, "back")])
    assert editor.caret() == (1504, 1504)
    first, last = editor.sight()
    assert first <= editor.own_line() <= last
    assert copy.count == 0


def try_paste(editor: CodeEditor) -> None:
    QApplication.clipboard().setText("smuggled")
    QTest.keyClick(editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda editor: QTest.keyClicks(editor, "x"),
        lambda editor: QTest.keyClick(editor, Qt.Key.Key_Backspace),
        lambda editor: QTest.keyClick(editor, Qt.Key.Key_Return),
        lambda editor: QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
        try_paste,
    ],
)
def test_a_read_only_text_refuses_and_says_so(
    editor: CodeEditor, qtbot: QtBot, attempt: Callable[[CodeEditor], None]
) -> None:
    editor.set_read_only(is_read_only=True)
    before = editor.text()
    with qtbot.waitSignal(editor.typing_refused, timeout=1000):
        attempt(editor)
    assert editor.text() == before == document_text(editor)


def test_a_read_only_text_can_be_walked_with_the_keys(editor: CodeEditor) -> None:
    editor.set_read_only(is_read_only=True)
    QTest.keyClick(editor, Qt.Key.Key_Down)
    assert editor.own_line() == 1


def test_carets_of_others_are_painted_at_every_position(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_text("a😀\n\n" + "x" * 300 + "\nlast")
    end = units(editor.text())
    for position in (*range(9), 200, end - 1, end, end + 50):
        for other in (0, position, end):
            editor.set_remote_carets(
                [RemoteCaretView(peer_id="k", name="<b>kestrel</b>", color=9, anchor=other, head=position)]
            )
            assert not editor.grab().isNull()


def test_carets_of_others_move_along_with_every_edit(editor: CodeEditor) -> None:
    editor.set_remote_carets([RemoteCaretView(peer_id="k", name="kestrel", color=1, anchor=4, head=8)])
    editor.set_caret(0, 0)
    QTest.keyClicks(editor, "ab")
    editor.apply_deltas([Change(0, 1, "")])
    assert [(caret.anchor, caret.head) for caret in editor.remote.carets] == [(5, 9)]


def test_hidden_carets_leave_no_mark(editor: CodeEditor) -> None:
    plain = editor.grab().toImage()
    editor.set_remote_carets([RemoteCaretView(peer_id="k", name="kestrel", color=1, anchor=4, head=8)])
    assert editor.grab().toImage() != plain
    editor.show_remote(is_shown=False)
    assert editor.grab().toImage() == plain


def test_a_flag_fades_when_its_owner_stands_still(editor: CodeEditor, qtbot: QtBot) -> None:
    caret = RemoteCaretView(peer_id="k", name="kestrel", color=1, anchor=4, head=4)
    editor.set_remote_carets([caret])
    assert editor.remote.flag_opacity("k") == 1.0
    qtbot.waitUntil(lambda: editor.remote.flag_opacity("k") == 0.0, timeout=8000)
    editor.set_remote_carets([msgspec.structs.replace(caret, head=5)])
    assert editor.remote.flag_opacity("k") == 1.0


def test_following_keeps_the_other_caret_in_sight(editor: CodeEditor) -> None:
    editor.set_text("\n".join(str(number) for number in range(500)))
    editor.set_remote_carets([RemoteCaretView(peer_id="k", name="kestrel", color=1, anchor=1500, head=1500)])
    editor.follow("k")
    first, last = editor.sight()
    assert first <= editor.document().findBlock(1500).blockNumber() <= last


def test_a_new_line_begins_where_the_line_above_does(editor: CodeEditor) -> None:
    editor.set_caret(21, 21)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.text() == "def f():\n    return 1\n    \n"


def test_tab_and_back_tab_shift_the_selected_lines(editor: CodeEditor) -> None:
    copy = Copy(editor)
    editor.set_caret(0, 12)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.text() == "    def f():\n        return 1\n" == copy.text()
    QTest.keyClick(editor, Qt.Key.Key_Backtab)
    assert editor.text() == "def f():\n    return 1\n" == copy.text()


def test_the_menu_has_no_undo_of_qts_own(editor: CodeEditor, qtbot: QtBot) -> None:
    menu = editor.own_menu()
    undo = next(action for action in menu.actions() if action.text() == "Undo")
    with qtbot.waitSignal(editor.undo_asked, timeout=1000):
        undo.trigger()
    menu.close()


def test_moving_the_caret_is_said_once(editor: CodeEditor) -> None:
    said: list[tuple[int, int]] = []
    editor.caret_moved.connect(lambda anchor, head: said.append((anchor, head)))
    editor.set_caret(3, 5)
    assert said[-1] == (3, 5)
    assert len(said) == len(set(said))
