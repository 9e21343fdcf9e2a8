"""The folder tree of shared files: rows with icon, name, what is wrong with a file, and glyphs of who is in it."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from horizon_desktop.presentation.file_list import FileListView, FileRow
from horizon_desktop.widgets.participant_badge import paint_glyph
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import plain_tooltip
from horizon_desktop.widgets.word_font import word_font
from horizon_desktop.widgets.workspace_texts import said

_Index = QModelIndex | QPersistentModelIndex
_ROW_ROLE: Final = Qt.ItemDataRole.UserRole
_PITCH: Final = 30
_BODY: Final = 28
_SIDE: Final = 6
_INDENT: Final = 16
_ICON: Final = 14
_GLYPH: Final = 4
_MAX_GLYPHS: Final = 4


def file_words(row: FileRow) -> str:
    """Return how a row is read out: name, who is in it, view only, and what is wrong."""
    parts = [row.name]
    if row.is_folder:
        parts.append(said("folder"))
    elif not row.may_edit:
        parts.append(said("view only"))
    if row.people:
        parts.append(said("{names} here", names=", ".join(badge.name for badge in row.people)))
    if row.problem:
        parts.append(said("needs attention"))
    return ", ".join(parts)


class _FileDelegate(QStyledItemDelegate):
    """Paints one row across the whole width, so that its glyphs stand in one column."""

    def __init__(self, theme: Theme, view: QTreeView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(_PITCH))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(_ROW_ROLE)
        if not isinstance(row, FileRow):
            return
        px = self._theme.px
        rect = QRect(0, option.rect.y(), self._view.viewport().width(), option.rect.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(rect).adjusted(px(_SIDE), 1, -px(_SIDE), -1)
        self._paint_ground(painter, option.state, body, row)
        left = px(_SIDE + 8) + row.depth * px(_INDENT)
        token = "text2" if row.is_selected or row.is_folder else "text3"
        picture = self._theme.pixmap(row.icon, _ICON, token, self._view.devicePixelRatioF())
        painter.drawPixmap(QPointF(left, rect.y() + (rect.height() - px(_ICON)) / 2), picture)
        right = self._paint_marks(painter, row, rect)
        left += px(_ICON + 6)
        font = word_font(self._theme, "body", row.name, weight=500 if row.is_selected else 400)
        painter.setFont(font)
        painter.setPen(self._theme.color("text"))
        room = max(0, right - left - px(4))
        name = QFontMetrics(font).elidedText(row.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRect(left, rect.y(), room, rect.height()), int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.restore()

    def _paint_ground(self, painter: QPainter, state: QStyle.StateFlag, body: QRectF, row: FileRow) -> None:
        radius = self._theme.px(6)
        painter.setPen(Qt.PenStyle.NoPen)
        if row.is_selected:
            painter.setBrush(self._theme.color("selected"))
            painter.drawRoundedRect(body, radius, radius)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(self._theme.color("hover"))
            painter.drawRoundedRect(body, radius, radius)
        is_current = bool(state & QStyle.StateFlag.State_HasFocus) and self._view.hasFocus()
        if is_current:
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(body.adjusted(1, 1, -1, -1), radius, radius)

    def _paint_marks(self, painter: QPainter, row: FileRow, rect: QRect) -> int:
        """Paint from the right edge: glyphs, then the icons of a problem or of view only; return where they begin."""
        px = self._theme.px
        middle = rect.y() + rect.height() / 2
        right = rect.right() - px(_SIDE + 8)
        for badge in row.people[:_MAX_GLYPHS]:
            paint_glyph(painter, self._theme, badge.color, QPointF(right - px(_GLYPH), middle), px(_GLYPH))
            right -= px(2 * _GLYPH + 4)
        icons = [("triangle-alert", "warn")] if row.problem else []
        if not row.is_folder and not row.may_edit:
            icons.append(("eye", "text3"))
        for icon, token in icons:
            picture = self._theme.pixmap(icon, 12, token, self._view.devicePixelRatioF())
            painter.drawPixmap(QPointF(right - px(12), middle - px(6)), picture)
            right -= px(16)
        return round(right)


class FileTree(QTreeView):
    """A tree whose rows are opened by click, Enter or Space; its menu comes by right click or the menu key."""

    opened = Signal(object)
    """The row of a file."""
    menu_wanted = Signal(object, QPoint)
    """The row of a file, and where on the screen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[FileRow, ...] = ()
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.setObjectName("file_tree")
        self.setAccessibleName(said("Shared files"))
        self.setItemDelegate(_FileDelegate(theme, self))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setProperty("focusRing", "none")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.viewport().setAutoFillBackground(False)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.clicked.connect(self._press)
        self.activated.connect(self._press)

    def show_files(self, view: FileListView) -> None:
        """Show these rows; folders that were closed stay closed, the current row stays current."""
        if view.rows == self._rows:
            return
        is_same = [row.path for row in view.rows] == [row.path for row in self._rows]
        self._rows = view.rows
        if is_same:
            self._refresh()
        else:
            self._rebuild()

    def row_at(self, index: _Index) -> FileRow | None:
        """Return what a row of the tree stands for."""
        row = index.data(_ROW_ROLE)
        return row if isinstance(row, FileRow) else None

    def index_of(self, path: str) -> QModelIndex:
        """Return the place of a path in the tree; invalid when it is not there."""
        for item in self._items():
            row = item.data(_ROW_ROLE)
            if isinstance(row, FileRow) and row.path == path and not row.is_folder:
                return item.index()
        return QModelIndex()

    def _items(self) -> list[QStandardItem]:
        found: list[QStandardItem] = []
        waiting = [self._model.invisibleRootItem()]
        while waiting:
            parent = waiting.pop(0)
            children = [parent.child(number) for number in range(parent.rowCount())]
            found.extend(children)
            waiting = children + waiting
        return found

    def _refresh(self) -> None:
        rows = iter(self._rows)
        for item in self._depth_first(self._model.invisibleRootItem()):
            _fill(item, next(rows))

    def _depth_first(self, parent: QStandardItem) -> list[QStandardItem]:
        found: list[QStandardItem] = []
        for number in range(parent.rowCount()):
            child = parent.child(number)
            found.append(child)
            found.extend(self._depth_first(child))
        return found

    def _rebuild(self) -> None:
        closed = {
            row.path
            for item in self._items()
            if isinstance(row := item.data(_ROW_ROLE), FileRow) and row.is_folder and not self.isExpanded(item.index())
        }
        current = self.row_at(self.currentIndex())
        self._model.clear()
        parents = [self._model.invisibleRootItem()]
        for row in self._rows:
            item = QStandardItem()
            _fill(item, row)
            del parents[row.depth + 1 :]
            parents[-1].appendRow(item)
            parents.append(item)
            if row.is_folder:
                self.setExpanded(item.index(), row.path not in closed)
        if current is not None:
            self.setCurrentIndex(self.index_of(current.path))

    def _press(self, index: QModelIndex) -> None:
        row = self.row_at(index)
        if row is None:
            return
        if row.is_folder:
            self.setExpanded(index, not self.isExpanded(index))
        else:
            self.opened.emit(row)

    def _ask_menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if not index.isValid():
            index = self.currentIndex()
        row = self.row_at(index)
        if row is not None and not row.is_folder:
            self.menu_wanted.emit(row, self.viewport().mapToGlobal(point))


def _fill(item: QStandardItem, row: FileRow) -> None:
    item.setData(row, _ROW_ROLE)
    item.setText(row.name)
    item.setData(file_words(row), Qt.ItemDataRole.AccessibleTextRole)
    item.setToolTip(plain_tooltip(row.path))
