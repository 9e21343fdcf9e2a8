"""The right side of the workspace: people with the chat below them, or the chat alone."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from horizon_desktop.presentation.chat_panel import unread_text
from horizon_desktop.presentation.intents import ShowPanel
from horizon_desktop.presentation.workspace import Panel, WorkspaceView
from horizon_desktop.widgets.card import hair_line
from horizon_desktop.widgets.chat_panel import ChatPanel
from horizon_desktop.widgets.edge_frame import EdgeFrame
from horizon_desktop.widgets.people_panel import PeoplePanel
from horizon_desktop.widgets.side_tabs import SideTabs
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import counted, said


class SidePanel(EdgeFrame):
    """Tabs above; they move to the strip of open files in a narrow window."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, edges="l", name="side_panel", parent=parent)
        self._is_narrow = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(1, 0, 0, 0)
        self.column.setSpacing(0)
        self.tabs = SideTabs(
            theme, ((str(Panel.PEOPLE), said("People")), (str(Panel.CHAT), said("Chat"))), name="side_tabs"
        )
        self.tabs.chosen.connect(lambda key: self.intent.emit(ShowPanel(panel=key)))
        self.people = PeoplePanel(theme)
        self.people.intent.connect(self.intent)
        self.chat = ChatPanel(theme)
        self.chat.intent.connect(self.intent)
        self._line = hair_line()
        self.column.addWidget(self.tabs)
        self.column.addWidget(self.people)
        self.column.addWidget(self._line)
        self.column.addWidget(self.chat, 1)

    def show_panel(self, view: WorkspaceView, *, is_in_front: bool = True) -> None:
        """Show people and chat as the chosen tab says; in a narrow window one at a time, or none (not in front)."""
        self.people.show_people(view.people)
        self.chat.show_chat(view.chat)
        has_people = view.panel is Panel.PEOPLE
        has_chat = not view.chat.is_off and (view.panel is Panel.CHAT or not self._is_narrow)
        self.tabs.tab(str(Panel.CHAT)).setVisible(not view.chat.is_off)
        self.people.setVisible(has_people)
        self.chat.setVisible(has_chat)
        self._line.setVisible(has_people and has_chat)
        self.chat.show_head(is_shown=has_people)
        self.tabs.choose(str(view.panel) if is_in_front else "")
        unread = view.chat.unread
        spoken = counted("Chat, 1 unread message", "Chat, {n} unread messages", unread) if unread else said("Chat")
        self.tabs.tab(str(Panel.CHAT)).show_count(unread_text(unread), spoken)

    def be_narrow(self, *, is_narrow: bool) -> None:
        """Show people or chat, not both, from now on."""
        self._is_narrow = is_narrow
        self.tabs.be_inline(is_inline=is_narrow)
        self.column.setAlignment(self.people, Qt.AlignmentFlag.AlignTop if is_narrow else Qt.AlignmentFlag(0))
