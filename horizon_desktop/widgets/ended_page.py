"""After a session: what happened, what is kept, what to do next."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.ended import EndedView, EndReason
from horizon_desktop.presentation.expiry import TimeTone
from horizon_desktop.presentation.intents import InviteAgain, OpenFolder, ResumeSession, ShowPage
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import column, hair_line, row
from horizon_desktop.widgets.fact_lines import FactLines
from horizon_desktop.widgets.floating_card import FloatingCard
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import counted, said

_CARD_WIDTH = 440
_SET = 1000
_MAX_PATHS = 4

Fact = tuple[str, str, str]


class EndedPage(QWidget):
    """One card in the middle of the window."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: EndedView | None = None
        self.setObjectName("ended_page")
        self.setProperty("surface", "bg")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.card = FloatingCard(theme, name="ended_card")
        self.card.setFixedWidth(theme.px(_CARD_WIDTH) + 2 * self.card.margin)
        outer.addWidget(self.card)
        self._sun = SessionSun(theme, size=76, is_fine=True)
        self._sun.show_place(_SET, tone=TimeTone.OFF)
        self._title = TextLabel(theme, role="subtitle", wraps=True)
        self._title.setObjectName("ended_title")
        self._text = TextLabel(theme, tone="text2", wraps=True)
        self._facts = FactLines(theme)
        self._left = Button(theme, "", icon="folder-open", name="ended.folder")
        self._left.clicked.connect(self._press_left)
        self._main = Button(theme, "", kind="primary", name="ended.main")
        self._main.clicked.connect(self._press_main)
        inside = self.card.column
        inside.addLayout(self._head())
        inside.addSpacing(16)
        inside.addWidget(hair_line())
        inside.addSpacing(12)
        inside.addWidget(self._facts)
        inside.addSpacing(16)
        inside.addLayout(self._foot())

    def _head(self) -> QHBoxLayout:
        head = row(spacing=18)
        head.addWidget(self._sun, 0, Qt.AlignmentFlag.AlignVCenter)
        words = column(spacing=4)
        words.addWidget(self._title)
        words.addWidget(self._text)
        head.addLayout(words, 1)
        return head

    def _foot(self) -> QHBoxLayout:
        foot = row(spacing=8)
        foot.addWidget(self._left)
        foot.addStretch(1)
        foot.addWidget(self._main)
        return foot

    def render(self, view: EndedView) -> None:  # type: ignore[override]
        """Show how it ended."""
        self._view = view
        title, text = end_words(view)
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(f"{title}. {text}")
        self._facts.show_facts(end_facts(view))
        may_return = not view.is_host and view.reason is EndReason.LOST
        is_interrupted = view.is_host and view.reason is EndReason.CRASH
        self._left.set_icon("folder-open" if view.folder else "house")
        self._left.set_text(texts.action("open_folder") if view.folder else said("Home"))
        self._left.setVisible(bool(view.folder) or view.is_host or may_return)
        if may_return or is_interrupted:
            label, icon = texts.action("try_again"), "refresh-cw"
        elif view.is_host:
            label, icon = texts.action("invite_again"), "repeat-2"
        else:
            label, icon = texts.action("close"), ""
        self._main.set_icon(icon)
        self._main.set_text(label)

    def focus_main(self) -> None:
        """Put the focus on what to do next."""
        self._main.setFocus(Qt.FocusReason.OtherFocusReason)

    def _press_left(self) -> None:
        view = self._view
        if view is not None and view.folder:
            self.intent.emit(OpenFolder(path=view.folder))
        elif view is not None:
            self.intent.emit(ShowPage(page="home"))

    def _press_main(self) -> None:
        view = self._view
        if view is None:
            return
        if view.reason in (EndReason.LOST, EndReason.CRASH) and (view.is_host or view.reason is EndReason.LOST):
            self.intent.emit(ResumeSession(session_id=view.session_id))
        elif view.is_host:
            self.intent.emit(InviteAgain(session_id=view.session_id))
        else:
            self.intent.emit(ShowPage(page="home"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.intent.emit(ShowPage(page="home"))
        else:
            super().keyPressEvent(event)


def end_words(view: EndedView) -> tuple[str, str]:
    """Return title and sentence of how it ended."""
    ended = texts.title(Words("ended", {"time": view.time}))
    if view.reason is EndReason.REVOKED:
        words = Words("access.revoked", {"host": view.host, "time": view.time, "folder": view.folder})
        sentence = (
            texts.text(words) if view.folder else said("{host} ended it at {time}.", host=view.host, time=view.time)
        )
        return texts.title(words), sentence
    if view.reason is EndReason.LOST and not view.is_host:
        words = Words("net.lost", {"host": view.host, "k": view.saved_edits})
        return texts.title(words), texts.text(words) if view.saved_edits else ""
    if view.reason is EndReason.LEFT and not view.is_host:
        return said("You left the session"), said("{time}. {host} goes on without you.", time=view.time, host=view.host)
    if view.reason is EndReason.CRASH:
        return said("Session interrupted"), said("{time}, this machine or program stopped.", time=view.time)
    if view.reason is EndReason.EXPIRED:
        if view.is_host:
            return ended, texts.text(Words("ended", {"time": view.time}))
        return ended, said("{time}, by the time limit.", time=view.time)
    if view.is_host:
        return ended, said("{time}, by you. All guests are out.", time=view.time)
    return ended, said("{time}, by {host}.", time=view.time, host=view.host)


def end_facts(view: EndedView) -> tuple[Fact, ...]:
    """Return what is kept and what is over, each with its icon."""
    if view.is_host:
        return _host_facts(view)
    facts: list[Fact] = []
    if view.folder and view.reason is not EndReason.REVOKED:
        facts.append(("check", "ok", said("Your copies are in {folder}", folder=view.folder)))
    if view.reason is not EndReason.LOST:
        facts.append(("x", "text2", said("You no longer have access to {host}'s files", host=view.host)))
    return tuple(facts)


def _host_facts(view: EndedView) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    if view.reason is not EndReason.CRASH:
        facts.append(("check", "ok", said("Access revoked, open invites closed")))
    if view.files and view.edits:
        edits = counted("1 edit", "{n} edits", view.edits)
        facts.append(
            (
                "check",
                "ok",
                counted(
                    "1 file with {edits} of guests kept by you",
                    "{n} files with {edits} of guests kept by you",
                    view.files,
                    edits=edits,
                ),
            )
        )
    elif view.files:
        facts.append(("check", "ok", counted("1 file kept by you", "{n} files kept by you", view.files)))
    for path in view.unsaved[:_MAX_PATHS]:
        facts.append(("triangle-alert", "warn", said("{file} could not be saved", file=path)))
    return tuple(facts)
