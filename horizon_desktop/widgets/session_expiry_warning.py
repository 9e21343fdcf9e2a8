"""SessionExpiryWarning: the notice as a banner, the last minutes as a card over a corner; typing goes on under both."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from horizon_desktop.presentation.expiry import ExpiryView, WarningLevel
from horizon_desktop.presentation.intents import AskEnd, AskTime, DismissWarning, Extend, InviteAgain, Leave, SaveCopy
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import column, hair_line, row
from horizon_desktop.widgets.fact_lines import FactLines
from horizon_desktop.widgets.floating_card import FloatingCard
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import counted, minutes_choice, said, spoken_time

_MAIN_MINUTES: Final = 30
_CARD_WIDTH: Final = 440


def notice_title(view: ExpiryView) -> str:
    """Return how long it goes on, in whole minutes."""
    minutes = view.seconds_left // 60
    if minutes == 0:
        return said("Ends in less than a minute")
    return counted("Ends in 1 minute", "Ends in {n} minutes", minutes)


class ExpiryNotice(QFrame):
    """Ten minutes (or a fifth of the time) are left. One press extends or asks; the cross takes it away."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: ExpiryView | None = None
        self._choices: tuple[object, ...] | None = None
        self.setObjectName("expiry_notice")
        self.setProperty("kind", "banner")
        self.setProperty("tone", "warn")
        line = QHBoxLayout(self)
        line.setContentsMargins(15, 9, 12, 9)
        line.setSpacing(14)
        self._sun = SessionSun(theme, size=40, is_fine=True)
        line.addWidget(self._sun)
        words = column(spacing=0)
        self._title = TextLabel(theme, role="label", wraps=True)
        self._text = TextLabel(theme, tone="text2", wraps=True)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._text)
        words.addStretch(1)
        line.addLayout(words, 1)
        self._buttons = row(spacing=6)
        line.addLayout(self._buttons)
        self.hide()

    def show_warning(self, view: ExpiryView) -> None:
        """Show the notice, or nothing."""
        self._view = view
        is_shown = view.level is WarningLevel.NOTICE and not view.is_dismissed
        self.setVisible(is_shown)
        if not is_shown:
            return
        self._sun.render_time(view.time)
        self._title.setText(notice_title(view))
        self._text.setText(self._sentence(view))
        self.setAccessibleName(f"{self._title.text()}. {self._text.text()}")
        self._show_choices(view)

    def _sentence(self, view: ExpiryView) -> str:
        if not view.is_host:
            text = texts.text(Words("expiry.10.guest", {"host": view.host}))
            if view.edits_waiting == 0:
                return f"{text} {said('Everything you typed is already saved with {host}.', host=view.host)}"
            return f"{text} {counted('1 edit waits to be sent.', '{n} edits wait to be sent.', view.edits_waiting)}"
        if not view.choices:
            words = Words("expiry.limit", {"h": view.limit_hours})
            return f"{texts.title(words)}. {texts.text(words)}"
        return texts.text(Words("expiry.10"))

    def _show_choices(self, view: ExpiryView) -> None:
        shown = (view.is_host, view.choices, view.has_asked, view.session_id)
        if shown == self._choices:
            return
        self._choices = shown
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for button in self._made(view):
            self._buttons.addWidget(button)
            button.show()
        shut = Button(self._theme, "", kind="ghost", icon="x", height=SMALL, name="expiry_notice.close")
        shut.set_hint(said("Close"))
        shut.clicked.connect(lambda: self.intent.emit(DismissWarning(session_id=view.session_id)))
        self._buttons.addWidget(shut)
        shut.show()

    def _made(self, view: ExpiryView) -> list[Button]:
        session = view.session_id
        if not view.is_host:
            label = said("{host} was asked", host=view.host) if view.has_asked else texts.action("ask_30")
            ask = Button(self._theme, label, height=SMALL, name="expiry_notice.ask")
            ask.setEnabled(not view.has_asked)
            ask.clicked.connect(lambda: self.intent.emit(AskTime(session_id=session, minutes=_MAIN_MINUTES)))
            return [ask]
        if not view.choices:
            again = Button(self._theme, texts.action("invite_again"), height=SMALL, name="expiry_notice.again")
            again.clicked.connect(lambda: self.intent.emit(InviteAgain(session_id=session)))
            return [again]
        main = _MAIN_MINUTES if _MAIN_MINUTES in view.choices else view.choices[-1]
        made = []
        for minutes in view.choices:
            kind = "primary" if minutes == main else "secondary"
            button = Button(
                self._theme, minutes_choice(minutes), kind=kind, height=SMALL, name=f"expiry_notice.extend_{minutes}"
            )
            button.setAccessibleName(said("{label}, extend the session", label=minutes_choice(minutes)))
            button.clicked.connect(
                lambda _checked=False, minutes=minutes: self.intent.emit(Extend(session_id=session, minutes=minutes))
            )
            made.append(button)
        return made


class ExpiryCard(FloatingCard):
    """Two minutes (or a tenth of the time) are left: digits in red, what is safe, and one press to go on."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, name="expiry_card", parent=parent)
        self.keeps_fit = True
        self._view: ExpiryView | None = None
        self.setFixedWidth(theme.px(_CARD_WIDTH) + 2 * self.margin)
        self._sun = SessionSun(theme, size=76, is_fine=True)
        self._digits = TextLabel(theme, role="countdown", tone="bad", px=26)
        self._digits.setObjectName("expiry_card.digits")
        self._until = TextLabel(theme, tone="text2", wraps=True)
        self.column.addLayout(self._head())
        self.column.addSpacing(16)
        self.column.addWidget(hair_line())
        self.column.addSpacing(12)
        self._facts = FactLines(theme)
        self.column.addWidget(self._facts)
        self.column.addSpacing(16)
        self._left = Button(theme, "", kind="ghost", name="expiry_card.end")
        self._short = Button(theme, "", name="expiry_card.extend_15")
        self._main = Button(theme, "", kind="primary", icon="alarm-clock-plus", name="expiry_card.main")
        self._left.clicked.connect(self._leave_or_end)
        self._short.clicked.connect(lambda: self._extend(min(self._choices(), default=0)))
        self._main.clicked.connect(self._press_main)
        self.column.addLayout(self._foot())
        self.hide()

    def _head(self) -> QHBoxLayout:
        head = row(spacing=18)
        head.addWidget(self._sun, 0, Qt.AlignmentFlag.AlignVCenter)
        words = column(spacing=2)
        words.addWidget(self._digits)
        words.addWidget(self._until)
        head.addLayout(words, 1)
        return head

    def _foot(self) -> QHBoxLayout:
        foot = row(spacing=8)
        foot.addWidget(self._left)
        foot.addStretch(1)
        foot.addWidget(self._short)
        foot.addWidget(self._main)
        return foot

    def show_warning(self, view: ExpiryView) -> None:
        """Show the card, or nothing. It never takes the focus."""
        self._view = view
        is_shown = view.level in (WarningLevel.URGENT, WarningLevel.FINAL, WarningLevel.OVER)
        if not is_shown:
            self.hide()
            return
        self._sun.render_time(view.time)
        words = Words("expiry.2" if view.is_host else "expiry.2.guest", {"left": view.time.text})
        self._digits.setText(texts.title(words))
        self._digits.setAccessibleName(spoken_time(view.seconds_left))
        self._until.setText(self._until_words(view, texts.text(words)))
        self.setAccessibleName(f"{spoken_time(view.seconds_left)}, {self._until.text()}")
        self._facts.show_facts(_facts(view))
        self._show_buttons(view)
        self.fit()
        self.show()
        self.raise_()

    def _until_words(self, view: ExpiryView, text: str) -> str:
        if view.level is WarningLevel.OVER:
            return said("Guests may watch for a few seconds more") if view.is_host else said("You may watch only")
        if view.is_host and not view.choices:
            return texts.title(Words("expiry.limit", {"h": view.limit_hours}))
        return text

    def _choices(self) -> tuple[int, ...]:
        return self._view.choices if self._view is not None and self._view.is_host else ()

    def _show_buttons(self, view: ExpiryView) -> None:
        main = _MAIN_MINUTES if _MAIN_MINUTES in view.choices else max(view.choices, default=0)
        may_copy = not view.is_host and bool(view.file_id)
        self._left.set_kind("secondary" if may_copy else "ghost")
        self._left.set_icon("download" if may_copy else "")
        words = texts.action("end_now") if view.is_host else texts.action("save_copy") if may_copy else said("Leave")
        self._left.set_text(words)
        has_short = view.is_host and len(view.choices) > 1
        self._short.setVisible(has_short)
        if has_short:
            self._short.set_text(minutes_choice(min(view.choices)))
            self._short.setAccessibleName(said("{label}, extend the session", label=self._short.label()))
        if view.is_host:
            self._main.set_text(said("Extend {n} min", n=main) if main else texts.action("invite_again"))
            self._main.set_icon("alarm-clock-plus" if main else "repeat-2")
        else:
            asked = said("{host} was asked", host=view.host)
            self._main.set_text(asked if view.has_asked else texts.action("ask_30"))
        self._main.setEnabled(view.is_host or not view.has_asked)

    def _press_main(self) -> None:
        view = self._view
        if view is None:
            return
        if not view.is_host:
            self.intent.emit(AskTime(session_id=view.session_id, minutes=_MAIN_MINUTES))
        elif view.choices:
            self._extend(_MAIN_MINUTES if _MAIN_MINUTES in view.choices else max(view.choices))
        else:
            self.intent.emit(InviteAgain(session_id=view.session_id))

    def _extend(self, minutes: int) -> None:
        if self._view is not None and minutes:
            self.intent.emit(Extend(session_id=self._view.session_id, minutes=minutes))

    def _leave_or_end(self) -> None:
        view = self._view
        if view is not None and view.is_host:
            self.intent.emit(AskEnd(session_id=view.session_id, is_shown=True))
        elif view is not None and view.file_id:
            self.intent.emit(SaveCopy(session_id=view.session_id, file_id=view.file_id))
        elif view is not None:
            self.intent.emit(Leave(session_id=view.session_id))


def _facts(view: ExpiryView) -> tuple[tuple[str, str, str], ...]:
    if view.is_host:
        saved = counted("1 file saved on your machine", "{n} files saved on your machine", view.files_saved)
        waiting = counted("1 file waits to be saved", "{n} files wait to be saved", view.files_unsaved)
        facts = [("circle-check", "ok", saved)] if view.files_saved else []
        return (*facts, ("triangle-alert", "warn", waiting)) if view.files_unsaved else tuple(facts)
    if view.edits_waiting:
        waiting = counted("1 edit waits to be sent", "{n} edits wait to be sent", view.edits_waiting)
        return (("triangle-alert", "warn", waiting),)
    return (("circle-check", "ok", said("Your edits are saved with {host}", host=view.host)),)
