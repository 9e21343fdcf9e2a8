"""A banner: a lasting state with icon, title, one sentence and its actions, where the problem is."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import clear, column, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme

_ICONS: Final = {
    "info": "info",
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "octagon-alert",
}


class Banner(QFrame):
    """Icon, title, sentence, up to three small buttons and, if wanted, a close button."""

    acted = Signal(str)
    """The key of the action that was pressed; "close" for the close button."""

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName(name)
        self.setProperty("kind", "banner")
        self.setProperty("tone", "info")
        outer = QHBoxLayout(self)
        outer.setContentsMargins(14, 12, 12, 12)
        outer.setSpacing(16)
        self._icon = IconView(theme, "info", size=18, tone="info", box=20)
        outer.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        words = column(spacing=1)
        self._title = TextLabel(theme, role="label", wraps=True)
        self._text = TextLabel(theme, tone="text2", wraps=True)
        words.addWidget(self._title)
        words.addWidget(self._text)
        outer.addLayout(words, 1)
        self._buttons = row(spacing=8)
        outer.addLayout(self._buttons)

    def show_state(
        self,
        title: str,
        text: str,
        *,
        tone: str = "info",
        icon: str = "",
        actions: tuple[tuple[str, str], ...] = (),
        may_close: bool = False,
    ) -> None:
        """Show another state.

        Args:
            tone: info, ok, warn or bad.
            icon: Lucide name; empty: the tone's own.
            actions: Key and label of each button.
        """
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())
        self._icon.show_icon(icon or _ICONS[tone], tone=tone)
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)
        self._set_actions(actions, may_close=may_close)

    def _set_actions(self, actions: tuple[tuple[str, str], ...], *, may_close: bool) -> None:
        shown = (*actions, ("close", "")) if may_close else actions
        if shown == getattr(self, "_shown_actions", None):
            return
        self._shown_actions = shown
        clear(self._buttons)
        for key, label in shown:
            is_close = key == "close" and not label
            button = Button(
                self._theme,
                label,
                kind="ghost" if is_close else "secondary",
                icon="x" if is_close else "",
                height=SMALL,
                name=f"{self.objectName()}.{key}",
            )
            if is_close:
                button.set_hint(self.tr("Close"))
            button.clicked.connect(lambda _checked=False, key=key: self.acted.emit(key))
            self._buttons.addWidget(button)
