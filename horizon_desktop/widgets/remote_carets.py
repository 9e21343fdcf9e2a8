"""Other people in an editor: their carets, selections and name flags, and the 3 s after which a flag fades."""

from collections.abc import Sequence
from typing import Final, Protocol

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QTextBlock, QTextDocument

from horizon_desktop.presentation.workspace import RemoteCaretView
from horizon_desktop.widgets.participant_badge import glyph_path
from horizon_desktop.widgets.text_mirror import Change, moved
from horizon_desktop.widgets.theme import Theme

_HOLD_MS: Final = 3_000
_CARET_WIDTH: Final = 2
_FLAG_HEIGHT: Final = 17
_FLAG_RADIUS: Final = 4
_FLAG_SIDE: Final = 6
_GLYPH_RADIUS: Final = 4
_GLYPH_GAP: Final = 4
_TINT: Final = {False: 0.20, True: 0.30}
"""How strongly a selection is tinted, light and dark."""


class Ground(Protocol):
    """What carets stand on: the geometry that only an editor knows."""

    def block_rect(self, block: QTextBlock) -> QRectF:
        """Return where a block is drawn, in viewport pixels."""
        ...

    def sight(self) -> tuple[int, int]:
        """Return the first and last block in sight."""
        ...

    def viewport_size(self) -> tuple[int, int]: ...
    def document(self) -> QTextDocument: ...


class _Flag(QObject):
    """The name flag of one person: shown when they move, faded 3 s later."""

    def __init__(self, theme: Theme, parent: "RemoteCarets") -> None:
        super().__init__(parent)
        self._theme = theme
        self.opacity = 1.0
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.timeout.connect(self._fade)
        self._fading = QVariantAnimation(self)
        self._fading.setStartValue(1.0)
        self._fading.setEndValue(0.0)
        self._fading.valueChanged.connect(self._set)

    def show(self) -> None:
        self._fading.stop()
        self.opacity = 1.0
        self._hold.start(_HOLD_MS)

    def _fade(self) -> None:
        duration = self._theme.motion_ms("base_ms")
        if duration == 0:
            self._set(0.0)
            return
        self._fading.setDuration(duration)
        self._fading.start()

    def _set(self, value: float) -> None:
        self.opacity = float(value)
        parent = self.parent()
        if isinstance(parent, RemoteCarets):
            parent.changed.emit()


class RemoteCarets(QObject):
    """Holds where others are, moves them along with edits, and paints them under and over the text."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._carets: tuple[RemoteCaretView, ...] = ()
        self._flags: dict[str, _Flag] = {}
        self.is_shown = True

    @property
    def carets(self) -> tuple[RemoteCaretView, ...]:
        """Where everybody is now, moved along with the edits since they were set."""
        return self._carets

    def set_carets(self, carets: Sequence[RemoteCaretView]) -> None:
        """Show these people and nobody else. A flag comes up again for whoever moved."""
        known = {caret.peer_id: (caret.anchor, caret.head) for caret in self._carets}
        self._carets = tuple(carets)
        here = {caret.peer_id for caret in carets}
        for peer_id in [peer_id for peer_id in self._flags if peer_id not in here]:
            self._flags.pop(peer_id).deleteLater()
        for caret in carets:
            if known.get(caret.peer_id) != (caret.anchor, caret.head):
                if caret.peer_id not in self._flags:
                    self._flags[caret.peer_id] = _Flag(self._theme, self)
                self._flags[caret.peer_id].show()
        self.changed.emit()

    def move(self, change: Change) -> None:
        """Keep every caret at its character while the text before it changes."""
        self._carets = tuple(_moved(caret, change) for caret in self._carets)

    def flag_opacity(self, peer_id: str) -> float:
        """Return how visible a name flag is, 0 to 1."""
        return self._flags[peer_id].opacity if peer_id in self._flags else 0.0

    def paint_under(self, painter: QPainter, ground: Ground) -> None:
        """Paint the selections, which stand under the text."""
        if not self.is_shown:
            return
        first, last = ground.sight()
        for caret in self._carets:
            low, high = sorted((caret.anchor, caret.head))
            if low == high:
                continue
            color = QColor(self._theme.identity(caret.color).fill)
            color.setAlphaF(_TINT[self._theme.is_dark])
            block = ground.document().findBlockByNumber(first)
            while block.isValid() and block.blockNumber() <= last:
                rect = _selected(block, low, high, ground)
                if rect is not None:
                    painter.fillRect(rect, color)
                block = block.next()

    def paint_over(self, painter: QPainter, ground: Ground) -> None:
        """Paint carets and flags, which stand over the text."""
        if not self.is_shown:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first, last = ground.sight()
        for caret in self._carets:
            block = ground.document().findBlock(caret.head)
            if not block.isValid() or not first <= block.blockNumber() <= last:
                continue
            rect = ground.block_rect(block)
            x = rect.x() + _x_in(block, caret.head - block.position())
            color = QColor(self._theme.identity(caret.color).fill)
            painter.fillRect(QRectF(x - 1, rect.y(), self._theme.px(_CARET_WIDTH), rect.height()), color)
            opacity = self.flag_opacity(caret.peer_id)
            if opacity > 0:
                painter.setOpacity(opacity)
                self._paint_flag(painter, caret, QPointF(x - 1, rect.y()), rect.height(), ground)
                painter.setOpacity(1.0)

    def _paint_flag(
        self,
        painter: QPainter,
        caret: RemoteCaretView,
        foot: QPointF,
        line_height: float,
        ground: Ground,
    ) -> None:
        font = self._theme.font("caption", weight=600)
        metrics = QFontMetricsF(font)
        text = f"{caret.label} {caret.name}" if caret.label else caret.name
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self._theme.px(160))
        side, glyph = self._theme.px(_FLAG_SIDE), self._theme.px(_GLYPH_RADIUS)
        gap = self._theme.px(_GLYPH_GAP)
        width = side + 2 * glyph + gap + metrics.horizontalAdvance(text) + side
        height = self._theme.px(_FLAG_HEIGHT)
        is_below = foot.y() - height < 0
        top = foot.y() + line_height if is_below else foot.y() - height
        left = max(0.0, min(foot.x(), ground.viewport_size()[0] - width))
        body = QRectF(left, top, width, height)
        identity = self._theme.identity(caret.color)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(identity.fill))
        radius = self._theme.px(_FLAG_RADIUS)
        painter.drawRoundedRect(body, radius, radius)
        corner_y = top if is_below else top + height - radius
        painter.drawRect(QRectF(left, corner_y, radius, radius))
        center = QPointF(left + side + glyph, top + height / 2)
        painter.fillPath(glyph_path(self._theme.glyph(caret.color), center, glyph), QColor(identity.on))
        painter.setFont(font)
        painter.setPen(QColor(identity.on))
        room = body.adjusted(side + 2 * glyph + gap, 0, 0, 0)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)


def _moved(caret: RemoteCaretView, change: Change) -> RemoteCaretView:
    anchor, head = moved(caret.anchor, change), moved(caret.head, change)
    if (anchor, head) == (caret.anchor, caret.head):
        return caret
    return RemoteCaretView(
        peer_id=caret.peer_id,
        name=caret.name,
        color=caret.color,
        anchor=anchor,
        head=head,
        label=caret.label,
    )


def _x_in(block: QTextBlock, offset: int) -> float:
    """Return how far right of its block's left edge a position of the block is drawn, in pixels."""
    layout = block.layout()
    inside = max(0, min(offset, block.length() - 1))
    line = layout.lineForTextPosition(inside)
    if not line.isValid():
        return float(block.document().documentMargin())
    x: object = line.cursorToX(inside)
    return float(x[0] if isinstance(x, tuple) else x)  # type: ignore[arg-type]  # the binding gives (x, position)


def _selected(block: QTextBlock, low: int, high: int, ground: Ground) -> QRectF | None:
    start, end = block.position(), block.position() + block.length() - 1
    if high < start or low > end or (high == start and low < start):
        return None
    rect = ground.block_rect(block)
    left = _x_in(block, max(low, start) - start)
    right = _x_in(block, min(high, end) - start)
    if high > end:
        right += 7.0  # the line end is part of the selection
    return QRectF(rect.x() + left, rect.y(), max(1.0, right - left), rect.height())
