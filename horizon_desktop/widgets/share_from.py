"""The field "Share from": what is chosen, and a menu to add files or a folder, or to take one out."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from horizon_desktop.presentation.intents import AskForFiles, RemoveDraftFile
from horizon_desktop.presentation.new_session import DraftFileView
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.widgets.press_button import PressButton
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import menu_text, plain_tooltip


class ShareFrom(PressButton):
    """Looks like a drop-down field; pressing opens the menu."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._files: tuple[DraftFileView, ...] = ()
        self._has_error = False
        self.setObjectName("new.share_from")
        self.setFont(theme.font("body"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open_menu)
        self.show_files(())

    def show_files(self, files: tuple[DraftFileView, ...]) -> None:
        """Show what is chosen."""
        self._files = files
        chosen = self.label()
        self.setAccessibleName(self.tr("Share from: {chosen}").replace("{chosen}", chosen))
        self.setToolTip(plain_tooltip("\n".join(file.path for file in files)))
        self.update()

    def set_error(self, *, has_error: bool) -> None:
        """Outline the field in red, or not."""
        self._has_error = has_error
        self.update()

    def label(self) -> str:
        """Return what the field says."""
        if not self._files:
            return self.tr("Choose files or a folder")
        first = plain(self._files[0].name, limit=TITLE_LENGTH)
        more = len(self._files) - 1
        if more == 0:
            return first
        shape = self.tr("{file} and 1 more") if more == 1 else self.tr("{file} and {n} more")
        return shape.replace("{n}", str(more)).replace("{file}", first)

    def menu_of_files(self) -> QMenu:
        """Return the menu: add files, add a folder, take out each one that is chosen."""
        menu = QMenu(self)
        menu.setObjectName("new.share_from.menu")
        files = menu.addAction(self._theme.icon("file-text", 16, "text2"), self.tr("Add files"))
        files.triggered.connect(lambda: self.intent.emit(AskForFiles(is_folder=False)))
        folder = menu.addAction(self._theme.icon("folder-open", 16, "text2"), self.tr("Add a folder"))
        folder.triggered.connect(lambda: self.intent.emit(AskForFiles(is_folder=True)))
        if self._files:
            menu.addSeparator()
        for file in self._files:
            label = self.tr("Take out {file}").replace("{file}", plain(file.name, limit=TITLE_LENGTH))
            action = menu.addAction(self._theme.icon("x", 16, "text2"), menu_text(label))
            action.triggered.connect(
                lambda _checked=False, path=file.path: self.intent.emit(RemoveDraftFile(path=path))
            )
        return menu

    def _open_menu(self) -> None:
        menu = self.menu_of_files()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 2)))

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(180), self._theme.px(36))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        token, width = ("bad_solid", 2.0) if self._has_error else ("line_strong", 1.0)
        painter.setPen(QPen(self._theme.color(token), width))
        painter.setBrush(self._theme.color("field"))
        half = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), 8, 8)
        px = self._theme.px
        edge = px(16)
        right = self.width() - px(8) - edge
        pixmap = self._theme.pixmap("chevron-down", 16, "text2", self.devicePixelRatioF())
        painter.drawPixmap(QPointF(right, (self.height() - edge) / 2), pixmap)
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text" if self._files else "text3"))
        room = int(right - px(12) - 4)
        shown = painter.fontMetrics().elidedText(self.label(), Qt.TextElideMode.ElideMiddle, room)
        box = QRectF(px(11), 0, room + 2, self.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()
