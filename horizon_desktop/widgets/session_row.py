"""One session in the list of the page Sessions: a radio button painted as a card with icon, name, sun and digits."""

from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from horizon_desktop.presentation.expiry import TimeTone
from horizon_desktop.presentation.sessions_page import SessionRowView
from horizon_desktop.widgets.card import column
from horizon_desktop.widgets.page_head import icon_tile
from horizon_desktop.widgets.session_card import TYPE_ICONS
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import spoken_time

_HEIGHT: Final = 61
_TONES: Final = {TimeTone.OK: "text", TimeTone.WARN: "warn", TimeTone.BAD: "bad", TimeTone.OFF: "text2"}


class SessionRow(QRadioButton):
    """Arrow keys move between the rows of a list; the chosen one has the accent's border."""

    def __init__(self, theme: Theme, session_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName(f"sessions.row.{session_id[:8]}")
        self.setProperty("focusRadius", 12)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        line = QHBoxLayout(self)
        line.setContentsMargins(13, 8, 15, 8)
        line.setSpacing(12)
        self._icon = icon_tile(theme, "pen-line")
        line.addWidget(self._icon)
        words = column(spacing=3)
        words.addStretch(1)
        self._title = ElidedLabel(theme, role="label")
        self._line = ElidedLabel(theme, role="small", tone="text2")
        words.addWidget(self._title)
        words.addWidget(self._line)
        words.addStretch(1)
        line.addLayout(words, 1)
        time = column(spacing=1)
        time.addStretch(1)
        self._sun = SessionSun(theme, size=30)
        self._digits = TextLabel(theme, role="small", weight=600)
        time.addWidget(self._sun, 0, Qt.AlignmentFlag.AlignRight)
        time.addWidget(self._digits, 0, Qt.AlignmentFlag.AlignRight)
        time.addStretch(1)
        line.addLayout(time)
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_session(self, view: SessionRowView) -> None:
        """Show the session as it is now."""
        self._icon.show_icon(TYPE_ICONS.get(view.session_type, "pen-line"))
        self._title.setText(view.title)
        line = phrase(view.line)
        self._line.setText(line)
        self._sun.render_time(view.time)
        self._digits.setText(view.time.text)
        self._digits.set_tone(_TONES[view.time.tone])
        self.setChecked(view.is_chosen)
        self.setAccessibleName(f"{view.title}, {line}, {spoken_time(view.time.seconds_left)}")

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(240), self._theme.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(_HEIGHT))

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(position)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on = self.isChecked()
        width = 2.0 if is_on else 1.0
        painter.setPen(QPen(self._theme.color("accent" if is_on else "line"), width))
        painter.setBrush(self._theme.color("selected" if is_on else "hover" if self.underMouse() else "surface"))
        half = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), 11, 11)
        painter.end()
