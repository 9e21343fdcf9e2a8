"""The right side of JoinPage when the invite cannot be used: what happened, what is kept, what to do next."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.expiry import TimeTone
from horizon_desktop.presentation.intents import CancelJoin, CheckInvite, CopyDetails, RetryJoin, WriteToHost
from horizon_desktop.presentation.join import ENDS_INVITE
from horizon_desktop.presentation.wording import Words, wording_of
from horizon_desktop.widgets.banner import Banner
from horizon_desktop.widgets.button import LARGE, Button
from horizon_desktop.widgets.empty_state import EmptyState
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.texts import action, text, title
from horizon_desktop.widgets.theme import Theme

_ICONS: Final = {
    "ask_invite": "mail",
    "ask_host": "mail",
    "tell_host": "flag",
    "try_again": "refresh-cw",
    "ask_again": "refresh-cw",
    "look_again": "eye",
    "compare_keys": "fingerprint",
    "run_check": "activity",
}
_LETTERS: Final = frozenset({"ask_invite", "ask_host", "tell_host"})
_AGAIN: Final = frozenset({"try_again", "ask_again", "look_again"})
_AWAY: Final = frozenset({"close", "cancel", "leave"})
_LOCAL: Final = frozenset({"compare_keys", "copy_details", "run_check"})
OFFERED: Final = _LETTERS | _AGAIN | _AWAY | _LOCAL
"""Actions of the copy deck that this version can do; the others are not shown."""


class StoppedForm(QWidget):
    """Either the end of the invite (banner and a set sun) or a state one can do something about."""

    intent = Signal(object)
    compare_wanted = Signal()
    """Show the full key of the host."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words: Words | None = None
        self._main_key = "close"
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._ended_side())
        self._state = EmptyState(theme, name="join.stopped")
        self._state.acted.connect(self._act)
        self._stack.addWidget(self._state)

    def _ended_side(self) -> QWidget:
        side = QWidget()
        outer = QVBoxLayout(side)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        heading = TextLabel(self._theme, self.tr("This invite no longer works"), role="title")
        outer.addWidget(heading)
        outer.addSpacing(16)
        self._banner = Banner(self._theme, name="join.ended")
        outer.addWidget(self._banner)
        outer.addStretch(1)
        sun = SessionSun(self._theme, size=150)
        sun.show_place(1000, tone=TimeTone.OFF)
        outer.addWidget(sun, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)
        self._main = Button(self._theme, "", kind="primary", height=LARGE, name="join.ended.main")
        self._main.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._main.clicked.connect(lambda: self._act(self._main_key))
        outer.addWidget(self._main)
        outer.addSpacing(9)
        note = TextLabel(self._theme, self.tr("Nothing was shared with anyone."), role="small", tone="text3")
        note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        outer.addWidget(note)
        return side

    def render(self, words: Words) -> None:  # type: ignore[override]
        """Show why it stopped."""
        self._words = words
        row = wording_of(words.key)
        keys = tuple(key for key in row.actions if key in OFFERED) or ("close",)
        if words.key in ENDS_INVITE:
            self._main_key = keys[0]
            tone = "bad" if row.tone == "bad" else "warn"
            icon = "octagon-alert" if row.tone == "bad" else row.icon
            self._banner.show_state(title(words), text(words), tone=tone, icon=icon)
            self._main.set_icon(_ICONS.get(keys[0], ""))
            self._main.set_text(action(keys[0], words.values))
            self._stack.setCurrentIndex(0)
            return
        buttons = tuple(
            (key, action(key, words.values), self._kind(place, key), _ICONS.get(key, ""))
            for place, key in enumerate(keys)
        )
        self._state.show_state(row.icon, title(words), text(words), tone=row.tone, actions=buttons)
        self._stack.setCurrentIndex(1)

    def spoken(self) -> str:
        """Return what a screen reader announces."""
        return f"{title(self._words)}. {text(self._words)}" if self._words is not None else ""

    @staticmethod
    def _kind(place: int, key: str) -> str:
        if place == 0:
            return "secondary" if key in _AWAY else "primary"
        return "ghost" if key in _AWAY else "secondary"

    def _act(self, key: str) -> None:
        host = str(self._words.values.get("host", "")) if self._words is not None else ""
        if key in _LETTERS:
            self.intent.emit(WriteToHost(reason=key, host=host))
        elif key in _AGAIN:
            self.intent.emit(RetryJoin())
        elif key == "compare_keys":
            self.compare_wanted.emit()
        elif key == "run_check":
            self.intent.emit(CheckInvite())
        elif key == "copy_details" and self._words is not None:
            self.intent.emit(CopyDetails(text=self._words.key))
        else:
            self.intent.emit(CancelJoin())
