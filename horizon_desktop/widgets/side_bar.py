"""The side bar: where one can go, and who one is; below 1100 pixels of window width it is icons with tooltips."""

from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from horizon_desktop.presentation.frame import SideBarView
from horizon_desktop.presentation.intents import ChooseTheme, ShowPage
from horizon_desktop.widgets.brand_tile import BrandTile
from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.key_pictures import PictureStrip
from horizon_desktop.widgets.name_dialog import NameDialog
from horizon_desktop.widgets.participant_badge import ParticipantBadge
from horizon_desktop.widgets.press_button import PressButton
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import plain_tooltip

WIDE: Final = 208
NARROW: Final = 56
_ENTRIES: Final = (("home", "house"), ("sessions", "radio-tower"), ("usage", "gauge"))
_LOW_ENTRIES: Final = (("settings", "settings"),)
"""Pages of this version; audit log, telemetry and help come with what they show."""


class NavButton(PressButton):
    """One entry: icon, word, and a bar at the left edge when it is the page shown."""

    def __init__(self, theme: Theme, icon: str, text: str, *, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self._label = text
        self._is_narrow = False
        self._count = 0
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Show the icon alone, with the word as tooltip."""
        self._is_narrow = is_narrow
        self.setToolTip(self._label if is_narrow else "")
        self.update()

    def set_count(self, count: int) -> None:
        """Show how many things wait on that page; 0: no count."""
        if count != self._count:
            self._count = count
            self.setAccessibleName(f"{self._label}, {count}" if count else self._label)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self._theme.px(36))

    def _paint_count(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font("caption", weight=600))
        text = str(self._count)
        high, least, room = (14, 14, 8) if self._is_narrow else (18, 20, 12)
        high = self._theme.px(high)
        wide = max(self._theme.px(least), painter.fontMetrics().horizontalAdvance(text) + self._theme.px(room))
        right = self.width() - (self._theme.px(8) if not self._is_narrow else 0)
        top = (self.height() - high) / 2 if not self._is_narrow else 0
        pill = QRectF(right - wide, top, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        painter.drawRoundedRect(pill, high / 2, high / 2)
        painter.setPen(self._theme.color("on_accent"))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_here = self.isChecked()
        fill = "selected" if is_here else ("hover" if self.underMouse() else "")
        painter.setPen(Qt.PenStyle.NoPen)
        if fill:
            painter.setBrush(self._theme.color(fill))
            painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        if is_here:
            painter.setBrush(self._theme.color("accent"))
            tall = self._theme.px(18)
            painter.drawRoundedRect(QRectF(0, (self.height() - tall) / 2, 3, tall), 1.5, 1.5)
        ink = "accent_text" if is_here else "text2"
        left = 12 if not self._is_narrow else (self.width() - self._theme.px(16)) / 2
        pixmap = self._theme.pixmap(self._icon, 16, ink, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(left, (self.height() - self._theme.px(16)) / 2), pixmap)
        if not self._is_narrow:
            painter.setFont(self._theme.font("label" if is_here else "body", weight=600 if is_here else 500))
            painter.setPen(self._theme.color(ink))
            room = QRectF(12 + self._theme.px(26), 0, self.width(), self.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self._label)
        if self._count:
            self._paint_count(painter)
        painter.end()


class ProfileBox(PressButton):
    """Own badge, name and key pictures; pressing opens the menu of the profile."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("side.profile")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._line = line = QHBoxLayout(self)
        line.setContentsMargins(9, 0, 9, 0)
        line.setSpacing(12)
        self._badge = ParticipantBadge(theme, size=28)
        line.addWidget(self._badge)
        self._words = QWidget()
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(4)
        self._name = ElidedLabel(theme, role="label")
        self._strip = PictureStrip(theme)
        words.addStretch(1)
        words.addWidget(self._name)
        words.addWidget(self._strip)
        words.addStretch(1)
        line.addWidget(self._words, 1)
        for child in (self._badge, self._words):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_profile(self, view: SideBarView) -> None:
        """Show who this profile is."""
        self._badge.render(view.badge)
        self._name.setText(view.badge.name)
        self._strip.render(view.pictures)
        self.setAccessibleName(self.tr("Profile of {name}").replace("{name}", view.badge.name))
        self.setToolTip(plain_tooltip(view.badge.name))

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Show the badge alone."""
        self._words.setVisible(not is_narrow)
        self._line.setContentsMargins(6 if is_narrow else 9, 0, 5 if is_narrow else 9, 0)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self._theme.px(50))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("pressed" if self.underMouse() else "sunken"))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        painter.end()


class SideBar(QFrame):
    """Logo, entries, profile."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: SideBarView | None = None
        self.setObjectName("side_bar")
        self.setProperty("kind", "side")
        self._outer = outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 15, 11, 14)
        outer.setSpacing(2)
        outer.addLayout(self._head())
        outer.addSpacing(20)
        self._entries: dict[str, NavButton] = {}
        self._add_entries(_ENTRIES)
        outer.addStretch(1)
        self._add_entries(_LOW_ENTRIES)
        outer.addSpacing(14)
        self._profile = ProfileBox(theme)
        self._profile.clicked.connect(self._open_menu)
        outer.addWidget(self._profile)
        self.set_narrow(is_narrow=False)

    def _head(self) -> QHBoxLayout:
        head = row(spacing=10)
        head.setContentsMargins(4, 0, 0, 0)
        self._logo = BrandTile(self._theme)
        self._title = TextLabel(self._theme, self.tr("Horizon"), role="subtitle")
        head.addWidget(self._logo)
        head.addWidget(self._title, 1)
        return head

    def _add_entries(self, entries: tuple[tuple[str, str], ...]) -> None:
        for page, icon in entries:
            button = NavButton(self._theme, icon, self._label(page), name=f"side.{page}")
            button.clicked.connect(lambda _checked=False, page=page: self._go(page))
            self._entries[page] = button
            self._outer.addWidget(button)

    def _label(self, page: str) -> str:
        return {
            "home": self.tr("Home"),
            "sessions": self.tr("Sessions"),
            "usage": self.tr("Quotas and pools"),
            "settings": self.tr("Settings"),
        }[page]

    def render(self, view: SideBarView) -> None:  # type: ignore[override]
        """Show where we are and who we are."""
        self._view = view
        for page, button in self._entries.items():
            button.setChecked(page == view.page)
        self._entries["usage"].setVisible(view.has_usage)
        self._entries["usage"].set_count(view.requests)
        self._profile.show_profile(view)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Become 56 pixels of icons, or the whole bar."""
        self.setFixedWidth(self._theme.px(NARROW if is_narrow else WIDE))
        self._title.setVisible(not is_narrow)
        self._outer.setContentsMargins(*((8, 15, 7, 14) if is_narrow else (12, 15, 11, 14)))
        for button in self._entries.values():
            button.set_narrow(is_narrow=is_narrow)
        self._profile.set_narrow(is_narrow=is_narrow)

    def _go(self, page: str) -> None:
        if self._view is not None:
            self._entries[page].setChecked(page == self._view.page)
        self.intent.emit(ShowPage(page=page))

    def profile_menu(self) -> QMenu:
        """Return the menu of the profile: change the name, choose the theme."""
        menu = QMenu(self)
        menu.setObjectName("side.profile.menu")
        rename = menu.addAction(self.tr("Change name"))
        rename.triggered.connect(self._ask_name)
        menu.addSeparator()
        group = QActionGroup(menu)
        chosen = self._view.theme if self._view is not None else "system"
        for theme, label in (
            ("system", self.tr("Theme: as the system")),
            ("light", self.tr("Theme: light")),
            ("dark", self.tr("Theme: dark")),
        ):
            action = QAction(label, group)
            action.setCheckable(True)
            action.setChecked(theme == chosen)
            action.triggered.connect(lambda _checked=False, theme=theme: self.intent.emit(ChooseTheme(theme=theme)))
            menu.addAction(action)
        return menu

    def _open_menu(self) -> None:
        menu = self.profile_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corner = self._profile.mapToGlobal(QPoint(0, 0))
        menu.popup(corner - QPoint(0, menu.sizeHint().height() + 4))

    def _ask_name(self) -> None:
        dialog = NameDialog(self._theme, self._view.badge.name if self._view else "", self.window())
        dialog.intent.connect(self.intent)
        dialog.open()
