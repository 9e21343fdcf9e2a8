"""The left side of JoinPage: who invites, what for, how long, what opens, what stays closed, and key pictures."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.join import HostCardView, PreviewState
from horizon_desktop.widgets.access_summary import AccessSummary
from horizon_desktop.widgets.brand_tile import BrandTile
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import column, hair_line, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.key_pictures import KeyPictures
from horizon_desktop.widgets.participant_badge import ParticipantBadge
from horizon_desktop.widgets.session_card import TYPE_ICONS
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.theme import Theme


class HostSide(QFrame):
    """Everything that the link alone shows, and nothing of the session's content."""

    copied = Signal(str)
    """The full key, to be put on the clipboard."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._host: HostCardView | None = None
        self._is_key_shown = False
        self.setProperty("kind", "side")
        self.setObjectName("join.host_side")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 33, 28, 26)
        outer.setSpacing(0)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._known_side())
        self._stack.addWidget(self._blank_side())
        outer.addLayout(self._stack, 1)
        outer.addSpacing(12)
        foot = row(spacing=8)
        foot.addWidget(IconView(theme, "lock", size=14, tone="ok"))
        words = self.tr("Encrypted between your devices. A relay can't read it.")
        foot.addWidget(TextLabel(theme, words, role="small", tone="text2"), 1)
        outer.addLayout(foot)

    # --- making ---

    def _known_side(self) -> QWidget:
        side = QWidget()
        inside = QVBoxLayout(side)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addLayout(self._who())
        inside.addSpacing(12)
        chips = row(spacing=6)
        self._type = Chip(self._theme, "", tone="info", icon="pen-line", height=22)
        self._until = Chip(self._theme, "", icon="sunset", height=22)
        chips.addWidget(self._type)
        chips.addWidget(self._until)
        chips.addStretch(1)
        inside.addLayout(chips)
        inside.addSpacing(20)
        self._heading = TextLabel(self._theme, role="label")
        inside.addWidget(self._heading)
        inside.addSpacing(6)
        self._access = AccessSummary(self._theme)
        inside.addWidget(self._access)
        inside.addSpacing(15)
        inside.addWidget(hair_line())
        inside.addSpacing(14)
        inside.addLayout(self._proof())
        inside.addStretch(1)
        return side

    def _who(self) -> QHBoxLayout:
        line = row(spacing=17)
        self._badge = ParticipantBadge(self._theme, size=44)
        line.addWidget(self._badge)
        words = column(spacing=6)
        self._invites = ElidedLabel(self._theme, tone="text2")
        self._title = ElidedLabel(self._theme, role="title", px=19)
        words.addSpacing(3)
        words.addWidget(self._invites)
        words.addWidget(self._title)
        line.addLayout(words, 1)
        return line

    def _proof(self) -> QVBoxLayout:
        proof = column(spacing=0)
        line = row(spacing=8)
        line.addWidget(IconView(self._theme, "fingerprint", size=16, tone="text2"))
        self._really = ElidedLabel(self._theme, role="label")
        line.addWidget(self._really, 1)
        self._known = Chip(self._theme, "", tone="ok", icon="shield-check")
        line.addWidget(self._known)
        proof.addLayout(line)
        proof.addSpacing(4)
        words = self.tr("Ask them to read out these pictures. They must match.")
        proof.addWidget(TextLabel(self._theme, words, tone="text2", wraps=True))
        proof.addSpacing(9)
        self._pictures = KeyPictures(self._theme, tile=(50, 50), gap=5)
        proof.addWidget(self._pictures)
        proof.addSpacing(8)
        line = row(spacing=8)
        self.key_button = Button(self._theme, self.tr("Show full key"), kind="link", height=SMALL, name="join.full_key")
        self.key_button.clicked.connect(lambda: self.show_key(is_shown=not self._is_key_shown))
        line.addWidget(self.key_button)
        line.addStretch(1)
        proof.addLayout(line)
        self._key = TextLabel(self._theme, role="code", px=11, tone="text2", wraps=True)
        self._key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._key.hide()
        proof.addWidget(self._key)
        return proof

    def _blank_side(self) -> QWidget:
        side = QWidget()
        inside = QVBoxLayout(side)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(4)
        inside.addWidget(BrandTile(self._theme, size=44))
        inside.addSpacing(12)
        self._blank_title = TextLabel(self._theme, role="title", wraps=True)
        self._blank_text = TextLabel(self._theme, tone="text2", wraps=True)
        inside.addWidget(self._blank_title)
        inside.addWidget(self._blank_text)
        inside.addStretch(1)
        return side

    # --- showing ---

    def render(self, state: PreviewState, host: HostCardView | None, *, is_over: bool) -> None:  # type: ignore[override]
        """Show what is known of the invite.

        Args:
            is_over: The invite no longer works: say what it was meant for.
        """
        self._host = host
        if host is None:
            self._show_blank(state)
            return
        self._stack.setCurrentIndex(0)
        self._badge.render(host.badge)
        self._invites.setText(self.tr("{host} invites you to").replace("{host}", host.name))
        self._title.setText(host.title)
        review = host.session_type == "review"
        self._type.set_chip(
            self.tr("Review") if review else self.tr("Pair editing"), tone="info", icon=TYPE_ICONS[host.session_type]
        )
        self._until.set_chip(phrase(host.duration), tone="neutral", icon="sunset")
        self._heading.setText(self.tr("It was meant for") if is_over else self.tr("You will be able to"))
        self._access.render(host.access)
        self._really.setText(self.tr("Is it really {host}?").replace("{host}", host.name))
        self._known.setVisible(host.is_known)
        self._known.set_chip(self.tr("Known key"), tone="ok", icon="shield-check")
        self._pictures.render(host.pictures)
        self._key.setText(" ".join(host.key[place : place + 4] for place in range(0, len(host.key), 4)))
        self._key.setAccessibleName(self.tr("Full key of {host}").replace("{host}", host.name))

    def _show_blank(self, state: PreviewState) -> None:
        self._stack.setCurrentIndex(1)
        if state is PreviewState.LOADING:
            self._blank_title.setText(self.tr("Reading the invite"))
            self._blank_text.setText(self.tr("Who invites you and what opens shows up here."))
            return
        self._blank_title.setText(self.tr("An invite to a session"))
        self._blank_text.setText(self.tr("Nothing could be read of it yet, and nothing was sent."))

    def show_key(self, *, is_shown: bool) -> None:
        """Show the full key, or only its pictures."""
        self._is_key_shown = is_shown
        self._key.setVisible(is_shown)
        self.key_button.set_text(self.tr("Hide full key") if is_shown else self.tr("Show full key"))

    def spoken(self) -> str:
        """Return the trust part as a screen reader reads it: the window's description."""
        if self._host is None:
            return self._blank_title.text()
        lines = ". ".join(self._access.spoken_lines())
        pictures = self._pictures.accessibleName()
        return (
            f"{self._invites.whole_text()} {self._title.whole_text()}. {lines}. {self._really.whole_text()} {pictures}"
        )
