"""RedemptionForm: the code, the name, what this device tells, and Join; in every state an invite can be in."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import Join
from horizon_desktop.presentation.join import ENDS_INVITE, FormState, FormView
from horizon_desktop.presentation.plain_text import NAME_LENGTH
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.button import LARGE, Button
from horizon_desktop.widgets.card import Card, column, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.code_input import CodeInput
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.stopped_form import StoppedForm
from horizon_desktop.widgets.text_field import FieldNote, TextField
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import text, title
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.waiting_form import WaitingForm

_ENTER: Final = 0
_WAITING: Final = 1
_STOPPED: Final = 2


class RedemptionForm(QWidget):
    """Enter joins as soon as 8 characters are in."""

    intent = Signal(object)
    compare_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._link = ""
        self._form: FormView | None = None
        self.setObjectName("redemption_form")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(36, 28, 36, 24)
        outer.setSpacing(0)
        top = row(spacing=0)
        top.addStretch(1)
        self._valid = Chip(theme, "", icon="hourglass", height=22)
        keeps_place = self._valid.sizePolicy()
        keeps_place.setRetainSizeWhenHidden(True)
        self._valid.setSizePolicy(keeps_place)
        top.addWidget(self._valid)
        outer.addLayout(top)
        outer.addSpacing(10)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._entry())
        self._waiting = WaitingForm(theme)
        self._waiting.intent.connect(self.intent)
        self._stack.addWidget(self._waiting)
        self._stopped = StoppedForm(theme)
        self._stopped.intent.connect(self.intent)
        self._stopped.compare_wanted.connect(self.compare_wanted)
        self._stack.addWidget(self._stopped)
        outer.addLayout(self._stack, 1)

    # --- making ---

    def _entry(self) -> QWidget:
        side = QWidget()
        inside = QVBoxLayout(side)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(TextLabel(self._theme, self.tr("Enter your code"), role="title"))
        inside.addSpacing(16)
        self._add_code(inside)
        inside.addSpacing(17)
        self._add_name(inside)
        inside.addSpacing(14)
        inside.addWidget(self._device_box())
        inside.addStretch(1)
        self._add_join(inside)
        return side

    def _add_code(self, inside: QVBoxLayout) -> None:
        self.code = CodeInput(self._theme)
        self.code.setObjectName("join.code")
        self.code.setAccessibleName(self.tr("Code, 8 letters and digits"))
        self.code.code_changed.connect(self._on_typing)
        self.code.submitted.connect(self.join)
        inside.addWidget(self.code)
        inside.addSpacing(8)
        self.note = FieldNote(self._theme, name="join.code.note")
        inside.addWidget(self.note)

    def _add_name(self, inside: QVBoxLayout) -> None:
        inside.addWidget(TextLabel(self._theme, self.tr("Your name in the session"), role="small", weight=600))
        inside.addSpacing(5)
        self.name_field = TextField(self._theme, label=self.tr("Your name in the session"), name="join.name")
        self.name_field.setMaxLength(NAME_LENGTH)
        self.name_field.textChanged.connect(lambda _text: self._show_button())
        self.name_field.returnPressed.connect(self.join)
        inside.addWidget(self.name_field)

    def _add_join(self, inside: QVBoxLayout) -> None:
        self.join_button = Button(
            self._theme, self.tr("Join session"), kind="primary", icon="log-in", height=LARGE, name="join.join"
        )
        self.join_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.join_button.clicked.connect(self.join)
        inside.addWidget(self.join_button)
        inside.addSpacing(10)
        words = self.tr("No account needed. You can leave at any time.")
        foot = TextLabel(self._theme, words, role="small", tone="text3")
        foot.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(foot)

    def _device_box(self) -> Card:
        box = Card(kind="well", padding=(14, 11, 14, 13), spacing=0, name="join.device")
        box.column.addLayout(self._device_head())
        box.column.addSpacing(9)
        lines = column(spacing=2)
        self._device = ElidedLabel(self._theme, role="small", tone="text2")
        self._key = ElidedLabel(self._theme, role="small", tone="text2")
        lines.addWidget(self._device)
        lines.addWidget(self._key)
        box.column.addLayout(lines)
        return box

    def _device_head(self) -> QHBoxLayout:
        head = row(spacing=8)
        head.addWidget(IconView(self._theme, "laptop", size=16, tone="text2"))
        head.addWidget(TextLabel(self._theme, self.tr("This device"), weight=500), 1)
        self._shared = Chip(self._theme, "", icon="eye")
        head.addWidget(self._shared)
        return head

    # --- showing ---

    def render(self, form: FormView, *, host: str, link: str) -> None:  # type: ignore[override]
        """Show the form.

        Args:
            host: The host's name, empty while it is not known.
            link: Goes back with the intent; never shown.
        """
        before, self._form, self._link = self._form, form, link
        self.name_field.show_text(form.name)
        self._show_device(form, host)
        self._show_validity(form)
        if form.state is FormState.WAITING:
            self._waiting.render(form)
            self._stack.setCurrentIndex(_WAITING)
        elif form.state is FormState.STOPPED:
            self._stopped.render(form.words or Words("internal"))
            self._stack.setCurrentIndex(_STOPPED)
        else:
            self._stack.setCurrentIndex(_ENTER)
            self._show_entry(form, before)
        self._show_button()

    def _show_device(self, form: FormView, host: str) -> None:
        device = form.device
        version = self.tr("Horizon {version}").replace("{version}", device.version)
        self._device.setText(f"{device.device} \u00b7 {device.system} \u00b7 {version}")
        table = self._theme.pictures
        words = " \u00b7 ".join(table[number][1].lower() for number in device.pictures)
        self._key.setText(self.tr("Key  {words}").replace("{words}", words))
        text = self.tr("Shared with {host}").replace("{host}", host) if host else self.tr("Shared with the host")
        self._shared.set_chip(text, tone="neutral", icon="eye")

    def _show_validity(self, form: FormView) -> None:
        key = form.words.key if form.words is not None else ""
        if form.state is FormState.STOPPED and key in ENDS_INVITE:
            said = {
                "code.locked": (self.tr("Invite locked"), "bad", "lock"),
                "invite.expired": (self.tr("Invite expired"), "neutral", "sunset"),
                "invite.used": (self.tr("Invite used"), "neutral", "ticket-check"),
                "invite.full": (self.tr("Invite full"), "neutral", "users"),
            }
            label, tone, icon = said.get(key, (self.tr("Invite closed"), "neutral", "ticket"))
            self._valid.set_chip(label, tone=tone, icon=icon)
            self._valid.show()
            return
        self._valid.setVisible(form.valid is not None and form.valid.seconds_left > 0)
        if form.valid is not None:
            left = self.tr("Invite valid for {left}").replace("{left}", form.valid.text)
            self._valid.set_chip(left, tone="neutral", icon="hourglass")

    def _show_entry(self, form: FormView, before: FormView | None) -> None:
        is_news = before is None or (before.state, before.words) != (form.state, form.words)
        is_busy = form.state is FormState.CHECKING
        self.code.setReadOnly(is_busy)
        self.name_field.setReadOnly(is_busy)
        if form.state is FormState.SLOWED:
            words = Words("code.slow", {"s": form.seconds_left})
            self.note.show_error(title(words), text(words))
        elif form.words is not None and form.state is FormState.ENTER:
            if is_news:
                self._show_wrong(form.words)
        elif is_news:
            self._show_hint()

    def _show_wrong(self, words: Words) -> None:
        self.note.show_error(title(words), text(words))
        self.code.set_error(has_error=True)
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)
        self.code.selectAll()

    def _show_hint(self) -> None:
        self.note.show_hint(self.tr("8 letters and digits, sent apart from the link."))

    def _show_button(self) -> None:
        form = self._form
        if form is None:
            return
        is_slow = form.state is FormState.SLOWED
        label = self.tr("Join session")
        if form.state is FormState.CHECKING:
            label = self.tr("Checking the code")
        elif is_slow:
            label = self.tr("Wait {n} s").replace("{n}", str(form.seconds_left))
        self.join_button.set_text(label)
        self.join_button.setEnabled(self.may_join())

    # --- doing ---

    def may_join(self) -> bool:
        """Whether Join would be said now."""
        is_ready = self._form is not None and self._form.state is FormState.ENTER
        return is_ready and self.code.is_complete() and bool(self.name_field.text().strip())

    def join(self) -> None:
        """Say Join, if everything is in."""
        if not self.may_join():
            return
        code = self.code.code()
        name = " ".join(self.name_field.text().split())
        self.intent.emit(Join(link=self._link, code=f"{code[:4]}-{code[4:]}", name=name))

    def _on_typing(self, _code: str) -> None:
        if self._form is not None and self._form.state is FormState.ENTER:
            self._show_hint()
        self._show_button()

    def spoken(self) -> str:
        """Return what a screen reader announces of the state: the error, or why it stopped."""
        if self._form is None or self._form.words is None:
            return ""
        return f"{title(self._form.words)} {text(self._form.words)}".strip()
