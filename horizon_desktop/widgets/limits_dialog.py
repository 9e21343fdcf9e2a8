"""The dialog "Limits and rate": how much one guest may send on each channel, and what the session may spend."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLayout, QSlider, QSpinBox, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import SetLimits
from horizon_desktop.presentation.new_session import LimitsView, LimitView, time_of
from horizon_desktop.presentation.usage_page import amount_of
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import column, hair_line, row
from horizon_desktop.widgets.choice_field import ChoiceField
from horizon_desktop.widgets.focus_ring import FocusRing
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_field import FieldNote, TextField
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import resource_words
from horizon_desktop.widgets.workspace_texts import said

_WIDTH: Final = 680
_ROW: Final = 40
_LEAST: Final = 520
_MARGIN: Final = 48
"""Large text makes it no wider than its window, as far as its fields have room."""
_ICONS: Final = {"edits": "pen-line", "cursors": "mouse-pointer-2", "chat": "message-square"}
_METERED: Final = ("gpu_hours", "cpu_hours", "network_gib")


class LimitsDialog(QDialog):
    """Nothing changes before Apply."""

    intent = Signal(object)

    def __init__(self, theme: Theme, view: LimitsView, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = view
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("limits_dialog")
        self.setWindowTitle(said("Limits and rate"))
        self.setProperty("surface", "surface")
        self.setFixedWidth(min(theme.px(_WIDTH), max(theme.px(_LEAST), parent.window().width() - _MARGIN)))
        self.sliders: dict[str, QSlider] = {}
        self.figures: dict[str, QSpinBox] = {}
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        whole.addLayout(self._head())
        whole.addWidget(hair_line())
        whole.addLayout(self._rows())
        whole.addLayout(self._purse())
        whole.addLayout(self._hours())
        whole.addWidget(self._note())
        whole.addWidget(hair_line())
        whole.addLayout(self._foot())
        self.focus_ring = FocusRing(theme, self)
        self._show(view)

    def _head(self) -> QHBoxLayout:
        line = row(spacing=8)
        line.setContentsMargins(20, 18, 16, 14)
        words = column(spacing=2)
        words.addWidget(TextLabel(self._theme, said("Limits and rate"), role="subtitle"))
        explained = said("Per guest. Over a limit, Horizon slows down first and tells both sides.")
        words.addWidget(TextLabel(self._theme, explained, tone="text2"))
        line.addLayout(words, 1)
        shut = Button(self._theme, "", kind="ghost", icon="x", height=SMALL, name="limits_dialog.close")
        shut.set_hint(said("Close"))
        shut.clicked.connect(self.reject)
        line.addWidget(shut)
        return line

    def _rows(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(20, 14, 20, 14)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(2, 1)
        for place, limit in enumerate(self._view.rows):
            grid.addWidget(IconView(self._theme, _ICONS[limit.channel], size=16, tone="text2"), place, 0)
            grid.setRowMinimumHeight(place, self._theme.px(_ROW))
            grid.addLayout(self._name(limit), place, 1)
            grid.addWidget(self._slider(limit), place, 2)
            grid.addWidget(self._figure(limit), place, 3)
            grid.addWidget(TextLabel(self._theme, said("per second"), tone="text2"), place, 4)
        return grid

    def _name(self, limit: LimitView) -> QVBoxLayout:
        name, explained = _words(limit)
        words = column(spacing=0)
        words.addWidget(TextLabel(self._theme, name, weight=500))
        words.addWidget(TextLabel(self._theme, explained, role="small", tone="text2"))
        return words

    def _slider(self, limit: LimitView) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName(f"limits_dialog.{limit.channel}.slider")
        slider.setAccessibleName(said("{name} per second", name=_words(limit)[0]))
        slider.setRange(1, limit.most)
        slider.setPageStep(max(1, limit.most // 10))
        slider.setMinimumHeight(self._theme.px(24))
        slider.setMinimumWidth(self._theme.px(160))
        slider.setEnabled(limit.is_open)
        slider.valueChanged.connect(lambda value, channel=limit.channel: self._slid(channel, value))
        self.sliders[limit.channel] = slider
        return slider

    def _figure(self, limit: LimitView) -> QSpinBox:
        figure = QSpinBox()
        figure.setObjectName(f"limits_dialog.{limit.channel}")
        figure.setAccessibleName(said("{name} per second", name=_words(limit)[0]))
        figure.setFont(self._theme.font("body"))
        figure.setRange(1, limit.most)
        figure.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        figure.setProperty("focusRing", "none")
        figure.setEnabled(limit.is_open)
        figure.valueChanged.connect(lambda value, channel=limit.channel: self._typed(channel, value))
        self.figures[limit.channel] = figure
        return figure

    def _purse(self) -> QVBoxLayout:
        purse = column(spacing=6)
        purse.setContentsMargins(20, 0, 20, 14)
        line = row(spacing=12)
        line.addWidget(IconView(self._theme, "banknote", size=16, tone="text2"))
        words = column(spacing=0)
        name = TextLabel(self._theme, said("Purse"), weight=500)
        words.addWidget(name)
        explained = said("what all may spend; then guests read and talk on")
        words.addWidget(TextLabel(self._theme, explained, role="small", tone="text2", wraps=True))
        line.addLayout(words, 1)
        self.resource = ChoiceField(self._theme, label=said("What is metered"), name="limits_dialog.purse")
        self.resource.addItem(said("Not metered"), "")
        for resource in _METERED:
            self.resource.addItem(resource_words(resource), resource)
        self.resource.currentIndexChanged.connect(self._metered)
        name.setBuddy(self.resource)
        line.addWidget(self.resource)
        self.limit = TextField(self._theme, label=said("How much it may spend"), name="limits_dialog.purse.limit")
        self.limit.setFixedWidth(self._theme.px(90))
        self.limit.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.addWidget(self.limit)
        purse.addLayout(line)
        return purse

    def _hours(self) -> QHBoxLayout:
        line = row(spacing=12)
        line.setContentsMargins(20, 0, 20, 14)
        line.addWidget(IconView(self._theme, "clock", size=16, tone="text2"))
        words = column(spacing=0)
        words.addWidget(TextLabel(self._theme, said("Hours"), weight=500))
        explained = said("when guests come in, by this machine's clock; empty for any time")
        words.addWidget(TextLabel(self._theme, explained, role="small", tone="text2", wraps=True))
        line.addLayout(words, 1)
        self.hours_from = self._hour(said("Guests come in from"), "from", "22:00")
        self.hours_to = self._hour(said("Guests come in until"), "to", "06:00")
        line.addWidget(self.hours_from)
        line.addWidget(TextLabel(self._theme, said("to"), tone="text2"))
        line.addWidget(self.hours_to)
        return line

    def _hour(self, label: str, name: str, example: str) -> TextField:
        field = TextField(self._theme, label=label, name=f"limits_dialog.hours.{name}", placeholder=example)
        field.setFixedWidth(self._theme.px(90))
        return field

    def _note(self) -> QWidget:
        holder = QWidget()
        line = row(spacing=0)
        line.setContentsMargins(20, 0, 20, 14)
        holder.setLayout(line)
        self.note = FieldNote(self._theme, name="limits_dialog.note")
        line.addWidget(self.note)
        self._note_holder = holder
        self.note.hide()
        holder.hide()
        return holder

    def _foot(self) -> QHBoxLayout:
        line = row(spacing=8)
        line.setContentsMargins(20, 12, 20, 14)
        self.preset_button = Button(
            self._theme, said("Back to preset"), kind="ghost", icon="rotate-ccw", name="limits_dialog.preset"
        )
        self.cancel_button = Button(self._theme, said("Cancel"), name="limits_dialog.cancel")
        self.apply_button = Button(self._theme, said("Apply"), kind="primary", name="limits_dialog.apply")
        self.preset_button.clicked.connect(self.back_to_preset)
        self.cancel_button.clicked.connect(self.reject)
        self.apply_button.clicked.connect(self.apply)
        line.addWidget(self.preset_button)
        line.addStretch(1)
        line.addWidget(self.cancel_button)
        line.addWidget(self.apply_button)
        return line

    def _show(self, view: LimitsView) -> None:
        for limit in view.rows:
            self._typed(limit.channel, limit.rate)
            self._slid(limit.channel, limit.rate)
        self.resource.setCurrentIndex(max(0, self.resource.findData(view.purse_resource)))
        self.limit.setText(view.purse_limit)
        self.hours_from.setText(view.hours_from)
        self.hours_to.setText(view.hours_to)
        self._metered()

    def _slid(self, channel: str, value: int) -> None:
        with QSignalBlocker(self.figures[channel]):
            self.figures[channel].setValue(value)

    def _typed(self, channel: str, value: int) -> None:
        with QSignalBlocker(self.sliders[channel]):
            self.sliders[channel].setValue(value)

    def _metered(self) -> None:
        self.limit.setEnabled(bool(self.resource.currentData()))

    def back_to_preset(self) -> None:
        """Show every channel's own rate, no purse and any time; Apply makes it so."""
        for limit in self._view.rows:
            self.figures[limit.channel].setValue(limit.most)
        self.resource.setCurrentIndex(0)
        for field in (self.limit, self.hours_from, self.hours_to):
            field.clear()

    def apply(self) -> None:
        """Say the limits, but for those that are a channel's own."""
        resource = str(self.resource.currentData() or "")
        spend = amount_of(self.limit.text()) if resource else ""
        begins, ends = time_of(self.hours_from.text()), time_of(self.hours_to.text())
        is_limited = bool(self.hours_from.text().strip() or self.hours_to.text().strip())
        for field in (self.limit, self.hours_from, self.hours_to):
            field.set_error(has_error=False)
        if resource and not spend:
            self._refuse(self.limit, said("An amount above 0, such as 8 or 0.5."))
        elif is_limited and not (begins and ends):
            self._refuse(
                self.hours_to if begins else self.hours_from, said("Both times of day, such as 22:00 and 6:30.")
            )
        elif is_limited and begins == ends:
            self._refuse(self.hours_to, said("It ends as it begins. Leave both empty for any time."))
        else:
            self._say(resource, spend, hours=(begins, ends) if is_limited else ("", ""))

    def _refuse(self, field: TextField, words: str) -> None:
        field.set_error(has_error=True)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.note.show_error(words)
        self.note.show()
        self._note_holder.show()

    def _say(self, resource: str, spend: str, *, hours: tuple[str, str]) -> None:
        chosen = {limit.channel: self.figures[limit.channel].value() for limit in self._view.rows}
        rates = {
            limit.channel: chosen[limit.channel] for limit in self._view.rows if chosen[limit.channel] < limit.most
        }
        limits = SetLimits(
            rates=rates, purse_resource=resource, purse_limit=spend, hours_from=hours[0], hours_to=hours[1]
        )
        self.intent.emit(limits)
        self.accept()


def _words(limit: LimitView) -> tuple[str, str]:
    names = {
        "edits": (said("Edits"), said("keystrokes and pastes")),
        "cursors": (said("Cursors"), said("position updates")),
        "chat": (said("Chat"), said("messages")),
    }
    name, explained = names[limit.channel]
    return name, explained if limit.is_open else said("off in this session")
