"""The page Settings: name, appearance, how hubs are reached, and the way to the check of the network."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.doctor import Proxy, SettingsView
from horizon_desktop.presentation.intents import ChooseProxy, ChooseTheme, ShowPage
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import Card, column, row
from horizon_desktop.widgets.name_dialog import NameDialog
from horizon_desktop.widgets.page_head import page_head
from horizon_desktop.widgets.segmented import TINTED, Segmented
from horizon_desktop.widgets.text_field import FieldNote, TextField
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import text, title
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

_WIDTH: Final = 640
_SYSTEM, _NONE, _OWN = "", "none", "own"


class SettingsPage(QWidget):
    """Three cards, and nothing deeper."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = SettingsView(name="", theme="system", proxy=None)
        self.setObjectName("settings_page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 22, 24, 20)
        outer.setSpacing(14)
        head = TextLabel(theme, said("Settings"), role="title")
        outer.addLayout(page_head(head, TextLabel(theme, said("For this profile on this machine."), tone="text2")))
        for card in (self._person_card(), self._proxy_card(), self._check_card()):
            card.setMaximumWidth(theme.px(_WIDTH))
            outer.addWidget(card)
        outer.addStretch(1)

    def _card(self, name: str, heading: str) -> Card:
        card = Card(name=name, padding=(18, 16, 18, 16), spacing=0)
        card.column.addWidget(TextLabel(self._theme, heading, role="label"))
        card.column.addSpacing(12)
        return card

    def _person_card(self) -> Card:
        card = self._card("settings.person", said("You"))
        line = row(spacing=8)
        words = column(spacing=1)
        self._name = ElidedLabel(self._theme, weight=500)
        words.addWidget(self._name)
        words.addWidget(TextLabel(self._theme, said("Your name, as others see it"), role="small", tone="text2"))
        line.addLayout(words, 1)
        self.name_button = Button(self._theme, said("Change name"), name="settings.name")
        self.name_button.clicked.connect(self._ask_name)
        line.addWidget(self.name_button)
        card.column.addLayout(line)
        card.column.addSpacing(14)
        line = row(spacing=8)
        line.addWidget(TextLabel(self._theme, said("Appearance"), weight=500), 1)
        choices: list[tuple[object, str, str]] = [
            ("system", said("As the system"), TINTED),
            ("light", said("Light"), TINTED),
            ("dark", said("Dark"), TINTED),
        ]
        self.theme_choice = Segmented(self._theme, choices, label=said("Appearance"), name="settings.theme")
        self.theme_choice.chosen.connect(lambda theme: self.intent.emit(ChooseTheme(theme=str(theme))))
        line.addWidget(self.theme_choice)
        card.column.addLayout(line)
        return card

    def _proxy_card(self) -> Card:
        self._proxy_box = card = self._card("settings.proxy", said("Proxy"))
        explained = said("How hubs are reached. Direct paths between two machines never use it.")
        card.column.addWidget(TextLabel(self._theme, explained, role="small", tone="text2", wraps=True))
        card.column.addSpacing(10)
        choices: list[tuple[object, str, str]] = [
            (_SYSTEM, said("As the system"), TINTED),
            (_NONE, said("None"), TINTED),
            (_OWN, said("This one"), TINTED),
        ]
        self.proxy_choice = Segmented(self._theme, choices, label=said("Proxy"), name="settings.proxy.choice")
        self.proxy_choice.chosen.connect(self._choose)
        line = row(spacing=8)
        line.addWidget(self.proxy_choice)
        line.addStretch(1)
        card.column.addLayout(line)
        card.column.addSpacing(10)
        self._own = QWidget()
        card.column.addWidget(self._own)
        self._own.setLayout(self._field())
        self.note = FieldNote(self._theme, name="settings.proxy.note")
        card.column.addSpacing(6)
        card.column.addWidget(self.note)
        return card

    def _field(self) -> QHBoxLayout:
        line = row(spacing=8)
        self.field = TextField(
            self._theme,
            label=said("Address of the proxy"),
            name="settings.proxy.field",
            placeholder="http://NAME:PASSWORD@HOST:PORT",
            is_mono=True,
        )
        self.field.setMaxLength(512)
        self.field.returnPressed.connect(self._save)
        self.save_button = Button(self._theme, said("Use it"), name="settings.proxy.save")
        self.save_button.clicked.connect(self._save)
        line.addWidget(self.field, 1)
        line.addWidget(self.save_button)
        return line

    def _check_card(self) -> Card:
        card = self._card("settings.check", said("Network"))
        line = row(spacing=8)
        words = said("Looks at clock, hub, encryption, firewall and the direct path, and says what to do.")
        line.addWidget(TextLabel(self._theme, words, tone="text2", wraps=True), 1)
        self.check_button = Button(self._theme, said("Check the network"), icon="activity", name="settings.doctor")
        self.check_button.clicked.connect(lambda: self.intent.emit(ShowPage(page="doctor")))
        line.addWidget(self.check_button, 0, Qt.AlignmentFlag.AlignTop)
        card.column.addLayout(line)
        return card

    def render(self, view: SettingsView) -> None:  # type: ignore[override]
        """Show how things are set."""
        before, self._view = self._view, view
        self._name.setText(view.name)
        self.theme_choice.set_value(view.theme)
        self._proxy_box.setVisible(view.proxy is not None)
        if view.proxy is not None and view.proxy != before.proxy:
            self._show_proxy(view.proxy)

    def _show_proxy(self, proxy: Proxy) -> None:
        kind = proxy.proxy if proxy.proxy in {_SYSTEM, _NONE} else _OWN
        has_problem = proxy.problem is not None
        if not has_problem:
            self.proxy_choice.set_value(kind)
            self.field.clear()
            self._own.setVisible(kind == _OWN)
            shown = f"{proxy.user}@{proxy.proxy}" if proxy.user else proxy.proxy
            self.field.setPlaceholderText(shown if kind == _OWN else "http://NAME:PASSWORD@HOST:PORT")
        self.field.set_error(has_error=has_problem)
        is_fixed = proxy.source == "configuration"
        for widget in (*self.proxy_choice.segments(), self.field, self.save_button):
            widget.setEnabled(not is_fixed)
        if proxy.problem is not None:
            self.note.show_error(title(proxy.problem), text(proxy.problem))
        else:
            self.note.show_hint(_hint(proxy, kind, is_fixed=is_fixed))

    def _choose(self, kind: object) -> None:
        self._own.setVisible(kind == _OWN)
        if kind == _OWN:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.intent.emit(ChooseProxy(text=str(kind)))

    def _save(self) -> None:
        typed = self.field.text().strip()
        if typed:
            self.intent.emit(ChooseProxy(text=typed))
        else:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_name(self) -> None:
        dialog = NameDialog(self._theme, self._view.name, self.window())
        dialog.intent.connect(self.intent)
        dialog.open()

    def focus_main(self) -> None:
        """Put the focus where this page begins."""
        self.name_button.setFocus(Qt.FocusReason.OtherFocusReason)


def _hint(proxy: Proxy, kind: str, *, is_fixed: bool) -> str:
    if is_fixed:
        return said("The configuration of this Horizon names the proxy; it can't be changed here.")
    if kind == _OWN:
        return said("Hubs are reached through {proxy}. Its password is kept for you alone.", proxy=proxy.proxy)
    if kind == _NONE:
        return said("Hubs are reached without a proxy.")
    return said("HTTPS_PROXY and NO_PROXY of this system decide.")
