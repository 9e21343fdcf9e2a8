"""One active session on the home page: what it is, who is there, how well they are heard, how long it goes on."""

from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from horizon_desktop.presentation.expiry import TimeTone
from horizon_desktop.presentation.home import CardAction, SessionCardView
from horizon_desktop.presentation.intents import AskEnd, Extend, Leave, ResumeSession, ShowPage
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import column
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.connection_quality_indicator import ConnectionQualityIndicator
from horizon_desktop.widgets.page_head import icon_tile
from horizon_desktop.widgets.participant_badge import BadgeRow
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.theme import Theme

TYPE_ICONS: Final = {"pair": "pen-line", "review": "eye"}
_TONES: Final = {
    TimeTone.OK: "text",
    TimeTone.WARN: "warn",
    TimeTone.BAD: "bad",
    TimeTone.OFF: "text2",
}
_EXTEND_MINUTES: Final = 30
_PEOPLE_FROM: Final = 500
"""Width from which it has room for people and the sun."""
_STATE_FROM: Final = 720
"""Width from which the card has room for quality or waiting."""


class SessionCard(QFrame):
    """A row with one button that matters now, and a menu for the rest."""

    intent = Signal(object)

    def __init__(self, theme: Theme, session_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._session_id = session_id
        self._view: SessionCardView | None = None
        self.setProperty("kind", "card")
        self.setObjectName(f"home.session.{session_id[:8]}")
        self.setMinimumHeight(theme.px(70))
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 12, 8)
        line.setSpacing(0)
        self._icon = icon_tile(theme, "pen-line", box=40, size=20)
        line.addWidget(self._icon)
        line.addSpacing(14)
        words = column(spacing=6)
        words.addStretch(1)
        self._title = ElidedLabel(theme, role="label", px=14)
        self._subtitle = ElidedLabel(theme, role="small", tone="text2")
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        words.addStretch(1)
        line.addLayout(words, 1)
        line.addSpacing(12)
        self._fill_right(line)

    def _fill_right(self, line: QHBoxLayout) -> None:
        self._badges = BadgeRow(self._theme, size=24)
        self._nobody = TextLabel(self._theme, self.tr("No one yet"), role="small", tone="text2")
        self._quality = ConnectionQualityIndicator(self._theme)
        self._waiting = Chip(self._theme, self.tr("Waiting for guest"), tone="info", icon="hourglass")
        self._waiting.setMinimumWidth(self._theme.px(10))
        self._sun = SessionSun(self._theme, size=34)
        self._left = TextLabel(self._theme, self.tr("left"), role="caption", tone="text2", weight=400)
        self._digits = TextLabel(self._theme, role="label", px=14)
        self.main_button = Button(self._theme, self.tr("Open"), name=f"{self.objectName()}.open")
        self.main_button.setMinimumWidth(self._theme.px(108))
        self.main_button.clicked.connect(self._act)
        self.more_button = Button(
            self._theme, "", kind="ghost", icon="ellipsis", height=SMALL, icon_size=16, name=f"{self.objectName()}.more"
        )
        self.more_button.clicked.connect(self._open_menu)
        line.addWidget(self._badges)
        line.addWidget(self._nobody)
        line.addSpacing(25)
        line.addWidget(self._state_side())
        line.addSpacing(22)
        line.addWidget(self._sun)
        line.addSpacing(10)
        line.addWidget(self._time_side())
        line.addSpacing(12)
        line.addWidget(self.main_button)
        line.addSpacing(8)
        line.addWidget(self.more_button)

    def _state_side(self) -> QWidget:
        self._state = state = QWidget()
        state.setFixedWidth(self._theme.px(126))
        inside = QHBoxLayout(state)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._quality)
        inside.addWidget(self._waiting)
        inside.addStretch(1)
        return state

    def _time_side(self) -> QWidget:
        time = QWidget()
        time.setFixedWidth(self._theme.px(64))
        stack = column(spacing=4)
        stack.addStretch(1)
        stack.addWidget(self._digits)
        stack.addWidget(self._left)
        stack.addStretch(1)
        time.setLayout(stack)
        return time

    def render(self, view: SessionCardView) -> None:  # type: ignore[override]
        """Show the session as it is now."""
        self._view = view
        self._icon.show_icon(TYPE_ICONS.get(view.session_type, "pen-line"))
        self._title.setText(view.title)
        self._subtitle.setText(phrase(view.subtitle))
        self._badges.render(view.badges, view.more)
        self._show_people()
        self._quality.setVisible(view.quality is not None)
        if view.quality is not None:
            self._quality.render(view.quality)
        self._waiting.setVisible(view.quality is None)
        if view.is_interrupted:
            self._waiting.set_chip(self.tr("Interrupted"), tone="warn", icon="unplug")
        else:
            self._waiting.set_chip(self.tr("Waiting for guest"), tone="info", icon="hourglass")
        self._sun.render_time(view.time)
        self._digits.setText(view.time.text)
        self._digits.set_tone(_TONES[view.time.tone])
        label = self._action_label(view.action)
        self.main_button.set_text(label)
        self.main_button.setAccessibleName(f"{label}: {view.title}")
        self.more_button.set_hint(self.tr("More for {title}").replace("{title}", view.title))
        self.setAccessibleName(view.title)

    def _action_label(self, action: CardAction) -> str:
        return {
            CardAction.OPEN: self.tr("Open"),
            CardAction.SHOW_INVITE: self.tr("Show invite"),
            CardAction.RESUME: self.tr("Resume"),
        }[action]

    def _act(self) -> None:
        if self._view is None:
            return
        if self._view.action is CardAction.RESUME:
            self.intent.emit(ResumeSession(session_id=self._session_id))
            return
        page = "workspace" if self._view.action is CardAction.OPEN else "share"
        self.intent.emit(ShowPage(page=page, session_id=self._session_id))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._state.setVisible(self.width() >= self._theme.px(_STATE_FROM))
        self._show_people()

    def _show_people(self) -> None:
        """Show badges, or that nobody is there, and the sun, where there is room; the digits always stand."""
        has_room, has_badges = self.width() >= self._theme.px(_PEOPLE_FROM), bool(self._view and self._view.badges)
        self._badges.setVisible(has_badges and has_room)
        self._nobody.setVisible(not has_badges and has_room)
        self._sun.setVisible(has_room)

    def menu(self) -> QMenu:
        """Return what else can be done with the session."""
        menu = QMenu(self)
        view = self._view
        if view is None or view.is_interrupted:
            return menu
        session_id = self._session_id
        if view.is_host:
            self._add(
                menu, "square-arrow-out-up-right", self.tr("Open"), ShowPage(page="workspace", session_id=session_id)
            )
            self._add(menu, "ticket", self.tr("Show invite"), ShowPage(page="share", session_id=session_id))
            self._add(
                menu,
                "alarm-clock-plus",
                self.tr("Extend 30 min"),
                Extend(session_id=session_id, minutes=_EXTEND_MINUTES),
            )
            menu.addSeparator()
            self._add(menu, "circle-stop", self.tr("End session"), AskEnd(session_id=session_id, is_shown=True))
        else:
            self._add(menu, "log-out", self.tr("Leave"), Leave(session_id=session_id))
        return menu

    def _add(self, menu: QMenu, icon: str, label: str, intent: object) -> None:
        action = menu.addAction(self._theme.icon(icon, 16, "text2"), label)
        action.triggered.connect(lambda _checked=False: self.intent.emit(intent))

    def _open_menu(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.more_button.mapToGlobal(QPoint(0, self.more_button.height() + 2)))
