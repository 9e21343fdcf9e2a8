"""The messages of a session: a list that stays fast with thousands of them, and text that is never markup."""

from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from horizon_desktop.presentation.chat_panel import ChatLineView
from horizon_desktop.widgets.participant_badge import paint_badge
from horizon_desktop.widgets.text_mirror import shown
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.word_font import word_font
from horizon_desktop.widgets.workspace_texts import said

_Index = QModelIndex | QPersistentModelIndex
_LINE_ROLE: Final = Qt.ItemDataRole.UserRole
_LEFT: Final = 16
_RIGHT: Final = 16
_BADGE: Final = 24
_GAP: Final = 13
_BETWEEN: Final = 13
_WRAP: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWrapAnywhere)


class ChatModel(QAbstractListModel):
    """The messages in their order. New ones are appended; a row is read as "kestrel, 15:51: text"."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[ChatLineView, ...] = ()

    def set_lines(self, lines: tuple[ChatLineView, ...]) -> None:
        """Show these messages; those that were there stay where they are."""
        old = self._lines
        if lines == old:
            return
        if lines[: len(old)] == old:
            self.beginInsertRows(QModelIndex(), len(old), len(lines) - 1)
            self._lines = lines
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._lines = lines
            self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == _LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{line.badge.name}, {line.time}: {_shown(line)}"
        return None


class _ChatDelegate(QStyledItemDelegate):
    """Paints one message: badge, name and time, and the text below them."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def _text_rect(self, line: ChatLineView, width: int) -> QRect:
        px = self._theme.px
        room = max(px(40), width - px(_LEFT + _BADGE + _GAP + _RIGHT))
        text = _shown(line)
        metrics = QFontMetrics(word_font(self._theme, "body", text))
        flags = int(Qt.TextFlag.TextWordWrap) if _fits(text, metrics, room) else _WRAP
        return metrics.boundingRect(QRect(0, 0, room, 100_000), flags, text)

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        line = index.data(_LINE_ROLE)
        width = self._view.viewport().width()
        if not isinstance(line, ChatLineView):
            return QSize(width, 0)
        head = QFontMetrics(self._theme.font("label")).height()
        return QSize(width, head + 1 + self._text_rect(line, width).height() + self._theme.px(_BETWEEN))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        line = index.data(_LINE_ROLE)
        if not isinstance(line, ChatLineView):
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        px = self._theme.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected and self._view.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selected"))
            body = QRectF(rect).adjusted(6, -4, -6, -px(_BETWEEN) + 4)
            painter.drawRoundedRect(body, 6, 6)
        corner = QPointF(rect.x() + px(_LEFT), rect.y())
        paint_badge(painter, self._theme, line.badge, corner, float(px(_BADGE)))
        self._paint_words(painter, line, rect)
        painter.restore()

    def _paint_words(self, painter: QPainter, line: ChatLineView, rect: QRect) -> None:
        px = self._theme.px
        left = rect.x() + px(_LEFT + _BADGE + _GAP)
        label, small = self._theme.font("label", px=12), self._theme.font("small", weight=500, px=12)
        head = QFontMetrics(self._theme.font("label")).height()
        times = QFontMetrics(small)
        room = rect.width() - (left - rect.x()) - px(_RIGHT)
        name_room = room - times.horizontalAdvance(line.time) - px(8)
        names = QFontMetrics(label)
        name = names.elidedText(line.badge.name, Qt.TextElideMode.ElideRight, name_room)
        painter.setFont(label)
        painter.setPen(self._theme.color("text"))
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRect(left, rect.y() - 1, name_room, head), middle, name)
        painter.setFont(small)
        painter.setPen(self._theme.color("text3"))
        time_left = left + names.horizontalAdvance(name) + px(8)
        painter.drawText(QRect(time_left, rect.y() - 1, room, head), middle, line.time)
        text = _shown(line)
        body = word_font(self._theme, "body", text)
        metrics = QFontMetrics(body)
        flags = int(Qt.TextFlag.TextWordWrap) if _fits(text, metrics, room) else _WRAP
        painter.setFont(body)
        painter.setPen(self._theme.color("text"))
        painter.drawText(QRect(left, rect.y() + head + 1, room, rect.height()), flags, text)


class ChatList(QListView):
    """Scrolls along with new messages while its end is in sight; a message is copied with the usual keys."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages = ChatModel()
        self.setObjectName("chat_messages")
        self.setAccessibleName(said("Messages"))
        self.setModel(self._messages)
        self.setItemDelegate(_ChatDelegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.viewport().setAutoFillBackground(False)

    def show_lines(self, lines: tuple[ChatLineView, ...]) -> None:
        """Show these messages, and stay at the end if it was in sight or the last one is our own."""
        bar = self.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - 2
        is_new = len(lines) != self._messages.rowCount()
        self._messages.set_lines(lines)
        if is_new and lines and (is_at_end or lines[-1].is_own):
            self.scrollToBottom()

    def resizeEvent(self, event: QResizeEvent) -> None:
        bar = self.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - 2
        super().resizeEvent(event)
        if is_at_end:
            self.scrollToBottom()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy) and index.isValid():
            line = index.data(_LINE_ROLE)
            if isinstance(line, ChatLineView):
                QGuiApplication.clipboard().setText(line.text)
        else:
            super().keyPressEvent(event)


def _shown(line: ChatLineView) -> str:
    """Return what was said with signs for what would draw nothing or turn the reading direction."""
    return shown(line.text.replace("\r\n", "\n"))


def _fits(text: str, metrics: QFontMetrics, room: int) -> bool:
    """Every word is narrower than the room, so that no word needs to be broken."""
    return all(len(word) < 12 or metrics.horizontalAdvance(word) <= room for word in text.split())
