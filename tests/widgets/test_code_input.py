"""The code field takes a code in any form, as one field with one focus stop."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from horizon_desktop.widgets.code_input import CodeInput
from horizon_desktop.widgets.theme import Theme


@pytest.fixture
def field(qtbot: QtBot, theme: Theme) -> CodeInput:
    made = CodeInput(theme)
    qtbot.addWidget(made)
    made.show()
    made.setFocus()
    return made


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("k7qf2m97", "K7QF2M97"),
        ("K7QF-2M97", "K7QF2M97"),
        ("k7qf 2m97", "K7QF2M97"),
        ("oil", "011"),
        ("u!?", ""),
        ("K7QF2M97EXTRA", "K7QF2M97"),
    ],
)
def test_typing_keeps_only_symbols_of_the_alphabet(qtbot: QtBot, field: CodeInput, typed: str, code: str) -> None:
    qtbot.keyClicks(field, typed)
    assert field.code() == code


@pytest.mark.parametrize("pasted", [" K7QF - 2M97\n", "k7qf2m97", "K7QF\u20132M97"])
def test_pasting_takes_a_code_in_any_form(qtbot: QtBot, field: CodeInput, pasted: str) -> None:
    qtbot.keyClicks(field, "R4")
    QGuiApplication.clipboard().setText(pasted)
    qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field.code() == "K7QF2M97"
    assert field.is_complete()


def test_a_pasted_part_lands_at_the_cursor(qtbot: QtBot, field: CodeInput) -> None:
    qtbot.keyClicks(field, "K7")
    QGuiApplication.clipboard().setText("qf-2m")
    qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field.code() == "K7QF2M"


def test_typing_over_a_symbol_replaces_it(qtbot: QtBot, field: CodeInput) -> None:
    qtbot.keyClicks(field, "K7QF2M97")
    field.setCursorPosition(1)
    qtbot.keyClicks(field, "9")
    assert field.code() == "K9QF2M97"


def test_typing_over_a_selected_code_starts_anew(qtbot: QtBot, field: CodeInput) -> None:
    qtbot.keyClicks(field, "R4TD6W8K")
    field.selectAll()
    qtbot.keyClicks(field, "K")
    assert field.code() == "K"


def test_enter_submits_and_backspace_takes_back(qtbot: QtBot, field: CodeInput) -> None:
    qtbot.keyClicks(field, "K7QF")
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    assert field.code() == "K7Q"
    with qtbot.waitSignal(field.submitted, timeout=1000):
        qtbot.keyClick(field, Qt.Key.Key_Return)


def test_typing_takes_the_error_away(qtbot: QtBot, field: CodeInput) -> None:
    qtbot.keyClicks(field, "R4TD6W8K")
    field.set_error(has_error=True)
    field.selectAll()
    with qtbot.waitSignal(field.code_changed, timeout=1000):
        qtbot.keyClicks(field, "K")
    assert not field.grab().isNull()


def test_length_and_alphabet_are_parameters(qtbot: QtBot, theme: Theme) -> None:
    made = CodeInput(theme, length=4, alphabet="01")
    qtbot.addWidget(made)
    qtbot.keyClicks(made, "2o1l00")
    assert made.code() == "0110"
