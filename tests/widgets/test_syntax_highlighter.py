"""Colours: what an edited text shows in the end is what a text opened anew would show."""

import random

import pytest
from pygments.lexers import find_lexer_class_for_filename, get_all_lexers, get_lexer_by_name
from PySide6.QtGui import QTextBlock
from pytestqt.qtbot import QtBot

from horizon_desktop.widgets.code_editor import CodeEditor
from horizon_desktop.widgets.line_lexer import ROOT, LineLexer, language_of
from horizon_desktop.widgets.text_mirror import Change, units
from horizon_desktop.widgets.theme import Theme

LINES = ("def f(x):", "    return 1", '"""', "'''", "# 😀 note", "x = '😀' + str(2)", "", "class A:")


def opened(qtbot: QtBot, theme: Theme, text: str) -> CodeEditor:
    editor = CodeEditor(theme)
    qtbot.addWidget(editor)
    editor.resize(500, 300)
    editor.open_text(text, file_name="a.py")
    return editor


def colours(editor: CodeEditor) -> list[list[tuple[int, int, str]]]:
    found = []
    block: QTextBlock = editor.document().begin()
    while block.isValid():
        ranges = block.layout().formats()
        found.append([(part.start, part.length, part.format.foreground().color().name()) for part in ranges])
        block = block.next()
    return found


def settle(qtbot: QtBot, editor: CodeEditor) -> None:
    qtbot.waitUntil(lambda: editor.highlighter.is_done, timeout=10_000)


@pytest.mark.parametrize("seed", range(6))
def test_edits_leave_the_colours_of_a_text_opened_anew(qtbot: QtBot, theme: Theme, seed: int) -> None:
    rng = random.Random(seed)
    editor = opened(qtbot, theme, "\n".join(rng.choice(LINES) for _ in range(40)))
    for _ in range(60):
        text = editor.text()
        start = rng.randrange(len(text) + 1)
        removed = units(text[start : start + rng.choice((0, 0, 1, 5, 30))])
        inserted = rng.choice(("", "x", "\n", '"""', "\n'''\n", rng.choice(LINES) + "\n"))
        editor.apply_deltas([Change(units(text[:start]), removed, inserted)])
        if rng.random() < 0.2:
            settle(qtbot, editor)
    settle(qtbot, editor)
    fresh = opened(qtbot, theme, editor.text())
    settle(qtbot, fresh)
    assert colours(editor) == colours(fresh)


def test_a_string_over_lines_colours_the_lines_inside_it() -> None:
    lexer, state = LineLexer("a.py"), ROOT
    spans = []
    for line in ("x = '''a", "def f(): pass", "b'''"):
        found, state = lexer.line(line, state)
        spans.append([color for _start, _length, color in found])
    assert spans[1] == ["ed_str"]
    assert state == ROOT


def test_a_line_that_is_very_long_stays_plain() -> None:
    assert LineLexer("a.py").line("x = 1 " * 1000, ROOT) == ([], ROOT)


def test_a_file_of_no_known_language_stays_plain(qtbot: QtBot, theme: Theme) -> None:
    editor = CodeEditor(theme)
    qtbot.addWidget(editor)
    editor.open_text("def f(): pass", file_name="thing.unheardof")
    assert editor.highlighter.is_done
    assert colours(editor) == [[]]


SAMPLE = (
    "def f(x): return 'a' # c",
    '<a href="x">{{ y }}<?php echo 1; ?></a>',
    "key: [1, 2]",
    "/* c",
    "*/ int i;",
    '"""',
    "#if 0",
)


@pytest.mark.parametrize("alias", [aliases[0] for _name, aliases, _files, _types in get_all_lexers() if aliases][::12])
def test_every_language_takes_any_line_in_any_state(alias: str) -> None:
    patterns = get_lexer_by_name(alias).filenames
    lexer, state = LineLexer(patterns[0].replace("*", "a") if patterns else "a"), ROOT
    for line in SAMPLE * 2:
        spans, state = lexer.line(line, state)
        assert all(start >= 0 and start + length <= len(line) + 1 for start, length, _color in spans)


def test_another_language_colours_the_same_text_anew(qtbot: QtBot, theme: Theme) -> None:
    editor = opened(qtbot, theme, "/* a\nb */ int x;\n")
    settle(qtbot, editor)
    editor.highlighter.set_language("a.c")
    settle(qtbot, editor)
    fresh = CodeEditor(theme)
    qtbot.addWidget(fresh)
    fresh.open_text("/* a\nb */ int x;\n", file_name="a.c")
    settle(qtbot, fresh)
    assert colours(editor) == colours(fresh)


@pytest.mark.parametrize(
    "name",
    ["train.py", "main.c", "Makefile", "a.tar.gz", "x.h", "CMakeLists.txt", "job.sh", "notes", "run.3.log", "a.R"],
)
def test_a_language_is_the_one_that_pygments_finds(name: str) -> None:
    assert language_of(name) is find_lexer_class_for_filename(name)
