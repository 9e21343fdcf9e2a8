"""One choice out of a few, beside each other: a radio group painted as segments."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme

TINTED: Final = "accent"
NEUTRAL: Final = "neutral"
AMBER: Final = "warn"
_LOOKS: Final = {
    TINTED: ("accent_soft", "accent", "accent_text"),
    NEUTRAL: ("chip_on", "line", "text"),
    AMBER: ("warn_soft", "warn_solid", "warn"),
}


class Segment(QRadioButton):
    """One choice of a Segmented."""

    def __init__(self, theme: Theme, text: str, *, look: str, height: int, fills: bool) -> None:
        super().__init__()
        self._theme = theme
        self._label = text
        self._look = look
        self._height = height
        self.setAccessibleName(text)
        self.setProperty("focusRadius", 6)
        self.setFont(theme.font("small", weight=600))
        across = QSizePolicy.Policy.Expanding if fills else QSizePolicy.Policy.Fixed
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        room = self._theme.px(9 if self._height < 36 else 10)
        width = self.fontMetrics().horizontalAdvance(self._label) + 1 + 2 * room
        return QSize(max(width, self._theme.px(24)), self._theme.px(self._height - 2))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: object) -> bool:  # noqa: N802
        return self.rect().contains(position)  # type: ignore[call-overload, no-any-return]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, border, ink = _LOOKS[self._look]
        if self.isChecked():
            token = fill if fill != "chip_on" else self._neutral_fill()
            width = 1.5 if self._look != NEUTRAL else 1.0
            painter.setPen(QPen(self._theme.color(border), width))
            painter.setBrush(self._theme.color(token))
            inset = width / 2 + 0.5
            rect = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(rect, self._theme.px(6), self._theme.px(6))
        elif self.underMouse() and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("hover"))
            rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(rect, self._theme.px(6), self._theme.px(6))
        rest = "text2" if self.isEnabled() else "text_disabled"
        painter.setPen(self._theme.color(ink if self.isChecked() else rest))
        painter.drawText(QRectF(self.rect()), int(Qt.AlignmentFlag.AlignCenter), self._label)
        painter.end()

    def _neutral_fill(self) -> str:
        return "pressed" if self._theme.is_dark else "surface"


def keep_one_tab_stop(group: QButtonGroup) -> None:
    """Let Tab stop at the chosen button of a group (at the first while none is chosen); arrow keys reach the others."""
    chosen = group.checkedButton() or next(iter(group.buttons()), None)
    for button in group.buttons():
        stops = button is chosen
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if stops else Qt.FocusPolicy.ClickFocus)


class Segmented(QWidget):
    """A radio group: arrow keys move, `chosen` says the value of the choice that a person made."""

    chosen = Signal(object)

    def __init__(
        self,
        theme: Theme,
        choices: Sequence[tuple[object, str, str]],
        *,
        label: str,
        name: str,
        height: int = 28,
        fills: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make a group with nothing chosen.

        Args:
            choices: Value, text, and look (TINTED, NEUTRAL for "off", AMBER for what hands over the machine).
            label: Accessible name of the group; each choice is called "label: choice".
            name: objectName of the group; choices are called name + "." + value.
            fills: Share the width that there is evenly.
        """
        super().__init__(parent)
        self._theme = theme
        self._values = [value for value, _, _ in choices]
        self.setObjectName(name)
        self.setAccessibleName(label)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for index, (value, text, look) in enumerate(choices):
            segment = Segment(theme, text, look=look, height=height, fills=fills)
            segment.setObjectName(f"{name}.{value}")
            segment.setAccessibleName(f"{label}: {text}")
            self._group.addButton(segment, index)
            row.addWidget(segment)
        across = QSizePolicy.Policy.Expanding if fills else QSizePolicy.Policy.Fixed
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        self._group.idClicked.connect(self._say)
        self._group.buttonToggled.connect(lambda: keep_one_tab_stop(self._group))
        keep_one_tab_stop(self._group)

    def set_value(self, value: object) -> None:
        """Show `value` as chosen, without saying so; a value that is no choice leaves none chosen."""
        if value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)
            return
        checked = self._group.checkedButton()
        if checked is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    def value(self) -> object:
        """Return the chosen value, or None."""
        index = self._group.checkedId()
        return self._values[index] if index >= 0 else None

    def segments(self) -> list[QRadioButton]:
        """Return the buttons in their order."""
        return [self.segment(value) for value in self._values]

    def segment(self, value: object) -> QRadioButton:
        """Return the button of one choice."""
        button = self._group.button(self._values.index(value))
        assert isinstance(button, QRadioButton)
        return button

    def _say(self, index: int) -> None:
        self.chosen.emit(self._values[index])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line")))
        painter.setBrush(self._theme.color("sunken"))
        radius = self._theme.px(8)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()
