"""The middle of the workspace: banners, open files, find and go to line, and the text or what stands in its place."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import AskForFiles, DismissWarning, Follow, SaveCopy
from horizon_desktop.presentation.wording import Words
from horizon_desktop.presentation.workspace import EditorView, ReadOnlyReason, WorkspaceView
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.banner import Banner
from horizon_desktop.widgets.code_editor import CodeEditor
from horizon_desktop.widgets.difference_view import DifferencePanel
from horizon_desktop.widgets.editor_tabs import EditorTabs
from horizon_desktop.widgets.empty_state import EmptyState
from horizon_desktop.widgets.find_bar import FindBar
from horizon_desktop.widgets.follow_frame import FollowFrame, FollowPill
from horizon_desktop.widgets.go_to_line import GoToLine
from horizon_desktop.widgets.reconnecting_banner import ReconnectingBanner
from horizon_desktop.widgets.session_expiry_warning import ExpiryNotice
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

_PILL_EDGE: Final = 16
_PILL_TOP: Final = 12


class EditorArea(QWidget):
    """Holds the one editor of the window; which file is in it is the binding's business."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: WorkspaceView | None = None
        self.setObjectName("editor_area")
        self.editor = CodeEditor(theme)
        self.tabs = EditorTabs(theme)
        self.find_bar = FindBar(theme)
        self.line_bar = GoToLine(theme)
        self.notice = ExpiryNotice(theme)
        self.silence = ReconnectingBanner(theme)
        self._problem = Banner(theme, name="file_problem")
        self._problem.acted.connect(self._act_on_problem)
        self.difference = DifferencePanel(theme)
        self._empty = EmptyState(theme, name="no_file")
        self._empty.acted.connect(self._act_on_empty)
        self.side: QWidget | None = None
        """In a narrow window the panel of people and chat is one more page here."""
        self.is_side_in_front = False
        self.stack = QStackedWidget()
        for page in (self.editor, self.difference, self._empty):
            self.stack.addWidget(page)
        self._lay_out()
        self.frame = FollowFrame(theme, self)
        self.pill = FollowPill(theme, self)
        self._connect()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._banners = QWidget()
        banners = QVBoxLayout(self._banners)
        banners.setContentsMargins(12, 10, 12, 10)
        banners.setSpacing(8)
        for banner in (self.notice, self.silence, self._problem):
            banners.addWidget(banner)
        for part in (self._banners, self.tabs, self.find_bar, self.line_bar):
            column.addWidget(part)
        column.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self.pill.stopped.connect(self.stop_following)
        for part in (self.tabs, self.notice, self.silence, self.difference):
            part.intent.connect(self.intent)
        self.find_bar.closed.connect(self._back_to_text)
        self.line_bar.closed.connect(self._back_to_text)
        self.line_bar.chosen.connect(self._go_to)
        self.stack.installEventFilter(self)
        self.editor.installEventFilter(self)
        self.editor.edited.connect(lambda *_change: self.stop_following())

    # --- in ---

    def show_workspace(self, view: WorkspaceView) -> None:
        """Show what surrounds the text."""
        self._view = view
        self.notice.show_warning(view.expiry)
        self.silence.show_silence(view.reconnecting)
        self._show_problem(view.editor)
        shown = (self.notice, self.silence, self._problem)
        self._banners.setVisible(any(not banner.isHidden() for banner in shown))
        has_text = view.editor is not None and not (self.side is not None and self.is_side_in_front)
        current = view.editor.file_id if view.editor is not None and has_text else b""
        self.tabs.show_tabs(view.session_id, view.tabs, current)
        self.tabs.setVisible(bool(view.tabs) or self.side is not None)
        self._show_middle(view)
        self._show_follow(view)

    def _show_middle(self, view: WorkspaceView) -> None:
        file = view.editor
        if self.side is not None and self.is_side_in_front:
            self._turn_to(self.side)
        elif view.difference is not None:
            self.difference.show_difference(view.difference)
            self._turn_to(self.difference)
        elif file is None or file.is_loading:
            self._show_empty(view)
            self._turn_to(self._empty)
        else:
            self._turn_to(self.editor)
        is_read_only = file is not None and (file.read_only is not ReadOnlyReason.NONE or file.is_loading)
        if self.editor.isReadOnly() != is_read_only:
            self.editor.set_read_only(is_read_only=is_read_only)
        self.tabs.show_mark(_mark(file))
        self.editor.setAccessibleDescription(_mark(file))
        if self.stack.currentWidget() is not self.editor:
            self.find_bar.hide()
            self.line_bar.hide()

    def take_side(self, side: QWidget | None) -> None:
        """Hold the panel of people and chat as a page (a narrow window), or give it back (None)."""
        if self.side is not None and side is None:
            self.stack.removeWidget(self.side)
        elif side is not None and self.side is None:
            self.stack.addWidget(side)
        self.side = side
        self.is_side_in_front = self.is_side_in_front and side is not None

    def _turn_to(self, page: QWidget) -> None:
        if self.stack.currentWidget() is not page:
            focused = QApplication.focusWidget()
            is_elsewhere = isinstance(focused, QLineEdit)
            was_waiting = self.stack.currentWidget() is self._empty and not is_elsewhere
            had_focus = any(part.hasFocus() for part in (self.editor, self.difference.list))
            self.stack.setCurrentWidget(page)
            if had_focus or page is self.difference or (was_waiting and page is self.editor and self.isVisible()):
                target = self.difference.list if page is self.difference else page
                target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_empty(self, view: WorkspaceView) -> None:
        if view.editor is not None:
            name = view.editor.path.rsplit("/", 1)[-1]
            self._empty.show_state("file-text", said("Opening {file}", file=name), "")
        elif view.files.files:
            self._empty.show_state("file-code", said("Choose a file"), said("Its text opens here for everybody."))
        elif view.is_host:
            actions = (("files", said("Share files"), "primary", "plus"),)
            self._empty.show_state(
                "folder-open", said("No file is shared"), said("Guests see only what you share."), actions=actions
            )
        else:
            text = said("{host} has not shared a file yet.", host=view.top.host)
            self._empty.show_state("folder-open", said("No file is shared"), text)

    def _show_problem(self, file: EditorView | None) -> None:
        self._problem.setVisible(file is not None and bool(file.problem))
        if file is None or not file.problem:
            return
        name = file.path.rsplit("/", 1)[-1]
        words = Words(file.problem, {"file": name, "host": file.host})
        actions = (("save_as", texts.action("save_as")),)
        self._problem.show_state(texts.title(words), texts.text(words), tone="warn", icon="file-x", actions=actions)

    def _show_follow(self, view: WorkspaceView) -> None:
        self.editor.follow(view.following.peer_id if view.following is not None else "")
        self.editor.show_remote(is_shown=view.people.are_cursors_shown)
        followed = view.following if self.stack.currentWidget() is self.editor else None
        self.frame.show_follow(followed)
        self.pill.show_follow(followed)
        self._place_pill()

    # --- out ---

    def stop_following(self) -> None:
        """Follow nobody from now on."""
        if self._view is not None and self._view.following is not None:
            self.intent.emit(Follow(session_id=self._view.session_id, peer_id=""))

    def open_find(self, *, is_replacing: bool) -> None:
        """Search the text in front."""
        if self.stack.currentWidget() is self.editor:
            self.line_bar.hide()
            self.find_bar.open_for(self.editor, is_replacing=is_replacing)

    def open_line(self) -> None:
        """Ask for a line of the text in front."""
        if self.stack.currentWidget() is self.editor:
            self.find_bar.hide()
            self.line_bar.open_for(line=self.editor.own_line() + 1, last=self.editor.blockCount())

    def _go_to(self, line: int) -> None:
        self.editor.go_to_line(line)
        self._back_to_text()

    def _back_to_text(self) -> None:
        self.find_bar.hide()
        self.line_bar.hide()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _act_on_problem(self, _key: str) -> None:
        if self._view is not None and self._view.editor is not None:
            self.intent.emit(SaveCopy(session_id=self._view.session_id, file_id=self._view.editor.file_id))

    def _act_on_empty(self, _key: str) -> None:
        if self._view is not None:
            self.intent.emit(AskForFiles(is_folder=False, session_id=self._view.session_id))

    def dismiss_notice(self) -> None:
        """Take the notice away, as its cross does."""
        if self._view is not None:
            self.intent.emit(DismissWarning(session_id=self._view.session_id))

    # --- geometry and Escape ---

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.stack and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place_pill()
        elif watched is self.editor and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return event.key() == Qt.Key.Key_Escape and self._escape()
        return super().eventFilter(watched, event)

    def _escape(self) -> bool:
        if self._view is not None and self._view.following is not None:
            self.stop_following()
            return True
        if not self.find_bar.isHidden() or not self.line_bar.isHidden():
            self._back_to_text()
            return True
        return False

    def _place_pill(self) -> None:
        px = self._theme.px
        self.frame.setGeometry(self.stack.geometry())
        corner = self.stack.geometry().topRight()
        self.pill.move(corner.x() - self.pill.width() - px(_PILL_EDGE), corner.y() + px(_PILL_TOP))
        self.pill.raise_()


def _mark(file: EditorView | None) -> str:
    """Return why typing does nothing, in a few words."""
    if file is None or file.read_only is ReadOnlyReason.NONE:
        return ""
    words = {
        ReadOnlyReason.ROLE: said("View only"),
        ReadOnlyReason.TIME: said("View only, the time is up"),
        ReadOnlyReason.LINK: said("View only, the link is lost"),
    }
    return words[file.read_only]
