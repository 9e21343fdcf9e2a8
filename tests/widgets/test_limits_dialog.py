"""The dialog "Limits and rate": sliders and figures move together, nothing changes before Apply."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.intents import SetLimits
from horizon_desktop.presentation.new_session import SessionDraft, limits_view
from horizon_desktop.widgets.limits_dialog import LimitsDialog
from horizon_desktop.widgets.theme import Theme

Opened = Callable[[SessionDraft], LimitsDialog]


@pytest.fixture
def said() -> list[object]:
    return []


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, said: list[object]) -> Opened:
    parent = QWidget()
    qtbot.addWidget(parent)

    def make(draft: SessionDraft) -> LimitsDialog:
        dialog = LimitsDialog(theme, limits_view(draft), parent)
        dialog.intent.connect(said.append)
        dialog.open()
        return dialog

    return make


def test_a_slider_and_its_figure_move_together(opened: Opened) -> None:
    dialog = opened(SessionDraft())
    dialog.sliders["edits"].setValue(50)
    assert dialog.figures["edits"].value() == 50
    dialog.figures["edits"].setValue(120)
    assert dialog.sliders["edits"].value() == 120


def test_only_what_is_lower_than_the_channels_own_rate_is_said(opened: Opened, said: list[object]) -> None:
    dialog = opened(SessionDraft())
    assert dialog.figures["edits"].value() == dialog.figures["edits"].maximum() == 200
    dialog.figures["chat"].setValue(2)
    dialog.apply()
    assert said == [SetLimits(rates={"chat": 2})]


def test_cancelling_says_nothing(opened: Opened, said: list[object], qtbot: QtBot) -> None:
    dialog = opened(SessionDraft())
    dialog.figures["chat"].setValue(2)
    qtbot.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    assert said == []


def test_back_to_preset_takes_every_choice_back(opened: Opened, said: list[object]) -> None:
    dialog = opened(SessionDraft(rates={"edits": 20}, purse_resource="gpu_hours", purse_limit="2"))
    assert (dialog.figures["edits"].value(), dialog.limit.text()) == (20, "2")
    dialog.back_to_preset()
    dialog.apply()
    assert said == [SetLimits(rates={})]


def test_a_purse_needs_an_amount(opened: Opened, said: list[object]) -> None:
    dialog = opened(SessionDraft())
    assert not dialog.limit.isEnabled()
    dialog.resource.setCurrentIndex(dialog.resource.findData("cpu_hours"))
    dialog.apply()
    assert said == []
    assert dialog.note.isVisibleTo(dialog)
    dialog.limit.setText("0,5")
    dialog.apply()
    assert said == [SetLimits(rates={}, purse_resource="cpu_hours", purse_limit="0.5")]


def test_a_channel_that_is_closed_has_no_limit_to_set(opened: Opened) -> None:
    dialog = opened(SessionDraft(session_type="review"))
    assert not dialog.figures["edits"].isEnabled()
    assert dialog.figures["chat"].isEnabled()


def test_every_control_has_a_name_and_a_large_enough_target(opened: Opened) -> None:
    dialog = opened(SessionDraft())
    for control in (*dialog.sliders.values(), *dialog.figures.values(), dialog.resource, dialog.limit):
        assert control.accessibleName()
        assert control.objectName()
        assert control.height() >= 24


def test_figures_have_room_to_be_read(opened: Opened) -> None:
    figure = opened(SessionDraft()).figures["edits"]
    assert figure.lineEdit().width() > figure.fontMetrics().horizontalAdvance(figure.text())


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        ("22:00", "", "Both times of day, such as 22:00 and 6:30."),
        ("", "6:30", "Both times of day, such as 22:00 and 6:30."),
        ("25:00", "6:30", "Both times of day, such as 22:00 and 6:30."),
        ("9", "9:00", "It ends as it begins. Leave both empty for any time."),
    ],
)
def test_hours_that_are_none_are_said_at_their_field(
    opened: Opened, said: list[object], begins: str, ends: str, words: str
) -> None:
    dialog = opened(SessionDraft())
    dialog.hours_from.setText(begins)
    dialog.hours_to.setText(ends)
    dialog.apply()
    assert (said, dialog.note.isVisible(), dialog.note.accessibleName()) == ([], True, words)


def test_hours_are_taken_as_people_write_them_and_shown_again(opened: Opened, said: list[object]) -> None:
    dialog = opened(SessionDraft())
    dialog.hours_from.setText("22")
    dialog.hours_to.setText(" 6.30 ")
    dialog.apply()
    assert said == [SetLimits(rates={}, hours_from="22:00", hours_to="06:30")]
    again = opened(SessionDraft(hours_from="22:00", hours_to="06:30"))
    assert (again.hours_from.text(), again.hours_to.text()) == ("22:00", "06:30")
    again.back_to_preset()
    again.apply()
    assert said[1:] == [SetLimits(rates={})]
