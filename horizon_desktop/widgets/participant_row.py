"""One person of the session: who they are, what they do, what they may do, and what can be done about it."""

from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import AskRevoke, Extend, Follow, Intent, Revoke
from horizon_desktop.presentation.people import BadgeView, ParticipantView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import column, row
from horizon_desktop.widgets.channel_icons import ChannelIcons
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.in_place_confirm import InPlaceConfirm
from horizon_desktop.widgets.participant_badge import BadgeButton
from horizon_desktop.widgets.participant_menu import has_menu, participant_menu
from horizon_desktop.widgets.text_label import ElidedLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import doing_words, role_words, said, spoken_person

_BADGE: Final = 30


class ParticipantRow(QWidget):
    """A row of the people panel and of the presence panel."""

    intent = Signal(object)

    def __init__(self, theme: Theme, session_id: str, peer_id: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._session_id = session_id
        self._view: ParticipantView | None = None
        short = peer_id[:8]
        self.setObjectName(f"person.{short}")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        self._badge = BadgeButton(theme, size=_BADGE)
        self._badge.setObjectName(f"person.{short}.follow")
        self._badge.clicked.connect(self._follow)
        self._name = ElidedLabel(theme, role="label")
        self._chip = Chip(theme, "", height=18)
        self._doing = ElidedLabel(theme, role="small", tone="text2", px=12)
        self._channels = ChannelIcons(theme)
        self._menu_button = Button(theme, "", kind="ghost", icon="ellipsis", height=SMALL, name=f"person.{short}.menu")
        self._menu_button.clicked.connect(self._open_menu)
        outer.addLayout(self._line())
        self._request = Button(
            theme, "", kind="secondary", icon="alarm-clock-plus", height=SMALL, name=f"person.{short}.request"
        )
        self._request.clicked.connect(self._grant)
        outer.addWidget(self._request, 0, Qt.AlignmentFlag.AlignLeft)
        self._confirm = InPlaceConfirm(theme, name=f"person.{short}.revoke")
        self._confirm.kept.connect(lambda: self.intent.emit(AskRevoke(session_id=session_id, peer_id="")))
        self._confirm.confirmed.connect(self._revoke)
        outer.addWidget(self._confirm)

    def _line(self) -> QHBoxLayout:
        line = row(spacing=0)
        line.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignTop)
        line.addSpacing(14)
        words = column(spacing=0)
        head = row(spacing=6)
        head.addWidget(self._name, 0)
        head.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        words.addLayout(head)
        words.addSpacing(1)
        words.addWidget(self._doing)
        words.addSpacing(8)
        words.addWidget(self._channels)
        line.addLayout(words, 1)
        line.addWidget(self._menu_button, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def show_person(self, view: ParticipantView) -> None:
        """Show this person as they are now."""
        if view == self._view:
            return
        was_asked = self._view is not None and self._view.is_revoke_asked
        self._view = view
        spoken = spoken_person(view, self._theme.glyph_name(view.badge.color))
        self.setAccessibleName(spoken)
        self._badge.render(view.badge, spoken=self._badge_words(view, spoken))
        self._badge.setEnabled(view.may_follow)
        self._name.setText(view.badge.name)
        self._chip.set_chip(role_words(view.role), tone="info" if view.role == "host" else "neutral")
        self._doing.setText(said("Applying") if view.is_applying else doing_words(view))
        self._channels.render_marks(view.channels)
        self._menu_button.setVisible(has_menu(view))
        self._menu_button.set_hint(said("More about {name}", name=view.badge.name))
        self._show_request(view)
        self._show_confirm(view.badge, is_asked=view.is_revoke_asked, was_asked=was_asked)

    def _badge_words(self, view: ParticipantView, spoken: str) -> str:
        if not view.may_follow:
            return spoken
        verb = said("Stop following") if view.is_followed else said("Follow")
        return f"{verb}: {spoken}"

    def _show_request(self, view: ParticipantView) -> None:
        self._request.setVisible(view.asked_minutes > 0)
        if view.asked_minutes > 0:
            self._request.set_text(said("Give {n} more minutes", n=view.asked_minutes))
            self._request.setAccessibleName(
                said("Give {n} more minutes to {name}, who asked", n=view.asked_minutes, name=view.badge.name)
            )

    def _show_confirm(self, badge: BadgeView, *, is_asked: bool, was_asked: bool) -> None:
        if is_asked:
            words = Words("revoke.confirm", {"guest": badge.name})
            self._confirm.ask(
                texts.title(words), texts.text(words), keep=texts.action("keep"), confirm=texts.action("revoke")
            )
        self._confirm.setVisible(is_asked)
        if is_asked and not was_asked:
            self._confirm.keep_button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif was_asked and not is_asked and self._menu_button.isVisibleTo(self):
            self._menu_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def menu(self) -> QMenu | None:
        """Return the menu of this person, or None when there is nothing to choose."""
        if self._view is None or not has_menu(self._view):
            return None
        made = participant_menu(self._theme, self._view, session_id=self._session_id, ask=self._ask, parent=self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return made

    def _ask(self, intent: Intent) -> None:
        self.intent.emit(intent)

    def _open_menu(self) -> None:
        menu = self.menu()
        if menu is not None:
            corner = QPoint(self._menu_button.width(), self._menu_button.height())
            place = self._menu_button.mapToGlobal(corner)
            menu.popup(QPoint(place.x() - menu.sizeHint().width(), place.y()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu()
        if menu is not None:
            menu.popup(event.globalPos())

    def _follow(self) -> None:
        if self._view is not None and self._view.may_follow:
            target = "" if self._view.is_followed else self._view.badge.peer_id
            self.intent.emit(Follow(session_id=self._session_id, peer_id=target))

    def _grant(self) -> None:
        if self._view is not None:
            self.intent.emit(Extend(session_id=self._session_id, minutes=self._view.asked_minutes))

    def _revoke(self) -> None:
        if self._view is not None:
            self.intent.emit(Revoke(session_id=self._session_id, peer_id=self._view.badge.peer_id))
