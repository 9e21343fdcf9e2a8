"""Find and replace: matches are counted, walked through, and replaced one small change at a time."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from horizon_desktop.widgets.code_editor import CodeEditor
from horizon_desktop.widgets.find_bar import FindBar
from horizon_desktop.widgets.theme import Theme

TEXT = "loss = 1\n😀 Loss + loss\n"


@pytest.fixture
def editor(qtbot: QtBot, theme: Theme) -> CodeEditor:
    made = CodeEditor(theme)
    qtbot.addWidget(made)
    made.open_text(TEXT, file_name="a.py")
    return made


@pytest.fixture
def bar(qtbot: QtBot, theme: Theme, editor: CodeEditor) -> FindBar:
    made = FindBar(theme)
    qtbot.addWidget(made)
    made.open_for(editor, is_replacing=True)
    return made


def selected(editor: CodeEditor) -> str:
    return editor.textCursor().selectedText()


def test_typing_selects_the_first_match_from_the_caret(bar: FindBar, editor: CodeEditor) -> None:
    bar.find_field.setText("loss")
    assert editor.caret() == (0, 4)


def test_enter_goes_on_and_shift_enter_back_round_the_end(bar: FindBar, editor: CodeEditor) -> None:
    bar.find_field.setText("loss")
    places = []
    for _ in range(3):
        bar.step(is_back=False)
        places.append(editor.caret()[0])
    assert places == [12, 19, 0]
    bar.step(is_back=True)
    assert editor.caret()[0] == 19


def test_capitals_matter_only_when_asked(bar: FindBar, editor: CodeEditor) -> None:
    bar.find_field.setText("Loss")
    bar.case_button.setChecked(True)
    bar.step(is_back=False)
    assert editor.caret() == (12, 16)


def test_a_pattern_with_a_mistake_is_said_and_finds_nothing(bar: FindBar, editor: CodeEditor) -> None:
    bar.regex_button.setChecked(True)
    bar.find_field.setText("lo(ss")
    assert bar.find_field.property("err") == "true"
    assert not bar.step(is_back=False)


def test_a_pattern_that_matches_nothing_everywhere_does_not_hang(bar: FindBar) -> None:
    bar.regex_button.setChecked(True)
    bar.find_field.setText("x*")
    assert not bar.step(is_back=False)


def test_replacing_one_goes_to_the_next(bar: FindBar, editor: CodeEditor) -> None:
    bar.find_field.setText("loss")
    bar.replace_field.setText("cost")
    bar.replace_one()
    assert editor.text() == TEXT.replace("loss", "cost", 1)
    assert selected(editor) == "Loss"


def test_replacing_all_says_each_change_by_itself(bar: FindBar, editor: CodeEditor) -> None:
    said: list[tuple[int, int, str]] = []
    editor.edited.connect(lambda *change: said.append(change))
    bar.find_field.setText("loss")
    bar.replace_field.setText("c")
    bar.replace_all()
    assert editor.text() == "c = 1\n😀 c + c\n"
    assert said == [(19, 4, "c"), (12, 4, "c"), (0, 4, "c")]


def test_nothing_is_replaced_in_a_read_only_text(bar: FindBar, editor: CodeEditor) -> None:
    editor.set_read_only(is_read_only=True)
    bar.find_field.setText("loss")
    bar.replace_all()
    bar.replace_one()
    assert editor.text() == TEXT


def test_what_is_selected_becomes_the_pattern(bar: FindBar, editor: CodeEditor) -> None:
    editor.set_caret(12, 16)
    bar.open_for(editor, is_replacing=False)
    assert bar.find_field.text() == "Loss"


def test_escape_closes(bar: FindBar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.closed, timeout=1000):
        QTest.keyClick(bar.find_field, Qt.Key.Key_Escape)
