"""Two or more words of which one is chosen, with a line under it and a count beside it: the tabs of a side panel."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from horizon_desktop.widgets.edge_frame import EdgeFrame
from horizon_desktop.widgets.theme import Theme

_HEIGHT: Final = 41
_INLINE_HEIGHT: Final = 35
_CHIP_HEIGHT: Final = 17
_UNDER: Final = 3


class SideTab(QAbstractButton):
    """One word; a count stands in a pill behind it."""

    def __init__(self, theme: Theme, text: str, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = text
        self._count = ""
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setProperty("focusRadius", 4)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_count(self, count: str, spoken: str) -> None:
        """Show a count behind the word; `spoken` says both."""
        if count != self._count:
            self._count = count
            self.updateGeometry()
            self.update()
        self.setAccessibleName(spoken)

    def _chip_width(self) -> int:
        if not self._count:
            return 0
        text = QFontMetrics(self._theme.font("caption", weight=600)).horizontalAdvance(self._count)
        return max(self._theme.px(_CHIP_HEIGHT + 1), text + self._theme.px(10))

    def sizeHint(self) -> QSize:
        px = self._theme.px
        text = QFontMetrics(self._theme.font("small", weight=600)).horizontalAdvance(self._words)
        width = text + px(12) + (self._chip_width() + px(9) if self._count else 0)
        return QSize(width, px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self._theme.font("small", weight=600 if self.isChecked() else 500)
        painter.setFont(font)
        painter.setPen(self._theme.color("text" if self.isChecked() or self.underMouse() else "text2"))
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        room = QRectF(px(6), 0, self.width(), self.height() - px(1))
        painter.drawText(room, middle, self._words)
        if self._count:
            self._paint_count(painter, px(6) + QFontMetrics(font).horizontalAdvance(self._words) + px(9))
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent"))
            line = QRectF(0, self.height() - px(_UNDER), self.width(), px(_UNDER))
            painter.drawRoundedRect(line, 1.5, 1.5)
        painter.end()

    def _paint_count(self, painter: QPainter, left: float) -> None:
        height, width = self._theme.px(_CHIP_HEIGHT), self._chip_width()
        chip = QRectF(left, (self.height() - 1 - height) / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        painter.drawRoundedRect(chip, height / 2, height / 2)
        painter.setFont(self._theme.font("caption", weight=600))
        painter.setPen(self._theme.color("on_accent"))
        painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), self._count)


class SideTabs(EdgeFrame):
    """The row of tabs. Left and right arrows choose among them."""

    chosen = Signal(str)

    def __init__(
        self, theme: Theme, tabs: tuple[tuple[str, str], ...], *, name: str, parent: QWidget | None = None
    ) -> None:
        """Make the row.

        Args:
            tabs: Key and word of each tab.
        """
        super().__init__(theme, edges="b", name=name, parent=parent)
        self._keys = [key for key, _word in tabs]
        self._group = QButtonGroup(self)
        self._tabs: dict[str, SideTab] = {}
        self.setFixedHeight(theme.px(_HEIGHT))
        line = QHBoxLayout(self)
        line.setContentsMargins(15, 0, 12, 0)
        line.setSpacing(14)
        for key, word in tabs:
            tab = SideTab(theme, word, name=f"{name}.{key}")
            tab.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            self._group.addButton(tab)
            self._tabs[key] = tab
            line.addWidget(tab)
        line.addStretch(1)

    def be_inline(self, *, is_inline: bool) -> None:
        """Stand in the strip of open files, without a ground of its own, or above a panel."""
        self.fill, self.edges = ("sunken", "") if is_inline else ("surface", "b")
        self.setFixedHeight(self.theme.px(_INLINE_HEIGHT if is_inline else _HEIGHT))
        self.update()

    def choose(self, key: str) -> None:
        """Show which tab is chosen; an unknown key chooses none."""
        self._group.setExclusive(False)
        for name, tab in self._tabs.items():
            tab.setChecked(name == key)
        self._group.setExclusive(key in self._tabs)

    def tab(self, key: str) -> SideTab:
        """Return one tab."""
        return self._tabs[key]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        focused = [key for key, tab in self._tabs.items() if tab.hasFocus()]
        if step is None or not focused:
            super().keyPressEvent(event)
            return
        key = self._keys[(self._keys.index(focused[0]) + step) % len(self._keys)]
        self._tabs[key].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(key)
