"""The strip of open files above the editor, with the glyphs of who is in each of them."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from horizon_desktop.presentation.intents import CloseFile, SelectFile
from horizon_desktop.presentation.workspace import TabView
from horizon_desktop.widgets.edge_frame import EdgeFrame
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.participant_badge import paint_glyph
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import plain_tooltip
from horizon_desktop.widgets.word_font import word_font
from horizon_desktop.widgets.workspace_texts import said

_HEIGHT: Final = 35
_SIDE: Final = 12
_ICON: Final = 14
_GAP: Final = 7
_GLYPH: Final = 4
_CLOSE: Final = 24
_MAX_GLYPHS: Final = 3
_LONGEST: Final = 200


class EditorTab(QAbstractButton):
    """One open file. Delete or the middle button closes it, and so does the cross that shows on hover."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: TabView | None = None
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setProperty("focusRadius", 4)

    def show_tab(self, view: TabView) -> None:
        """Show this file."""
        if view == self._view:
            return
        self._view = view
        self.setObjectName(f"tab.{view.path}")
        here = ", ".join(badge.name for badge in view.people)
        self.setAccessibleName(said("{file}, {names} here", file=view.name, names=here) if here else view.name)
        self.setToolTip(plain_tooltip(view.path))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        if self._view is None:
            return QSize(px(80), px(_HEIGHT))
        metrics = QFontMetrics(word_font(self._theme, "small", self._view.name, weight=600))
        name = min(metrics.horizontalAdvance(self._view.name), px(_LONGEST))
        glyphs = min(len(self._view.people), _MAX_GLYPHS)
        room = px(_GAP + 2 * _GLYPH) + (glyphs - 1) * px(2 * _GLYPH + 3) if glyphs else px(12)
        return QSize(px(_SIDE + _ICON + _GAP) + name + room + px(_SIDE), px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _close_rect(self) -> QRectF:
        edge = self._theme.px(_CLOSE)
        return QRectF(self.width() - edge - 2, (self.height() - edge) / 2, edge, edge)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._view is None:
            return
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked():
            painter.fillRect(self.rect(), self._theme.color("ed_bg"))
            painter.fillRect(QRectF(0, 0, self.width(), px(2)), self._theme.color("accent"))
        elif self.underMouse():
            painter.fillRect(self.rect(), self._theme.color("hover"))
        ink = "text" if self.isChecked() else "text2"
        picture = self._theme.pixmap(self._view.icon, _ICON, ink, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(px(_SIDE), (self.height() - px(_ICON)) / 2), picture)
        font = word_font(self._theme, "small", self._view.name, weight=600 if self.isChecked() else 500)
        metrics = QFontMetrics(font)
        left = px(_SIDE + _ICON + _GAP)
        name = metrics.elidedText(self._view.name, Qt.TextElideMode.ElideMiddle, px(_LONGEST))
        painter.setFont(font)
        painter.setPen(self._theme.color(ink))
        painter.drawText(QRectF(left, 0, px(_LONGEST), self.height()), int(Qt.AlignmentFlag.AlignVCenter), name)
        x = left + metrics.horizontalAdvance(name) + px(4 + _GLYPH)
        for badge in self._view.people[:_MAX_GLYPHS]:
            paint_glyph(painter, self._theme, badge.color, QPointF(x, self.height() / 2), px(_GLYPH))
            x += px(2 * _GLYPH + 3)
        if self.underMouse():
            self._paint_close(painter)
        painter.end()

    def _paint_close(self, painter: QPainter) -> None:
        rect = self._close_rect()
        painter.fillRect(rect, self._theme.color("ed_bg" if self.isChecked() else "hover"))
        inset = (rect.width() - self._theme.px(12)) / 2
        cross = self._theme.pixmap("x", 12, "text2", self.devicePixelRatioF())
        painter.drawPixmap(QPointF(rect.x() + inset, rect.y() + inset), cross)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        is_cross = event.button() == Qt.MouseButton.LeftButton and self._close_rect().contains(event.position())
        if is_cross or event.button() == Qt.MouseButton.MiddleButton:
            self.setDown(False)
            self.closed.emit()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class EditorTabs(EdgeFrame):
    """Open files on the left; on the right the mark that says why typing does nothing, and what a page puts there."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, fill="sunken", edges="", name="editor_tabs", parent=parent)
        self._session_id = ""
        self._tabs: dict[bytes, EditorTab] = {}
        self._group = QButtonGroup(self)
        self.setAccessibleName(said("Open files"))
        self.setFixedHeight(theme.px(_HEIGHT))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 12, 0)
        self._row.setSpacing(0)
        self._row.addStretch(1)
        self._mark_icon = IconView(theme, "eye", size=14, tone="text2")
        self._mark = TextLabel(theme, role="small", tone="text2", weight=500)
        self._mark.setObjectName("read_only_mark")
        self._row.addWidget(self._mark_icon)
        self._row.addSpacing(6)
        self._row.addWidget(self._mark)
        self.side_slot = QHBoxLayout()
        """Where a narrow window puts the tabs of people and chat."""
        self._row.addLayout(self.side_slot)
        self.show_mark("")

    def show_tabs(self, session_id: str, tabs: tuple[TabView, ...], current: bytes) -> None:
        """Show these open files, `current` in front."""
        self._session_id = session_id
        wanted = [tab.file_id for tab in tabs]
        for file_id in [file_id for file_id in self._tabs if file_id not in wanted]:
            gone = self._tabs.pop(file_id)
            self._group.removeButton(gone)
            self._row.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for index, view in enumerate(tabs):
            tab = self._tabs.get(view.file_id) or self._made(view.file_id)
            if self._row.indexOf(tab) != index:
                self._row.removeWidget(tab)
                self._row.insertWidget(index, tab)
            tab.show_tab(view)
            tab.setChecked(view.file_id == current)
        if not current:
            self._uncheck()

    def _uncheck(self) -> None:
        self._group.setExclusive(False)
        for tab in self._tabs.values():
            tab.setChecked(False)
        self._group.setExclusive(True)

    def tab_of(self, file_id: bytes) -> EditorTab | None:
        """Return the tab of an open file."""
        return self._tabs.get(file_id)

    def show_mark(self, text: str) -> None:
        """Say on the right why typing does nothing; empty: it does."""
        self._mark.setText(text)
        self._mark.setVisible(bool(text))
        self._mark_icon.setVisible(bool(text))

    def _made(self, file_id: bytes) -> EditorTab:
        tab = EditorTab(self.theme, self)
        tab.clicked.connect(lambda: self.intent.emit(SelectFile(session_id=self._session_id, file_id=file_id)))
        tab.closed.connect(lambda: self.intent.emit(CloseFile(session_id=self._session_id, file_id=file_id)))
        self._group.addButton(tab)
        self._tabs[file_id] = tab
        return tab
