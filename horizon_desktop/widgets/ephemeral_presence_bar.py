"""EphemeralPresenceBar, docked in the session's top bar: who is here, how well they are heard, how long it goes on."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QWidget

from horizon_desktop.presentation.intents import AskTime, Extend, RetryPath, ShowPage
from horizon_desktop.presentation.presence_bar import MAX_BADGES, PresenceBarView
from horizon_desktop.widgets import texts
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
        self.path_button = Button(theme, "", kind="ghost", icon="waypoints", height=SMALL, name="presence_bar.path")
        self.path_button.set_hint(said("Connected through a relay"))
        self.path_button.clicked.connect(self._open_path_menu)
        self.path_button.hide()
        self._time = TimeLeft(theme)
        self.action_button = Button(theme, "", height=SMALL, name="presence_bar.extend")
        self.action_button.clicked.connect(self._act)
        line.addWidget(self._badges)
        line.addWidget(upright_line(20))
        line.addWidget(self._quality)
        line.addWidget(self.path_button)
        line.addWidget(upright_line(20))
        line.addWidget(self._time)
        line.addWidget(self.action_button)

    def show_presence(self, view: PresenceBarView) -> None:
        """Show who is here, the link and the time."""
        self._view = view
        self._badges.show_people(view.session_id, view.people, most=self._most)
        self._quality.render(view.quality)
        self.path_button.setVisible(view.quality.path == "relay" and view.quality.resume_left_s < 0)
        self._time.show_time(view.time)
        label = said("Extend") if view.is_host else said("Time asked") if view.has_asked else said("Ask for time")
        if self.action_button.label() != label:
            self.action_button.set_text(label)
        hint = said("Extend 30 minutes (Ctrl+Shift+E)") if view.is_host else said("Ask for 30 more minutes")
        self.action_button.set_hint(hint)
        self.action_button.setAccessibleName(said("Extend 30 minutes") if view.is_host else label)
        self.action_button.setVisible(view.may_extend or not view.is_host)
        self.action_button.setEnabled(view.is_host or not view.has_asked)

    def path_menu(self) -> QMenu:
        """Return what can be done about a relay: try the direct path again (guests do), and find out why."""
        menu = QMenu(self)
        menu.setObjectName("presence_bar.path.menu")
        view = self._view
        if view is not None and not view.is_host:
            again = menu.addAction(texts.action("try_direct"))
            again.triggered.connect(lambda: self.intent.emit(RetryPath(session_id=view.session_id)))
        why = menu.addAction(texts.action("why"))
        why.triggered.connect(lambda: self.intent.emit(ShowPage(page="doctor")))
        return menu

    def _open_path_menu(self) -> None:
        menu = self.path_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.path_button.mapToGlobal(QPoint(0, self.path_button.height() + 2)))

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
