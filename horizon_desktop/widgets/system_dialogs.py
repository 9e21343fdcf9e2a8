"""The system's own dialogs: choose files, choose a target, confirm quitting. None of them blocks."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts


class SystemDialogs:
    """Opens dialogs over one window; the answer comes to a callback, and none comes when a dialog is closed."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def choose_files(self, *, is_folder: bool, on_chosen: Callable[[tuple[str, ...]], None]) -> None:
        """Ask for files, or for one folder, to share."""
        title = self._window.tr("Share a folder") if is_folder else self._window.tr("Share files")
        dialog = self._dialog(title)
        dialog.setFileMode(QFileDialog.FileMode.Directory if is_folder else QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda paths: on_chosen(tuple(paths)))
        dialog.open()

    def choose_target(self, name: str, on_chosen: Callable[[str], None]) -> None:
        """Ask where to save something that is called `name` so far."""
        dialog = self._dialog(self._window.tr("Save as"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(name)
        dialog.fileSelected.connect(on_chosen)
        dialog.open()

    def confirm_quit(self, words: Words, on_yes: Callable[[], None]) -> None:
        """Ask before open sessions are ended; the safe choice is first and the default."""
        box = QMessageBox(self._window)
        box.setObjectName("quit_dialog")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self._window.tr("Quit Horizon"))
        box.setText(texts.title(words))
        box.setInformativeText(texts.text(words))
        keep = box.addButton(texts.action("keep_running"), QMessageBox.ButtonRole.RejectRole)
        end = box.addButton(texts.action("end_all"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(keep)
        end.clicked.connect(on_yes)
        box.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setObjectName("file_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog
