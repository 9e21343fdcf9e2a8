"""What guests changed in a file: lines that went and lines that came, with the lines around them."""

from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from horizon_desktop.presentation.difference import DifferenceLine, DifferenceView, LineKind
from horizon_desktop.presentation.intents import CloseDifference, RestoreFile
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.edge_frame import EdgeFrame
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.text_mirror import shown
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import counted, said

_Index = QModelIndex | QPersistentModelIndex
_LINE_ROLE: Final = Qt.ItemDataRole.UserRole
_LINE_HEIGHT: Final = 18
_NUMBER: Final = 44
_SIGN: Final = 18
_LOOKS: Final = {
    LineKind.SAME: (" ", "", "text"),
    LineKind.REMOVED: ("\u2212", "bad_soft", "bad"),
    LineKind.ADDED: ("+", "ok_soft", "ok"),
    LineKind.SKIPPED: ("", "sunken", "text3"),
}


class _Lines(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[DifferenceLine, ...] = ()

    def set_lines(self, lines: tuple[DifferenceLine, ...]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role == _LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line_words(line)
        return None


class _LineDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        line = index.data(_LINE_ROLE)
        width = self._theme.px(2 * _NUMBER + _SIGN + 16)
        if isinstance(line, DifferenceLine):
            width += QFontMetrics(self._theme.font("code")).horizontalAdvance(_text(line))
        return QSize(width, self._theme.px(_LINE_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        line = index.data(_LINE_ROLE)
        if not isinstance(line, DifferenceLine):
            return
        rect: QRect = option.rect
        px, middle = self._theme.px, int(Qt.AlignmentFlag.AlignVCenter)
        sign, fill, ink = _LOOKS[line.kind]
        painter.save()
        painter.fillRect(rect, self._theme.color(fill) if fill else QColor(self._theme.color("ed_bg")))
        painter.setFont(self._theme.font("code", px=11))
        painter.setPen(self._theme.color("text2" if fill else "ed_gutter"))
        right = middle | int(Qt.AlignmentFlag.AlignRight)
        for column, number in enumerate((line.before, line.after)):
            place = QRect(rect.x() + column * px(_NUMBER), rect.y(), px(_NUMBER - 8), rect.height())
            painter.drawText(place, right, str(number) if number else "")
        left = rect.x() + px(2 * _NUMBER)
        painter.setFont(self._theme.font("code"))
        painter.setPen(self._theme.color(ink))
        painter.drawText(QRect(left, rect.y(), px(_SIGN), rect.height()), middle, sign)
        painter.setPen(self._theme.color("text3" if line.kind is LineKind.SKIPPED else "text"))
        painter.drawText(QRect(left + px(_SIGN), rect.y(), rect.width(), rect.height()), middle, _text(line))
        painter.restore()


class DifferencePanel(EdgeFrame):
    """Stands where the editor is. Escape goes back to the text."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, fill="ed_bg", name="difference_view", parent=parent)
        self._view: DifferenceView | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        bar = EdgeFrame(theme, edges="b")
        line = row(spacing=10)
        line.setContentsMargins(14, 8, 12, 9)
        bar.setLayout(line)
        self._title = ElidedLabel(theme, role="label")
        self._counts = TextLabel(theme, role="small", tone="text2")
        self._restore = Button(
            theme, said("Restore the text from before"), icon="rotate-ccw", height=SMALL, name="difference.restore"
        )
        self._restore.clicked.connect(self._ask_restore)
        shut = Button(theme, said("Back to the text"), height=SMALL, name="difference.close")
        shut.clicked.connect(self._close)
        for widget in (self._title, self._counts):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self._restore)
        line.addWidget(shut)
        layout.addWidget(bar)
        self._lines = _Lines()
        self.list = QListView()
        self.list.setObjectName("difference_lines")
        self.list.setAccessibleName(said("Changed lines"))
        self.list.setModel(self._lines)
        self.list.setItemDelegate(_LineDelegate(theme, self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(False)
        layout.addWidget(self.list, 1)

    def show_difference(self, view: DifferenceView) -> None:
        """Show what changed in a file."""
        if view == self._view:
            return
        self._view = view
        self._title.setText(said("What guests changed in {file}", file=view.path))
        added = counted("1 line added", "{n} lines added", view.added)
        removed = counted("1 removed", "{n} removed", view.removed)
        is_same = not view.added and not view.removed
        self._counts.setText(said("Nothing is different") if is_same else f"{added}, {removed}")
        self._restore.setVisible(not is_same)
        self._lines.set_lines(view.lines)

    def _close(self) -> None:
        if self._view is not None:
            self.intent.emit(CloseDifference(session_id=self._view.session_id))

    def _ask_restore(self) -> None:
        if self._view is not None:
            self.intent.emit(RestoreFile(session_id=self._view.session_id, file_id=self._view.file_id))
            self._close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)


def line_words(line: DifferenceLine) -> str:
    """Return how a line is read out."""
    if line.kind is LineKind.SKIPPED:
        return _text(line)
    words = {
        LineKind.SAME: said("line {n}: {text}", n=line.after, text=line.text),
        LineKind.REMOVED: said("removed, line {n}: {text}", n=line.before, text=line.text),
        LineKind.ADDED: said("added, line {n}: {text}", n=line.after, text=line.text),
    }
    return words[line.kind]


def _text(line: DifferenceLine) -> str:
    if line.kind is LineKind.SKIPPED:
        count = int(line.text) if line.text.isdigit() else 0
        return counted("1 equal line", "{n} equal lines", count)
    return shown(line.text.replace("\t", "    "))
