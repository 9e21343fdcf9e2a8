"""The left side of the workspace: which files are shared, who is in them, and what the host can do with them."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from horizon_desktop.presentation.file_list import FileListView, FileRow
from horizon_desktop.presentation.intents import (
    AskForFiles,
    Intent,
    RemoveFile,
    RestoreFile,
    SaveCopy,
    SelectFile,
    ShowDifference,
)
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import row as row_layout
from horizon_desktop.widgets.edge_frame import EdgeFrame
from horizon_desktop.widgets.file_tree import FileTree
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import counted, said


class FileList(EdgeFrame):
    """Head with the add button, the tree, and the line that says how much is shared."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, edges="r", name="file_list", parent=parent)
        self._view: FileListView | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 1, 10)
        layout.setSpacing(0)
        head = row_layout(spacing=4)
        head.setContentsMargins(16, 0, 10, 0)
        head.addWidget(TextLabel(theme, said("Shared files"), role="small", tone="text2", weight=600))
        head.addStretch(1)
        self.add_button = Button(theme, "", kind="ghost", icon="plus", height=SMALL, name="file_list.add")
        self.add_button.set_hint(said("Share more files"))
        self.add_button.clicked.connect(self._open_add)
        head.addWidget(self.add_button)
        head.addStrut(theme.px(SMALL))
        layout.addLayout(head)
        layout.addSpacing(2)
        self.tree = FileTree(theme)
        self.tree.opened.connect(self._open)
        self.tree.menu_wanted.connect(self._open_menu)
        layout.addWidget(self.tree, 1)
        foot = row_layout(spacing=6)
        foot.setContentsMargins(16, 8, 12, 0)
        foot.addWidget(IconView(theme, "lock", size=12, tone="text3"))
        self._count = TextLabel(theme, role="caption", tone="text3", wraps=True)
        foot.addWidget(self._count, 1)
        layout.addLayout(foot)

    def show_files(self, view: FileListView) -> None:
        """Show the shared files."""
        self._view = view
        self.tree.show_files(view)
        self.add_button.setVisible(view.is_host)
        self._count.setText(_count_words(view.files))

    def add_menu(self) -> QMenu | None:
        """Return what can be added: files or a folder."""
        if self._view is None:
            return None
        menu = QMenu(self)
        menu.setObjectName("file_list.add_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        session = self._view.session_id
        for label, icon, is_folder in ((said("Files"), "file-text", False), (said("Folder"), "folder-open", True)):
            action = menu.addAction(self.theme.icon(icon, 16, "text2"), label)
            action.setObjectName(f"file_list.add_{'folder' if is_folder else 'files'}")
            action.triggered.connect(
                lambda _checked=False, is_folder=is_folder: self._ask(
                    AskForFiles(is_folder=is_folder, session_id=session)
                )
            )
        return menu

    def file_menu(self, file: FileRow) -> QMenu | None:
        """Return what can be done with a file: a guest may save a copy, the host more."""
        view = self._view
        if view is None:
            return None
        menu = QMenu(self)
        menu.setObjectName("file_list.file_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        session, file_id = view.session_id, file.file_id
        entries: list[tuple[str, str, str, Intent]] = [
            ("open", said("Open"), "file-text", SelectFile(session_id=session, file_id=file_id)),
        ]
        if view.is_host and file.has_guest_edits:
            entries.append(
                (
                    "compare",
                    said("Show what guests changed"),
                    "eye",
                    ShowDifference(session_id=session, file_id=file_id),
                )
            )
            entries.append(
                (
                    "restore",
                    said("Restore the text from before"),
                    "rotate-ccw",
                    RestoreFile(session_id=session, file_id=file_id),
                )
            )
        entries.append(("copy", said("Save a copy"), "download", SaveCopy(session_id=session, file_id=file_id)))
        if view.is_host:
            entries.append(("remove", said("Stop sharing"), "x", RemoveFile(session_id=session, file_id=file_id)))
        for name, label, icon, intent in entries:
            action = menu.addAction(self.theme.icon(icon, 16, "text2"), label)
            action.setObjectName(f"file_list.{name}")
            action.triggered.connect(lambda _checked=False, intent=intent: self._ask(intent))
        return menu

    def _ask(self, intent: Intent) -> None:
        self.intent.emit(intent)

    def _open(self, file: FileRow) -> None:
        if self._view is not None:
            self.intent.emit(SelectFile(session_id=self._view.session_id, file_id=file.file_id))

    def _open_add(self) -> None:
        menu = self.add_menu()
        if menu is not None:
            menu.popup(self.add_button.mapToGlobal(QPoint(0, self.add_button.height())))

    def _open_menu(self, file: FileRow, point: QPoint) -> None:
        menu = self.file_menu(file)
        if menu is not None:
            menu.popup(point)


def _count_words(files: int) -> str:
    if files == 0:
        return said("No file is shared")
    return counted("Only this file is shared", "Only these {n} files are shared", files)
