"""The status bar: what this machine knows about key, hub and clock, each with icon and words; and the version."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from horizon_desktop.presentation.frame import StatusBarView, StatusItem
from horizon_desktop.widgets.card import clear, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.theme import Theme

_SIDE: Final = 24
_GAP: Final = 20


class StatusBar(QFrame):
    """One line under every page."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("status_bar")
        self.setProperty("kind", "status")
        self.setFixedHeight(theme.px(33))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(_SIDE, 1, _SIDE, 0)
        outer.setSpacing(0)
        self._items = row(spacing=_GAP)
        outer.addLayout(self._items)
        outer.addStretch(1)
        self._version = TextLabel(theme, role="small", tone="text2")
        outer.addWidget(self._version)
        self._shown: tuple[StatusItem, ...] = ()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give up the version before a word of what is known is cut."""
        margins = self.contentsMargins().left() + self.contentsMargins().right() + 2 * _SIDE
        wanted = self._items.sizeHint().width() + self._version.sizeHint().width() + _GAP + margins
        self._version.setVisible(wanted <= self.width())

    def render(self, view: StatusBarView) -> None:  # type: ignore[override]
        """Show what is known."""
        self._version.setText(self.tr("Horizon {version}").replace("{version}", view.version))
        if view.items == self._shown:
            return
        self._shown = view.items
        clear(self._items)
        for status in view.items:
            self._items.addWidget(self._made(status))
        self._fit()
        self.setAccessibleName(". ".join(phrase(status.words) for status in view.items))

    def _made(self, status: StatusItem) -> QWidget:
        holder = QWidget()
        line = row(spacing=6)
        holder.setLayout(line)
        icon = IconView(self._theme, status.icon, size=14, tone=status.tone)
        line.addWidget(icon, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(ElidedLabel(self._theme, phrase(status.words), role="small", tone="text2"))
        return holder
