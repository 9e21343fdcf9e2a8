"""EphemeralPresenceBar, docked in the session's top bar: who is here, how well they are heard, how long it goes on."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from horizon_desktop.presentation.intents import AskTime, Extend
from horizon_desktop.presentation.presence_bar import MAX_BADGES, PresenceBarView
from horizon_desktop.widgets.badge_buttons import BadgeButtons
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import upright_line
from horizon_desktop.widgets.connection_quality_indicator import ConnectionQualityIndicator
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.time_left import TimeLeft
from horizon_desktop.widgets.workspace_texts import said

EXTEND_MINUTES = 30


class EphemeralPresenceBar(QWidget):
    """Badges, link, time and the button that gives or asks for more of it."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: PresenceBarView | None = None
        self._most = MAX_BADGES
        self.setObjectName("presence_bar")
        self.setAccessibleName(said("Presence bar"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        self._badges = BadgeButtons(theme, size=26)
        self._badges.intent.connect(self.intent)
        self._quality = ConnectionQualityIndicator(theme, is_wordy=True)
        self._quality.setObjectName("connection_quality")
        self._time = TimeLeft(theme)
        self.action_button = Button(theme, "", height=SMALL, name="presence_bar.extend")
        self.action_button.clicked.connect(self._act)
        line.addWidget(self._badges)
        line.addWidget(upright_line(20))
        line.addWidget(self._quality)
        line.addWidget(upright_line(20))
        line.addWidget(self._time)
        line.addWidget(self.action_button)

    def show_presence(self, view: PresenceBarView) -> None:
        """Show who is here, the link and the time."""
        self._view = view
        self._badges.show_people(view.session_id, view.people, most=self._most)
        self._quality.render(view.quality)
        self._time.show_time(view.time)
        label = said("Extend") if view.is_host else said("Time asked") if view.has_asked else said("Ask for time")
        if self.action_button.label() != label:
            self.action_button.set_text(label)
        hint = said("Extend 30 minutes (Ctrl+Shift+E)") if view.is_host else said("Ask for 30 more minutes")
        self.action_button.set_hint(hint)
        self.action_button.setAccessibleName(said("Extend 30 minutes") if view.is_host else label)
        self.action_button.setVisible(view.may_extend or not view.is_host)
        self.action_button.setEnabled(view.is_host or not view.has_asked)

    def set_most_badges(self, most: int) -> None:
        """Show at most so many badges from now on (narrow windows)."""
        if most != self._most:
            self._most = most
            if self._view is not None:
                self._badges.show_people(self._view.session_id, self._view.people, most=most)

    def focus_first(self) -> None:
        """Put the focus on the first badge that can be pressed, from where Tab goes on."""
        for button in self._badges.findChildren(QAbstractButton):
            if button.isVisible() and button.isEnabled():
                button.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return
        self.action_button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _act(self) -> None:
        view = self._view
        if view is None:
            return
        if view.is_host:
            self.intent.emit(Extend(session_id=view.session_id, minutes=EXTEND_MINUTES))
        else:
            self.intent.emit(AskTime(session_id=view.session_id, minutes=EXTEND_MINUTES))
