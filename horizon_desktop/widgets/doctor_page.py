"""The page Network check: what a session needs of the network, what is there, and what to do."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.doctor import Checked, CheckRow, DoctorView
from horizon_desktop.presentation.intents import RunCheck, SaveReport, ShowPage
from horizon_desktop.widgets.announcer import Announcer
from horizon_desktop.widgets.banner import Banner
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import Card, clear, column, hair_line, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.page_head import page_head
from horizon_desktop.widgets.text_field import FieldNote, TextField
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.texts import text, title, translated
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

_WIDTH: Final = 820
_LEVELS: Final[Mapping[str, tuple[str, str]]] = {
    "good": ("circle-check", "ok"),
    "limited": ("triangle-alert", "warn"),
    "broken": ("octagon-alert", "bad"),
    "unseen": ("circle-dashed", "text3"),
}


class DoctorPage(QWidget):
    """Looks only when asked; the report that can be saved names no address and no link."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._checked: Checked | None = None
        self.setObjectName("doctor_page")
        self.announcer = Announcer(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 22, 24, 20)
        outer.setSpacing(14)
        outer.addLayout(self._head())
        ask = self._ask_card()
        self._result = Banner(theme, name="doctor.result")
        self._result.acted.connect(lambda _key: self.intent.emit(SaveReport()))
        self._rows = Card(name="doctor.rows", padding=(1, 0, 1, 1), spacing=0)
        for part in (ask, self._result, self._rows):
            part.setMaximumWidth(theme.px(_WIDTH))
            outer.addWidget(part)
        outer.addStretch(1)

    def _head(self) -> QHBoxLayout:
        head = row(spacing=8)
        heading = TextLabel(self._theme, said("Network check"), role="title")
        line = TextLabel(
            self._theme, said("What a session needs of the network, and what to do."), tone="text2", wraps=True
        )
        head.addLayout(page_head(heading, line), 1)
        self.back_button = Button(self._theme, said("Settings"), kind="ghost", icon="arrow-left", name="doctor.back")
        self.back_button.clicked.connect(lambda: self.intent.emit(ShowPage(page="settings")))
        head.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignVCenter)
        return head

    def _ask_card(self) -> Card:
        card = Card(name="doctor.ask", padding=(18, 16, 18, 16), spacing=6)
        card.column.addWidget(TextLabel(self._theme, said("Hub or invite link"), role="small", weight=600))
        line = row(spacing=8)
        self.field = TextField(
            self._theme,
            label=said("Hub or invite link"),
            name="doctor.target",
            placeholder=said("https://hub.example, or nothing to look at this network alone"),
        )
        self.field.setMaxLength(2048)
        self.field.returnPressed.connect(self._run)
        self.run_button = Button(self._theme, said("Run the check"), kind="primary", icon="activity", name="doctor.run")
        self.run_button.clicked.connect(self._run)
        line.addWidget(self.field, 1)
        line.addWidget(self.run_button)
        card.column.addLayout(line)
        self.note = FieldNote(self._theme, name="doctor.note")
        card.column.addWidget(self.note)
        return card

    def render(self, view: DoctorView) -> None:  # type: ignore[override]
        """Show where the check stands."""
        if not self.field.text() and view.target:
            self.field.show_text(view.target)
        self.run_button.setEnabled(not view.is_running)
        self.run_button.set_text(said("Checking") if view.is_running else said("Run the check"))
        self.field.set_error(has_error=view.problem is not None)
        if view.problem is not None:
            self.note.show_error(title(view.problem), text(view.problem))
        elif view.is_running:
            self.note.show_hint(
                said("Looking at network, proxy, hub, encryption, clock, UDP, firewall, NAT and direct path.")
            )
        else:
            self.note.show_hint(said("Of a link only its hubs are used; nothing of the invite leaves this machine."))
        self._show(view.checked)

    def _show(self, checked: Checked | None) -> None:
        self._result.setVisible(checked is not None)
        self._rows.setVisible(checked is not None)
        if checked is None or checked == self._checked:
            self._checked = checked
            return
        self._checked = checked
        icon, tone = _LEVELS[checked.level]
        words = " ".join(translated(part) for part in (checked.advice, checked.path) if part)
        cause = translated(checked.cause)
        self._result.show_state(cause, words, tone=tone, icon=icon, actions=(("save", said("Save report")),))
        self.announcer.polite(f"{cause} {words}")
        clear(self._rows.column)
        for place, found in enumerate(checked.rows):
            if place:
                self._rows.column.addWidget(hair_line())
            self._rows.column.addWidget(self._row(found))

    def _row(self, found: CheckRow) -> QWidget:
        holder = QWidget()
        holder.setObjectName(f"doctor.{found.check}")
        line = QHBoxLayout(holder)
        line.setContentsMargins(17, 9, 17, 9)
        line.setSpacing(12)
        icon, tone = _LEVELS[found.level]
        line.addWidget(IconView(self._theme, icon, size=16, tone=tone), 0, Qt.AlignmentFlag.AlignTop)
        name = TextLabel(self._theme, check_words(found.check), weight=500)
        name.setMinimumWidth(self._theme.px(110))
        line.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
        words = column(spacing=2)
        cause = translated(found.cause)
        words.addWidget(TextLabel(self._theme, cause, wraps=True))
        advice = translated(found.advice)
        if advice:
            words.addWidget(TextLabel(self._theme, advice, role="small", tone="text2", wraps=True))
        line.addLayout(words, 1)
        parts = (check_words(found.check), level_words(found.level), cause, advice)
        holder.setAccessibleName(". ".join(part.rstrip(".") for part in parts if part))
        return holder

    def _run(self) -> None:
        if self.run_button.isEnabled():
            self.intent.emit(RunCheck(target=self.field.text().strip()))

    def focus_main(self) -> None:
        """Put the focus where this page begins."""
        self.run_button.setFocus(Qt.FocusReason.OtherFocusReason)


def check_words(check: str) -> str:
    """Return what was looked at."""
    words = {
        "network": said("Network"),
        "proxy": said("Proxy"),
        "hub": said("Hub"),
        "tls": said("Encryption"),
        "clock": said("Clock"),
        "udp": said("UDP"),
        "firewall": said("Firewall"),
        "nat": said("NAT"),
        "direct": said("Direct path"),
    }
    return words.get(check, check)


def level_words(level: str) -> str:
    """Return how it ended, in a word."""
    words = {
        "good": said("In order"),
        "limited": said("Limited"),
        "broken": said("Broken"),
        "unseen": said("Not looked at"),
    }
    return words.get(level, level)
