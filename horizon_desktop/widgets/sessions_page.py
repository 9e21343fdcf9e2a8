"""The page Sessions: what runs on the left, the settings of one session on the right, and an end to all of them."""

from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import AskEndAll, ChooseSession, EndAll, ShowPage
from horizon_desktop.presentation.sessions_page import SessionsView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import Card, column, row
from horizon_desktop.widgets.chip import KeyCap
from horizon_desktop.widgets.empty_state import EmptyState
from horizon_desktop.widgets.ephemeral_settings_panel import EphemeralSettingsPanel
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.in_place_confirm import InPlaceConfirm
from horizon_desktop.widgets.page_head import UNBOUNDED, page_head
from horizon_desktop.widgets.segmented import keep_one_tab_stop
from horizon_desktop.widgets.session_row import SessionRow
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import counted, said

_LIST: Final = 316
_STACK_BELOW: Final = 860


class SessionsPage(QWidget):
    """Choosing a row shows its settings; nothing is changed by looking."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._was_asked = False
        self.setObjectName("sessions_page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 22, 24, 20)
        outer.setSpacing(0)
        outer.addLayout(self._head())
        outer.addSpacing(18)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(20)
        self._columns.addWidget(self._list())
        self.panel = EphemeralSettingsPanel(theme)
        self.panel.intent.connect(self.intent)
        self._columns.addWidget(self.panel, 1)
        self._empty = EmptyState(theme, name="sessions.empty")
        self._empty.show_state(
            "radio-tower",
            said("No sessions yet"),
            said("Start one and it shows up here with its guests and time left."),
        )
        self._columns.addWidget(self._empty, 1)
        outer.addLayout(self._columns, 1)

    def _head(self) -> QHBoxLayout:
        head = row(spacing=8)
        title = TextLabel(self._theme, said("Sessions"), role="title")
        line = TextLabel(
            self._theme,
            said("Change what guests can do while they work. Changes apply within a second."),
            tone="text2",
            wraps=True,
        )
        head.addLayout(page_head(title, line), 1)
        self.new_button = Button(self._theme, said("New session"), kind="primary", icon="plus", name="sessions.new")
        self.new_button.clicked.connect(lambda: self.intent.emit(ShowPage(page="new_session")))
        head.addWidget(self.new_button, 0, Qt.AlignmentFlag.AlignVCenter)
        return head

    def _list(self) -> QWidget:
        self._left = left = QWidget()
        left.setFixedWidth(self._theme.px(_LIST))
        stack = QVBoxLayout(left)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        line = row(spacing=8)
        line.addWidget(TextLabel(self._theme, said("Active"), role="label", tone="text2"))
        line.addStretch(1)
        self._count = TextLabel(self._theme, role="small", tone="text2")
        line.addWidget(self._count)
        stack.addLayout(line)
        stack.addSpacing(17)
        self._rows: dict[str, SessionRow] = {}
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(lambda: keep_one_tab_stop(self._group))
        self._row_stack = column(spacing=10)
        stack.addLayout(self._row_stack)
        stack.addStretch(1)
        stack.addSpacing(16)
        stack.addWidget(self._end_card())
        return left

    def _end_card(self) -> Card:
        self._end = card = Card(name="sessions.end_all", padding=(16, 14, 14, 14), spacing=0)
        line = row(spacing=8)
        line.addWidget(IconView(self._theme, "octagon-x", size=16, tone="bad"))
        line.addWidget(TextLabel(self._theme, said("End everything"), role="label"), 1)
        card.column.addLayout(line)
        card.column.addSpacing(4)
        words = said("Ends all sessions and cancels open invites on this machine.")
        card.column.addWidget(TextLabel(self._theme, words, role="small", tone="text2", wraps=True))
        card.column.addSpacing(12)
        line = row(spacing=8)
        self.end_all_button = Button(self._theme, "", kind="danger", height=SMALL, name="sessions.end_all.ask")
        self.end_all_button.clicked.connect(lambda: self.intent.emit(AskEndAll(is_shown=True)))
        line.addWidget(self.end_all_button)
        line.addStretch(1)
        line.addWidget(KeyCap(self._theme, "Ctrl Shift X"))
        card.column.addLayout(line)
        self.end_all_confirm = InPlaceConfirm(self._theme, name="sessions.end_all.confirm")
        self.end_all_confirm.kept.connect(lambda: self.intent.emit(AskEndAll(is_shown=False)))
        self.end_all_confirm.confirmed.connect(lambda: self.intent.emit(EndAll()))
        self._question = QWidget()
        question = QVBoxLayout(self._question)
        question.setContentsMargins(0, 8, 0, 0)
        question.addWidget(self.end_all_confirm)
        self._question.hide()
        card.column.addWidget(self._question)
        return card

    def render(self, view: SessionsView) -> None:  # type: ignore[override]
        """Show what runs, and one of it in detail."""
        self._show_rows(view)
        self._count.setText(counted("1 open", "{n} open", len(view.rows)))
        self._left.setVisible(bool(view.rows))
        self._empty.setVisible(not view.rows)
        self.panel.setVisible(view.detail is not None)
        if view.detail is not None:
            self.panel.render(view.detail)
        self._end.setVisible(view.hosted > 0)
        self.end_all_button.set_text(counted("End 1 session", "End all {n} sessions", view.hosted))
        self._show_question(view)

    def _show_rows(self, view: SessionsView) -> None:
        wanted = [row.session_id for row in view.rows]
        for session_id in [key for key in self._rows if key not in wanted]:
            gone = self._rows.pop(session_id)
            self._group.removeButton(gone)
            self._row_stack.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, shown in enumerate(view.rows):
            if shown.session_id not in self._rows:
                self._rows[shown.session_id] = self._made_row(shown.session_id)
            widget = self._rows[shown.session_id]
            if self._row_stack.indexOf(widget) != place:
                self._row_stack.insertWidget(place, widget)
            widget.show_session(shown)
        for before, after in pairwise([self.new_button, *(self._rows[key] for key in wanted), self.end_all_button]):
            QWidget.setTabOrder(before, after)

    def _made_row(self, session_id: str) -> SessionRow:
        made = SessionRow(self._theme, session_id)
        made.clicked.connect(lambda _on=False: self.intent.emit(ChooseSession(session_id=session_id)))
        self._group.addButton(made)
        return made

    def _show_question(self, view: SessionsView) -> None:
        is_asked = view.is_end_all_asked
        if is_asked:
            words = Words("endall.confirm", {"n": view.hosted, "g": view.guests})
            self.end_all_confirm.ask(
                texts.title(words),
                texts.text(words),
                keep=texts.action("keep_running"),
                confirm=texts.action("end_all"),
            )
        self._question.setVisible(is_asked)
        self.end_all_button.setEnabled(not is_asked)
        if is_asked and not self._was_asked:
            self.end_all_confirm.confirm_button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif self._was_asked and not is_asked:
            self.end_all_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._was_asked = is_asked

    def session_row(self, session_id: str) -> SessionRow:
        """Return the row of one session."""
        return self._rows[session_id]

    def focus_main(self) -> None:
        """Put the focus where this page begins: on the question if there is one, else on the chosen session."""
        if self._question.isVisibleTo(self):
            self.end_all_confirm.confirm_button.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        chosen = self._group.checkedButton() or self.new_button
        chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_stacked = self.width() < self._theme.px(_STACK_BELOW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(down if is_stacked else across)
        self._left.setMinimumWidth(0 if is_stacked else self._theme.px(_LIST))
        self._left.setMaximumWidth(UNBOUNDED if is_stacked else self._theme.px(_LIST))
