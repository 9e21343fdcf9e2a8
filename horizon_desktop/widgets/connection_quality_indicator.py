"""How well a link is heard: four bars, the path, its latency, and loss when there is some."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from horizon_desktop.presentation.expiry import countdown
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import plain_tooltip

_BARS: Final = 4
_BAR_WIDTH: Final = 3.0
_PITCH: Final = 4.67
_HEIGHTS: Final = (4.0, 7.0, 10.0, 13.0)
_ICON_WIDTH: Final = 18
_GAP: Final = 7
_COLORS: Final = {4: "ok_solid", 3: "ok_solid", 2: "warn_solid", 1: "bad_solid", 0: "bad_solid"}
_VISIBLE_LOSS_PERMILLE: Final = 10


class ConnectionQualityIndicator(QWidget):
    """Bars and words; its accessible name says both: "Good, direct, 18 milliseconds"."""

    def __init__(
        self,
        theme: Theme,
        *,
        has_words: bool = True,
        is_loss_shown: bool = False,
        is_wordy: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make an indicator that shows nothing yet.

        Args:
            has_words: False: the bars alone (mini presence bar).
            is_loss_shown: Say the loss also below 1 % (presence panel).
            is_wordy: There is room to say what the time left is for.
        """
        super().__init__(parent)
        self._theme = theme
        self._has_words = has_words
        self._is_loss_shown = is_loss_shown
        self._is_wordy = is_wordy
        self._bars = 0
        self._is_struck = False
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font("body", px=12, weight=500))

    def render(self, quality: QualityView) -> None:  # type: ignore[override]
        """Show a reading."""
        self._bars = quality.bars
        self._is_struck = quality.bars == 0 and not quality.is_alone
        self._words = self._said(quality)
        self.setAccessibleName(self._spoken(quality))
        self.setToolTip(plain_tooltip(self._details(quality)))
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        """Return the words beside the bars."""
        return self._words

    def _path(self, quality: QualityView) -> str:
        if quality.path == "direct":
            return self.tr("Direct")
        return self.tr("Relay") if quality.path == "relay" else self.tr("Connecting")

    def _said(self, quality: QualityView) -> str:
        if quality.resume_left_s >= 0:
            left = countdown(quality.resume_left_s)
            shape = (
                self.tr("Reconnecting \u00b7 {left} left to resume")
                if self._is_wordy
                else self.tr("Reconnecting \u00b7 {left} left")
            )
            return shape.replace("{left}", left)
        if quality.is_alone:
            return self.tr("Waiting for guest")
        if not quality.path:
            return self._path(quality)
        parts = [
            self._path(quality),
            self.tr("{ms} ms").replace("{ms}", str(quality.rtt_ms)),
        ]
        if quality.loss_permille >= _VISIBLE_LOSS_PERMILLE or self._is_loss_shown:
            parts.append(self.tr("{loss} % loss").replace("{loss}", _percent(quality)))
        return " \u00b7 ".join(parts)

    def _spoken(self, quality: QualityView) -> str:
        if quality.resume_left_s >= 0 or not quality.path:
            return self._words
        grades = (
            self.tr("Lost"),
            self.tr("Poor"),
            self.tr("Weak"),
            self.tr("OK"),
            self.tr("Good"),
        )
        text = self.tr("{grade}, {path}, {ms} milliseconds")
        return (
            text.replace("{grade}", grades[quality.bars])
            .replace("{path}", self._path(quality).lower())
            .replace("{ms}", str(quality.rtt_ms))
        )

    def _details(self, quality: QualityView) -> str:
        if not quality.path or quality.resume_left_s >= 0:
            return ""
        relay = f" \u00b7 {quality.relay}" if quality.relay and quality.path == "relay" else ""
        rates = self.tr("Sent {out} kB/s, received {into} kB/s")
        lines = (
            self._path(quality) + relay,
            self.tr("Jitter {ms} ms").replace("{ms}", str(quality.jitter_ms)),
            rates.replace("{out}", str(quality.sent_bytes_per_s // 1000)).replace(
                "{into}", str(quality.received_bytes_per_s // 1000)
            ),
        )
        return "\n".join(lines)

    def sizeHint(self) -> QSize:
        width = self._theme.px(_ICON_WIDTH)
        if self._has_words and self._words:
            width += self._theme.px(_GAP) + self.fontMetrics().horizontalAdvance(self._words) + 1
        return QSize(width, max(self._theme.px(18), self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = self._theme.text_scale
        base = self.height() / 2 + _HEIGHTS[-1] * scale / 2
        painter.setPen(Qt.PenStyle.NoPen)
        for index in range(_BARS):
            token = _COLORS[self._bars] if index < self._bars else "control_border"
            painter.setBrush(self._theme.color(token))
            tall = _HEIGHTS[index] * scale
            bar = QRectF(index * _PITCH * scale, base - tall, _BAR_WIDTH * scale, tall)
            painter.drawRoundedRect(bar, scale, scale)
        if self._is_struck:
            pen = QPen(self._theme.color("bad_solid"), 1.8 * scale)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            right = self._theme.px(_ICON_WIDTH)
            painter.drawLine(QPointF(1, base), QPointF(right - 1.0, base - _HEIGHTS[-1] * scale - 1))
        if self._has_words:
            painter.setPen(self._theme.color("text2"))
            left = self._theme.px(_ICON_WIDTH + _GAP)
            room = QRectF(left, 0, self.width() - left, self.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self._words)
        painter.end()


def _percent(quality: QualityView) -> str:
    whole, tenth = divmod(quality.loss_permille, 10)
    return f"{whole}" if tenth == 0 else f"{whole}.{tenth}"
