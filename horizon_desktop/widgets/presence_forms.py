"""What the floating presence bar holds in its three forms: mini, bar and panel."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import AskEnd, AskTime, Extend, FloatPresence, Leave, ShowPage, ShowPanel
from horizon_desktop.presentation.people import PeopleView
from horizon_desktop.presentation.presence_bar import BarAction, BarForm, PresenceBarView
from horizon_desktop.widgets.badge_buttons import BadgeButtons
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import hair_line, row, upright_line
from horizon_desktop.widgets.connection_quality_indicator import ConnectionQualityIndicator
from horizon_desktop.widgets.drag_dots import DragDots
from horizon_desktop.widgets.ephemeral_presence_bar import EXTEND_MINUTES
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.people_panel import PeoplePanel
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.time_left import TimeLeft
from horizon_desktop.widgets.workspace_texts import counted, said

_ACTIONS: Final = {BarAction.EXTEND: "Extend", BarAction.ASK_TIME: "Ask for time", BarAction.DETAILS: "Details"}


def float_as(form: BarForm) -> FloatPresence:
    """Return the wish to show the bar in another form."""
    return FloatPresence(form=str(form))


class MiniForm(QWidget):
    """36 pixels: time, link, and how many people. A click or Enter opens the bar."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(15, 0, 15, 0)
        line.setSpacing(10)
        self.setFixedHeight(theme.px(36))
        self._time = TimeLeft(theme, sun=30)
        self._quality = ConnectionQualityIndicator(theme, has_words=False)
        self._icon = IconView(theme, "users", size=14, tone="text2")
        self._count = TextLabel(theme, role="label")
        line.addWidget(self._time)
        line.addWidget(self._quality)
        people = row(spacing=4)
        people.addWidget(self._icon)
        people.addWidget(self._count)
        line.addLayout(people)

    def show_presence(self, view: PresenceBarView) -> None:
        """Show time, link and count."""
        self._time.show_time(view.time)
        self._quality.render(view.quality)
        self._count.setText(str(len(view.people)))
        self._count.setAccessibleName(counted("1 person", "{n} people", len(view.people)))


class BarOfPeople(QWidget):
    """44 pixels: the default while somebody works in another application."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: PresenceBarView | None = None
        self.setFixedHeight(theme.px(44))
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 0, 10, 0)
        line.setSpacing(12)
        self._badges = BadgeButtons(theme)
        self._badges.intent.connect(self.intent)
        self._quality = ConnectionQualityIndicator(theme, is_wordy=True)
        self._time = TimeLeft(theme)
        self._chat = Button(theme, "0", kind="ghost", icon="message-square", height=SMALL, name="presence_bar.chat")
        self._chat.clicked.connect(self._open_chat)
        self._action = Button(theme, "", height=SMALL, name="presence_bar.action")
        self._action.clicked.connect(self._act)
        self._more = Button(theme, "", kind="ghost", icon="chevron-down", height=SMALL, name="presence_bar.more")
        self._more.set_hint(said("Show everybody"))
        self._more.clicked.connect(lambda: self.intent.emit(float_as(BarForm.PANEL)))
        dots = row(spacing=2)
        dots.addWidget(DragDots(theme))
        dots.addWidget(self._badges)
        line.addLayout(dots)
        for widget in (upright_line(20), self._quality, upright_line(20), self._time, upright_line(20)):
            line.addWidget(widget)
        line.addWidget(self._chat)
        line.addWidget(self._action)
        line.addWidget(self._more)

    def show_presence(self, view: PresenceBarView) -> None:
        """Show people, link, time, unread chat, and the one action that matters now."""
        self._view = view
        self._badges.show_people(view.session_id, view.people)
        self._quality.render(view.quality)
        self._time.show_time(view.time)
        has_action = view.action is not BarAction.NONE and not (view.has_asked and view.action is BarAction.ASK_TIME)
        self._chat.setVisible(not has_action)
        self._chat.set_text(str(view.unread) if view.unread else "")
        unread = counted("1 unread message", "{n} unread messages", view.unread) if view.unread else said("Chat")
        self._chat.set_hint(unread)
        self._chat.setAccessibleName(unread)
        self._action.setVisible(has_action)
        self._more.setVisible(not has_action)
        if has_action:
            self._action.set_text(said(_ACTIONS[view.action]))

    def _open_chat(self) -> None:
        if self._view is not None:
            self.intent.emit(ShowPage(page="workspace", session_id=self._view.session_id))
            self.intent.emit(ShowPanel(panel="chat"))

    def _act(self) -> None:
        view = self._view
        if view is None:
            return
        if view.action is BarAction.EXTEND:
            self.intent.emit(Extend(session_id=view.session_id, minutes=EXTEND_MINUTES))
        elif view.action is BarAction.ASK_TIME:
            self.intent.emit(AskTime(session_id=view.session_id, minutes=EXTEND_MINUTES))
        else:
            self.intent.emit(float_as(BarForm.PANEL))


class PanelForm(QWidget):
    """348 pixels wide: everybody, with what they do and may do. Escape makes it a bar again."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: PresenceBarView | None = None
        self.setFixedWidth(theme.px(348))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 14)
        layout.setSpacing(0)
        self._title = ElidedLabel(theme, role="label", px=15)
        layout.addLayout(self._head(theme))
        layout.addSpacing(8)
        self._quality = ConnectionQualityIndicator(theme, is_loss_shown=True)
        self._time = TimeLeft(theme)
        layout.addLayout(self._well(theme))
        self._people = PeoplePanel(theme)
        self._people.intent.connect(self.intent)
        layout.addWidget(self._people)
        layout.addWidget(hair_line())
        layout.addSpacing(8)
        self._extend = Button(theme, "", height=SMALL, name="presence_panel.extend")
        self._extend.clicked.connect(self._more_time)
        self._end = Button(theme, "", kind="danger", height=SMALL, name="presence_panel.end")
        self._end.clicked.connect(self._finish)
        layout.addLayout(self._foot(theme))

    def _head(self, theme: Theme) -> QHBoxLayout:
        head = row(spacing=4)
        head.setContentsMargins(17, 0, 10, 0)
        less = Button(theme, "", kind="ghost", icon="chevron-up", height=SMALL, name="presence_panel.less")
        less.set_hint(said("Show less (Esc)"))
        less.clicked.connect(lambda: self.intent.emit(float_as(BarForm.BAR)))
        dock = Button(theme, "", kind="ghost", icon="pin", height=SMALL, name="presence_panel.dock")
        dock.set_hint(said("Dock in the session window"))
        dock.clicked.connect(lambda: self.intent.emit(float_as(BarForm.DOCKED)))
        head.addWidget(self._title, 1)
        head.addWidget(dock)
        head.addWidget(less)
        return head

    def _well(self, theme: Theme) -> QHBoxLayout:
        outer = row(spacing=0)
        outer.setContentsMargins(12, 0, 12, 0)
        well = QFrame()
        well.setObjectName("presence_panel.link")
        well.setProperty("kind", "well")
        line = QHBoxLayout(well)
        line.setContentsMargins(13, 7, 13, 7)
        line.addWidget(self._quality)
        line.addStretch(1)
        line.addWidget(self._time)
        outer.addWidget(well)
        return outer

    def _foot(self, theme: Theme) -> QHBoxLayout:
        foot = row(spacing=6)
        foot.setContentsMargins(17, 0, 17, 0)
        show = Button(
            theme, said("Open session"), icon="square-arrow-out-up-right", height=SMALL, name="presence_panel.open"
        )
        show.clicked.connect(self._open)
        foot.addWidget(show)
        foot.addWidget(self._extend)
        foot.addStretch(1)
        foot.addWidget(self._end)
        return foot

    def show_presence(self, view: PresenceBarView) -> None:
        """Show the whole session."""
        self._view = view
        self._title.setText(view.title)
        self._quality.render(view.quality)
        self._time.show_time(view.time)
        self._people.show_people(PeopleView(session_id=view.session_id, is_host=view.is_host, rows=view.people))
        self._extend.set_text(said("Extend") if view.is_host else said("Ask for time"))
        self._extend.setVisible(view.may_extend if view.is_host else not view.has_asked)
        self._end.set_kind("danger" if view.is_host else "secondary")
        self._end.set_text(said("End") if view.is_host else said("Leave"))

    def _open(self) -> None:
        if self._view is not None:
            self.intent.emit(ShowPage(page="workspace", session_id=self._view.session_id))

    def _more_time(self) -> None:
        view = self._view
        if view is not None and view.is_host:
            self.intent.emit(Extend(session_id=view.session_id, minutes=EXTEND_MINUTES))
        elif view is not None:
            self.intent.emit(AskTime(session_id=view.session_id, minutes=EXTEND_MINUTES))

    def _finish(self) -> None:
        view = self._view
        if view is not None and view.is_host:
            self.intent.emit(ShowPage(page="workspace", session_id=view.session_id))
            self.intent.emit(AskEnd(session_id=view.session_id, is_shown=True))
        elif view is not None:
            self.intent.emit(Leave(session_id=view.session_id))
