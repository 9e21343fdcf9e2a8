"""The people of a session as a row of badges: a click follows, the menu has the rest."""

from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from horizon_desktop.presentation.intents import Follow, Intent
from horizon_desktop.presentation.people import ParticipantView
from horizon_desktop.presentation.presence_bar import MAX_BADGES
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.participant_badge import BadgeButton
from horizon_desktop.widgets.participant_menu import has_menu, participant_menu
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import plain_tooltip
from horizon_desktop.widgets.workspace_texts import counted, said, spoken_person

_SPACING: Final = 2


class BadgeButtons(QWidget):
    """Up to six badges, and how many more there are."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, size: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._size = size
        self._session_id = ""
        self._most = MAX_BADGES
        self._people: tuple[ParticipantView, ...] = ()
        self._buttons: dict[str, BadgeButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(_SPACING)
        self._more = Chip(theme, "", height=20)
        self._row.addWidget(self._more)

    def show_people(self, session_id: str, people: tuple[ParticipantView, ...], *, most: int = MAX_BADGES) -> None:
        """Show these people, at most `most` of them with a badge of their own."""
        self._session_id, self._people, self._most = session_id, people, most
        shown = people if len(people) <= most else people[:most]
        wanted = [person.badge.peer_id for person in shown]
        for peer_id in [peer_id for peer_id in self._buttons if peer_id not in wanted]:
            gone = self._buttons.pop(peer_id)
            self._row.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for index, person in enumerate(shown):
            button = self._buttons.get(person.badge.peer_id) or self._made(person.badge.peer_id)
            if self._row.indexOf(button) != index:
                self._row.removeWidget(button)
                self._row.insertWidget(index, button)
            spoken = spoken_person(person, self._theme.glyph_name(person.badge.color))
            button.render(person.badge, spoken=spoken)
            button.setToolTip(plain_tooltip(spoken))
        more = len(people) - len(shown)
        self._more.setVisible(more > 0)
        if more > 0:
            self._more.set_chip(f"+{more}", tone="neutral")
            self._more.setAccessibleName(counted("1 more person", "{n} more people", more))

    def _made(self, peer_id: str) -> BadgeButton:
        button = BadgeButton(self._theme, size=self._size, parent=self)
        button.setObjectName(f"badge.{peer_id[:8]}")
        button.clicked.connect(lambda: self._press(peer_id))
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(lambda point: self._open_menu(peer_id, button.mapToGlobal(point)))
        self._buttons[peer_id] = button
        return button

    def _person(self, peer_id: str) -> ParticipantView | None:
        return next((person for person in self._people if person.badge.peer_id == peer_id), None)

    def _press(self, peer_id: str) -> None:
        person = self._person(peer_id)
        if person is not None and person.may_follow:
            target = "" if person.is_followed else peer_id
            self.intent.emit(Follow(session_id=self._session_id, peer_id=target))

    def _open_menu(self, peer_id: str, point: QPoint) -> None:
        person = self._person(peer_id)
        if person is None or not has_menu(person):
            return
        menu = participant_menu(self._theme, person, session_id=self._session_id, ask=self._ask, parent=self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(said("More about {name}", name=person.badge.name))
        menu.popup(point)

    def _ask(self, intent: Intent) -> None:
        self.intent.emit(intent)
