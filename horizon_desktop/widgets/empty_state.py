"""An empty or error state: a disc with an icon, a title, a sentence, and what to do next."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import clear, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme

_FILLS: Final = {
    "neutral": ("sunken", "text2"),
    "info": ("info_soft", "info"),
    "ok": ("ok_soft", "ok"),
    "warn": ("warn_soft", "warn"),
    "bad": ("bad_soft", "bad"),
}
_CENTRE: Final = Qt.AlignmentFlag.AlignHCenter


class EmptyState(QWidget):
    """What stands where content would be. At most two actions."""

    acted = Signal(str)
    """The key of the action that was pressed."""

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(4)
        column.addStretch(1)
        self._disc = IconView(theme, "info", size=24, tone="info", box=56, radius=28, fill="sunken")
        column.addWidget(self._disc, 0, _CENTRE)
        column.addSpacing(12)
        self._title = TextLabel(theme, role="subtitle", wraps=True)
        self._title.setAlignment(_CENTRE)
        self._text = TextLabel(theme, tone="text2", wraps=True)
        self._text.setAlignment(_CENTRE)
        self._text.setMaximumWidth(theme.px(340))
        column.addWidget(self._title)
        line = row(spacing=0)
        line.addStretch(1)
        line.addWidget(self._text, 100)
        line.addStretch(1)
        column.addLayout(line)
        column.addSpacing(12)
        self._buttons = row(spacing=8)
        column.addLayout(self._buttons)
        column.addStretch(1)
        self._actions: tuple[tuple[str, str, str, str], ...] | None = None

    def show_state(
        self,
        icon: str,
        title: str,
        text: str,
        *,
        tone: str = "neutral",
        actions: tuple[tuple[str, str, str, str], ...] = (),
    ) -> None:
        """Show a state.

        Args:
            tone: neutral, info, ok, warn or bad.
            actions: Key, label, kind and icon of each button.
        """
        fill, ink = _FILLS[tone]
        self._disc.show_icon(icon, tone=ink, fill=fill)
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(f"{title}. {text}")
        if actions == self._actions:
            return
        self._actions = actions
        clear(self._buttons)
        self._buttons.addStretch(1)
        for key, label, kind, picture in actions:
            button = Button(self._theme, label, kind=kind, icon=picture, name=f"{self.objectName()}.{key}")
            button.clicked.connect(lambda _checked=False, key=key: self.acted.emit(key))
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
