"""The workspace: top bar, shared files, editor, people and chat; narrower windows fold it up."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import (
    AskEnd,
    EndSession,
    Intent,
    SelectFile,
)
from horizon_desktop.presentation.wording import Words
from horizon_desktop.presentation.workspace import Panel, WorkspaceView
from horizon_desktop.widgets import texts, workspace_keys
from horizon_desktop.widgets.announcer import Announcer
from horizon_desktop.widgets.editor_area import EditorArea
from horizon_desktop.widgets.file_list import FileList
from horizon_desktop.widgets.floating_card import FloatingCard
from horizon_desktop.widgets.in_place_confirm import InPlaceConfirm
from horizon_desktop.widgets.session_expiry_warning import ExpiryCard
from horizon_desktop.widgets.session_top_bar import SessionTopBar
from horizon_desktop.widgets.side_panel import SidePanel
from horizon_desktop.widgets.spoken_changes import spoken_changes
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

FILES_WIDTH: Final = 209
SIDE_WIDTH: Final = 309
NARROW_BELOW: Final = 1180
_CARD_EDGE: Final = 16


class WorkspacePage(QWidget):
    """One session. `render` shows it; every wish comes out of `intent`; the binding talks to `editor`."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: WorkspaceView | None = None
        self._is_narrow = False
        self.setObjectName("workspace_page")
        self.setAccessibleName(said("Session"))
        self.announcer = Announcer(self)
        self.top = SessionTopBar(theme)
        self.files = FileList(theme)
        self.area = EditorArea(theme)
        self.side = SidePanel(theme)
        self.editor = self.area.editor
        self._lay_out()
        self.expiry_card = ExpiryCard(theme, parent=self)
        self.end_card = FloatingCard(theme, name="end_card", padding=(8, 8, 8, 8), parent=self)
        self.end_card.setFixedWidth(theme.px(340) + 2 * self.end_card.margin)
        self._end_confirm = InPlaceConfirm(theme, name="end_confirm", is_framed=False)
        self.end_card.keeps_fit = True
        self.end_card.column.addWidget(self._end_confirm)
        self.end_card.hide()
        self._connect()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        self._body = QHBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        for part, stretch in ((self.files, 0), (self.area, 1), (self.side, 0)):
            self._body.addWidget(part, stretch)
        column.addLayout(self._body, 1)

    def _connect(self) -> None:
        for part in (self.top, self.files, self.area, self.side, self.expiry_card):
            part.intent.connect(self._say)
        self._end_confirm.kept.connect(lambda: self._ask_end(is_shown=False))
        self._end_confirm.confirmed.connect(self._end)
        self.editor.typing_refused.connect(self._refused)
        self.editor.caret_moved.connect(lambda *_caret: self._place_cards())
        self.side.tabs.chosen.connect(lambda _key: self._bring_side(is_front=True))
        self.area.installEventFilter(self)
        self.expiry_card.installEventFilter(self)
        actions: dict[str, Callable[[], None]] = {
            "next_region": lambda: self._next_region(1),
            "previous_region": lambda: self._next_region(-1),
            "next_tab": lambda: self._next_tab(1),
            "previous_tab": lambda: self._next_tab(-1),
            "find": lambda: self.area.open_find(is_replacing=False),
            "replace": lambda: self.area.open_find(is_replacing=True),
            "go_to_line": self.area.open_line,
        }
        workspace_keys.install(self, actions)

    # --- in ---

    def render(self, view: WorkspaceView) -> None:  # type: ignore[override]
        """Show a session."""
        before = self._view if self._view is not None and self._view.session_id == view.session_id else None
        was_asked = before is not None and before.top.is_end_asked
        self._view = view
        self.top.show_bar(view.top)
        self.files.show_files(view.files)
        self.side.show_panel(view, is_in_front=not self._is_narrow or self.area.is_side_in_front)
        self.area.show_workspace(view)
        self.expiry_card.show_warning(view.expiry)
        self._show_end(view, was_asked=was_asked)
        self._place_cards()
        if before is not None and before.panel is not view.panel and view.panel is Panel.CHAT:
            self._bring_side(is_front=True)
            self.side.chat.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if before is not None:
            for text, is_assertive in spoken_changes(before, view):
                (self.announcer.assertive if is_assertive else self.announcer.polite)(text)

    def _show_end(self, view: WorkspaceView, *, was_asked: bool) -> None:
        is_asked = view.top.is_end_asked and view.is_host
        self.end_card.setVisible(is_asked)
        if not is_asked:
            if was_asked:
                self.top.end_button.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        guests = sum(not row.badge.is_host for row in view.people.rows)
        words = Words("endall.confirm", {"n": 1, "g": guests})
        self._end_confirm.ask(
            said("End this session?"), texts.text(words), keep=texts.action("keep_running"), confirm=said("End session")
        )
        self.end_card.fit()
        self.end_card.raise_()
        if not was_asked:
            self._end_confirm.confirm_button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- out ---

    def _say(self, intent: Intent) -> None:
        if isinstance(intent, SelectFile):
            self._bring_side(is_front=False)
        self.intent.emit(intent)

    def _bring_side(self, *, is_front: bool) -> None:
        if self._is_narrow and self.area.is_side_in_front != is_front:
            self.area.is_side_in_front = is_front
            if self._view is not None:
                self.render(self._view)

    def _as_host(self, intent: Intent) -> None:
        if self._view is not None and self._view.is_host:
            self.intent.emit(intent)

    def _ask_end(self, *, is_shown: bool) -> None:
        if self._view is not None:
            self._as_host(AskEnd(session_id=self._view.session_id, is_shown=is_shown))

    def _end(self) -> None:
        if self._view is not None:
            self._as_host(EndSession(session_id=self._view.session_id))

    def _refused(self) -> None:
        self.announcer.polite(self.editor.accessibleDescription() or said("View only"))

    # --- the keyboard ---

    def _regions(self) -> list[tuple[QWidget, QWidget]]:
        """Return each region with what takes its focus, in reading order."""
        back = self.top.findChild(QWidget, "top_bar.back")
        regions = [
            (self.top, back if isinstance(back, QWidget) else self.top),
            (self.files, self.files.tree),
            (self.area, self._middle()),
        ]
        if not self._is_narrow:
            regions.append((self.side, self.side.chat.field))
        return regions

    def _middle(self) -> QWidget:
        page = self.area.stack.currentWidget()
        if page is self.area.difference:
            return self.area.difference.list
        return self.editor if page is self.editor else self.files.tree

    def _next_region(self, step: int) -> None:
        focused = QApplication.focusWidget()
        regions = self._regions()
        at = next((n for n, (region, _) in enumerate(regions) if focused and region.isAncestorOf(focused)), -1)
        regions[(at + step) % len(regions)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _next_tab(self, step: int) -> None:
        view = self._view
        if view is None or not view.tabs:
            return
        current = view.editor.file_id if view.editor is not None else b""
        ids = [tab.file_id for tab in view.tabs]
        at = ids.index(current) if current in ids else -1
        self._say(SelectFile(session_id=view.session_id, file_id=ids[(at + step) % len(ids)]))

    def focus_presence(self) -> None:
        """Put the focus on the docked presence bar."""
        self.top.presence.focus_first()

    def focus_main(self) -> None:
        """Put the focus where this page begins: into the text, else on the shared files."""
        self._middle().setFocus(Qt.FocusReason.OtherFocusReason)

    # --- geometry ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        px = self._theme.px
        self.files.setFixedWidth(min(px(FILES_WIDTH), self.width() // 4))
        self.side.setFixedWidth(px(SIDE_WIDTH) if not self._is_narrow else 16_777_215)
        self._fold(is_narrow=self.width() < px(NARROW_BELOW))
        self._place_cards()

    def _fold(self, *, is_narrow: bool) -> None:
        if is_narrow == self._is_narrow:
            return
        self._is_narrow = is_narrow
        self.side.be_narrow(is_narrow=is_narrow)
        if is_narrow:
            self._body.removeWidget(self.side)
            self.side.setMinimumWidth(0)
            self.side.setMaximumWidth(16_777_215)
            self.area.take_side(self.side)
            self.area.tabs.side_slot.addWidget(self.side.tabs)
        else:
            self.area.take_side(None)
            self.side.column.insertWidget(0, self.side.tabs)
            self._body.addWidget(self.side)
            self.side.setFixedWidth(self._theme.px(SIDE_WIDTH))
            self.side.show()
        if self._view is not None:
            self.render(self._view)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched in (self.area, self.expiry_card) and event.type() == QEvent.Type.Resize:
            self._place_cards()
        return super().eventFilter(watched, event)

    def _place_cards(self) -> None:
        """Put the floating cards into corners, and never over the line that somebody types in."""
        edge = self._theme.px(_CARD_EDGE)
        if not self.end_card.isHidden():
            body = self.end_card.body()
            self.end_card.place_body(self.width() - body.width() - edge, self.top.height() + 8)
        if self.expiry_card.isHidden():
            return
        body, area = self.expiry_card.body(), self.area.geometry()
        x = area.right() - body.width() - edge
        low, high = area.bottom() - body.height() - edge, area.top() + self._theme.px(48)
        caret = self.editor.viewport().mapTo(self, self.editor.cursorRect().center())
        is_covered = QPoint(x, low).y() - 24 < caret.y() < area.bottom() and caret.x() > x - 24
        self.expiry_card.place_body(x, high if is_covered and self.editor.hasFocus() else low)
