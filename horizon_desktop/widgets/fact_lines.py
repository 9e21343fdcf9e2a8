"""Short facts below one another, each with its icon: what is safe, what is not."""

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme


class FactLines(QWidget):
    """A column of icon and sentence."""

    def __init__(self, theme: Theme, *, spacing: int = 5, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: tuple[tuple[str, str, str], ...] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(spacing)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_facts(self, facts: tuple[tuple[str, str, str], ...]) -> None:
        """Show these facts: icon, tone and sentence of each."""
        if facts == self._facts:
            return
        self._facts = facts
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for icon, tone, text in facts:
            line = QWidget()
            inside = row(spacing=8)
            line.setLayout(inside)
            inside.addWidget(IconView(self._theme, icon, size=14, tone=tone))
            inside.addWidget(TextLabel(self._theme, text, role="small", tone="text2", px=12, wraps=True), 1)
            self._column.addWidget(line)
