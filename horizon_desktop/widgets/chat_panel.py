"""The chat: what was said, and a field to say something."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from horizon_desktop.presentation.chat_panel import MAX_CHAT_CHARACTERS, ChatView
from horizon_desktop.presentation.intents import Say
from horizon_desktop.widgets.button import NORMAL, Button
from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.chat_list import ChatList
from horizon_desktop.widgets.text_field import TextField
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said


class ChatPanel(QWidget):
    """Messages above, the field below. What is written stays in the field until it was handed over."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session_id = ""
        self.setObjectName("chat_panel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.setSpacing(0)
        self._head = TextLabel(theme, said("Chat"), role="small", tone="text2", weight=600)
        head = row(spacing=0)
        head.setContentsMargins(16, 10, 16, 10)
        head.addWidget(self._head)
        layout.addLayout(head)
        self._list = ChatList(theme)
        layout.addWidget(self._list, 1)
        self._empty = TextLabel(theme, said("Nothing was said yet."), tone="text3")
        self._empty.setContentsMargins(16, 0, 16, 0)
        layout.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        self._note = TextLabel(theme, role="caption", tone="text2", wraps=True)
        self._note.setContentsMargins(16, 0, 16, 4)
        layout.addWidget(self._note)
        line = row(spacing=6)
        line.setContentsMargins(12, 0, 12, 0)
        self.field = TextField(theme, label=said("Message"), name="chat_field", placeholder=said("Message everyone"))
        self.field.setMaxLength(MAX_CHAT_CHARACTERS)
        self.field.returnPressed.connect(self._send)
        line.addWidget(self.field, 1)
        self._button = Button(theme, "", icon="send-horizontal", height=NORMAL, name="chat_send")
        self._button.set_hint(said("Send message"))
        self._button.clicked.connect(self._send)
        line.addWidget(self._button)
        layout.addLayout(line)

    def show_chat(self, view: ChatView) -> None:
        """Show the chat as it is now."""
        self._session_id = view.session_id
        self._list.show_lines(view.lines)
        self._list.setVisible(bool(view.lines))
        self._empty.setVisible(not view.lines)
        self.field.setVisible(view.may_write)
        self._button.setVisible(view.may_write)
        note = ""
        if not view.may_write:
            note = said("{host} keeps the chat closed for you.", host=view.host)
        elif view.is_link_lost:
            note = said("Messages are sent when the link is back")
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def show_head(self, *, is_shown: bool) -> None:
        """Show or hide the word Chat, which a tab above already says."""
        self._head.setVisible(is_shown)

    def _send(self) -> None:
        text = self.field.text().strip()
        if text:
            self.field.clear()
            self.intent.emit(Say(session_id=self._session_id, text=text))
