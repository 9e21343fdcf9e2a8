"""The session sun with its digits: one thing to read, said in words and only when somebody asks."""

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from horizon_desktop.presentation.expiry import TimeTone, TimeView
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import spoken_time

_TONES: Final = {TimeTone.OK: "text", TimeTone.WARN: "warn", TimeTone.BAD: "bad", TimeTone.OFF: "text"}


class TimeLeft(QWidget):
    """Sun and digits beside each other."""

    def __init__(
        self, theme: Theme, *, sun: int = 32, digits_px: int = 14, spacing: int = 9, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setObjectName("time_left")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(spacing)
        self._sun = SessionSun(theme, size=sun)
        self._digits = TextLabel(theme, role="label", px=digits_px)
        self._digits.setObjectName("time_digits")
        line.addWidget(self._sun)
        line.addWidget(self._digits)

    def show_time(self, time: TimeView) -> None:
        """Show the time left."""
        self._sun.render_time(time)
        self._digits.setText(time.text)
        self._digits.set_tone(_TONES[time.tone])
        words = spoken_time(time.seconds_left)
        self.setAccessibleName(words)
        self._digits.setAccessibleName(words)
