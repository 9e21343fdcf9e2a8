"""EphemeralPresenceBar, floating: a small window on top of everything that never takes the focus by itself."""

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from horizon_desktop.presentation.intents import PlacePresence
from horizon_desktop.presentation.presence_bar import BarForm, PresenceBarView
from horizon_desktop.widgets.floating_card import FloatingCard
from horizon_desktop.widgets.presence_forms import BarOfPeople, MiniForm, PanelForm, float_as
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

CORNERS: Final = ("top_left", "top_right", "bottom_left", "bottom_right")
_FROM_EDGE: Final = 16
_FLAGS: Final = (
    Qt.WindowType.Tool
    | Qt.WindowType.FramelessWindowHint
    | Qt.WindowType.WindowStaysOnTopHint
    | Qt.WindowType.NoDropShadowWindowHint
)
_ARROWS: Final = {
    Qt.Key.Key_Left: ("right", "left"),
    Qt.Key.Key_Right: ("left", "right"),
    Qt.Key.Key_Up: ("bottom", "top"),
    Qt.Key.Key_Down: ("top", "bottom"),
}
_TO_BAR: Final = frozenset(
    {
        (Qt.Key.Key_Escape, BarForm.PANEL),
        (Qt.Key.Key_Return, BarForm.MINI),
        (Qt.Key.Key_Enter, BarForm.MINI),
    }
)


def may_float() -> bool:
    """This desktop lets a window stay on top; Wayland lets none."""
    return not QGuiApplication.platformName().startswith("wayland")


class FloatingPresence(FloatingCard):
    """Mini, bar or panel in a corner of the screen. Dragged by the mouse, moved by the arrow keys."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, name="floating_presence", radius=22, padding=(0, 0, 0, 0), parent=parent)
        self.setWindowFlags(_FLAGS | Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAccessibleName(said("Presence bar"))
        self.setWindowTitle(said("Horizon presence bar"))
        self._corner = "bottom_right"
        self._form = BarForm.DOCKED
        self._grabbed: QPoint | None = None
        self._has_moved = False
        self._forms: dict[BarForm, MiniForm | BarOfPeople | PanelForm] = {
            BarForm.MINI: MiniForm(theme),
            BarForm.BAR: BarOfPeople(theme),
            BarForm.PANEL: PanelForm(theme),
        }
        for form in self._forms.values():
            form.intent.connect(self.intent)
            form.hide()
            self.column.addWidget(form)

        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)

    @property
    def corner(self) -> str:
        """Where it stands: one of CORNERS."""
        return self._corner

    def show_presence(self, view: PresenceBarView) -> None:
        """Show the session in the form that the view names; docked: not at all."""
        if view.form is BarForm.DOCKED or not may_float():
            self._form = BarForm.DOCKED
            self.hide()
            return
        shown = self._forms[view.form]
        shown.show_presence(view)
        if view.form is not self._form:
            self._form = view.form
            for form in self._forms.values():
                form.setVisible(form is shown)
            self._radius = 12 if view.form is BarForm.PANEL else 22
            self._shadow = type(self._shadow)(self.theme, level="e3", radius=self._radius)
        self.adjustSize()
        self.place(self._corner)
        if not self.isVisible():
            self.show()

    def place(self, corner: str, *, screen: str = "") -> None:
        """Stand in a corner of a screen (empty: the present one)."""
        self._corner = corner if corner in CORNERS else "bottom_right"
        area = self._area(screen)
        body = self.body().size()
        x = area.left() + _FROM_EDGE if "left" in self._corner else area.right() - body.width() - _FROM_EDGE
        y = area.top() + _FROM_EDGE if "top" in self._corner else area.bottom() - body.height() - _FROM_EDGE
        self.place_body(x, y)

    def take_focus(self) -> None:
        """Accept the keyboard now, because somebody asked for it (Ctrl+Shift+P)."""
        self.setWindowFlags(_FLAGS)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)
        self.show()
        self.activateWindow()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.focusNextChild()

    def make_way(self, focused: QRect) -> None:
        """Move to another corner if the bar stands over what has the focus (global pixels)."""
        for corner in (self._corner, *CORNERS):
            self.place(corner)
            if not QRect(self.mapToGlobal(self.body().topLeft()), self.body().size()).intersects(focused):
                return

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Never cover what has the focus: of a text, the line of its caret."""
        if new is None or not (self.isVisible() and self.isWindow()) or new is self or self.isAncestorOf(new):
            return
        rect = new.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
        inside = rect.toRect() if isinstance(rect, QRectF) else rect if isinstance(rect, QRect) else new.rect()
        inside = new.rect() if inside.isEmpty() else inside
        self.make_way(QRect(new.mapToGlobal(inside.topLeft()), inside.size()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        is_left = event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow()
        if is_left and not self.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus:
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            was_visible = self.isVisible()
            self.setWindowFlags(_FLAGS | Qt.WindowType.WindowDoesNotAcceptFocus)
            self.setVisible(was_visible)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS:
            away, towards = _ARROWS[key]
            self._rest(self._corner.replace(away, towards))
        elif (key, self._form) in _TO_BAR:
            self.intent.emit(float_as(BarForm.BAR))
        else:
            super().keyPressEvent(event)

    def form_menu(self) -> QMenu:
        """Return the choice of forms."""
        menu = QMenu(self)
        menu.setObjectName("floating_presence.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        choices = (
            (BarForm.MINI, said("Small")),
            (BarForm.BAR, said("Bar")),
            (BarForm.PANEL, said("Everybody")),
            (BarForm.DOCKED, said("Dock in the session window")),
        )
        for form, label in choices:
            action = menu.addAction(label)
            action.setObjectName(f"floating_presence.{form}")
            action.setCheckable(True)
            action.setChecked(form is self._form)
            action.triggered.connect(lambda _checked=False, form=form: self.intent.emit(float_as(form)))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.form_menu().popup(event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.body().contains(event.position().toPoint()):
            self._grabbed = event.position().toPoint()
            self._has_moved = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self._has_moved = True
            self.move(event.globalPosition().toPoint() - self._grabbed)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if self._grabbed is None:
            return
        self._grabbed = None
        if not self._has_moved:
            if self._form is BarForm.MINI:
                self.intent.emit(float_as(BarForm.BAR))
            return
        area = self._area("")
        middle = self.mapToGlobal(self.rect().center())
        side = "left" if middle.x() < area.center().x() else "right"
        level = "top" if middle.y() < area.center().y() else "bottom"
        self._rest(f"{level}_{side}")

    def _rest(self, corner: str) -> None:
        self.place(corner)
        self.intent.emit(PlacePresence(screen=self.screen().name(), corner=corner))

    def _area(self, name: str) -> QRect:
        for screen in QGuiApplication.screens():
            if name and screen.name() == name:
                return screen.availableGeometry()
        under = QGuiApplication.screenAt(self.mapToGlobal(self.rect().center())) if self.isVisible() else None
        return (under or QGuiApplication.primaryScreen()).availableGeometry()
