"""The rows of "What guests can do": icon, name, one line, and how far each channel is open."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import ChooseAccess
from horizon_desktop.presentation.new_session import PermissionView
from horizon_desktop.widgets.card import clear, column, hair_line
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.segmented import NEUTRAL, TINTED, Segmented
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

_ICONS: Final = {"edits": "pen-line", "cursors": "mouse-pointer-2", "chat": "message-square"}
_CLOSED: Final = 0


class PermissionRows(QFrame):
    """One card with a row for each channel."""

    intent = Signal(object)
    rebuilt = Signal()
    """The rows are new ones: they need their place in the tab order."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("new.permissions")
        self.setProperty("kind", "card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 4, 1, 4)
        self._column.setSpacing(0)
        self._shape: tuple[tuple[str, tuple[int, ...]], ...] = ()
        self._choices: dict[str, Segmented] = {}
        self._rates: dict[str, TextLabel] = {}

    def render(self, permissions: tuple[PermissionView, ...]) -> None:  # type: ignore[override]
        """Show how far each channel is open."""
        shape = tuple((row.channel, row.choices) for row in permissions)
        is_new = shape != self._shape
        if is_new:
            self._build(permissions)
            self._shape = shape
        for row in permissions:
            self._choices[row.channel].set_value(row.access)
            self._rates[row.channel].setText(said("{n} /s", n=row.rate) if row.rate else "\u2014")
        if is_new:
            self.rebuilt.emit()

    def segments(self) -> list[QRadioButton]:
        """Return every button in reading order."""
        return [segment for control in self._choices.values() for segment in control.segments()]

    def choice(self, channel: str) -> Segmented:
        """Return the control of one channel."""
        return self._choices[channel]

    def _build(self, permissions: tuple[PermissionView, ...]) -> None:
        clear(self._column)
        self._choices.clear()
        self._rates.clear()
        for place, row in enumerate(permissions):
            if place:
                self._column.addWidget(hair_line())
            self._column.addWidget(self._row(row))

    def _row(self, permission: PermissionView) -> QWidget:
        holder = QWidget()
        holder.setMinimumHeight(self._theme.px(43))
        line = QHBoxLayout(holder)
        line.setContentsMargins(15, 0, 15, 0)
        line.setSpacing(12)
        line.addWidget(IconView(self._theme, _ICONS[permission.channel], size=16, tone="text2"))
        name, explained = self._words(permission.channel)
        words = column(spacing=0)
        words.addStretch(1)
        words.addWidget(TextLabel(self._theme, name, role="body", weight=500))
        words.addWidget(TextLabel(self._theme, explained, role="small", tone="text2"))
        words.addStretch(1)
        line.addLayout(words, 1)
        rate = TextLabel(self._theme, role="small", tone="text2")
        self._rates[permission.channel] = rate
        line.addWidget(rate)
        choices = [
            (value, self._label(permission, value), NEUTRAL if value == _CLOSED else TINTED)
            for value in permission.choices
        ]
        control = Segmented(self._theme, choices, label=name, name=f"new.permission.{permission.channel}", fills=True)
        control.setFixedWidth(self._theme.px(204))
        channel = permission.channel
        control.chosen.connect(
            lambda access, channel=channel: self.intent.emit(ChooseAccess(channel=channel, access=int(access)))
        )
        self._choices[channel] = control
        line.addWidget(control)
        return holder

    def _words(self, channel: str) -> tuple[str, str]:
        return {
            "edits": (self.tr("Edits"), self.tr("Change shared files")),
            "cursors": (self.tr("Cursors"), self.tr("See where people are")),
            "chat": (self.tr("Chat"), self.tr("Messages")),
        }[channel]

    def _label(self, permission: PermissionView, value: int) -> str:
        if value == _CLOSED:
            return self.tr("Off")
        if permission.channel != "edits":
            return self.tr("On")
        return self.tr("View") if value == 1 else self.tr("Edit")
