"""AccessSummary: the access list that host and guest read alike, check marks first, crosses after."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from horizon_desktop.presentation.access_lines import AccessRow
from horizon_desktop.widgets.card import clear, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.theme import Theme


class AccessSummary(QWidget):
    """One line for each thing that is open or stays closed."""

    def __init__(self, theme: Theme, *, line: int = 25, gap: int = 8, parent: QWidget | None = None) -> None:
        """Make an empty list.

        Args:
            line: Height of one line in pixels before text scaling.
            gap: Between icon and text.
        """
        super().__init__(parent)
        self._theme = theme
        self._line = line
        self._gap = gap
        self._shown: tuple[AccessRow, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def render(self, rows: tuple[AccessRow, ...]) -> None:  # type: ignore[override]
        """Show the list."""
        if rows == self._shown:
            return
        self._shown = rows
        clear(self._column)
        for access in rows:
            self._column.addWidget(self._made(access))
        self.setAccessibleName(". ".join(self.spoken_lines()))

    def spoken_lines(self) -> list[str]:
        """Return the lines as a screen reader says them."""
        return [
            phrase(access.words)
            if access.is_open
            else self.tr("Closed: {text}").replace("{text}", phrase(access.words))
            for access in self._shown
        ]

    def _made(self, access: AccessRow) -> QWidget:
        holder = QWidget()
        holder.setMinimumHeight(self._theme.px(self._line))
        line = row(spacing=self._gap)
        holder.setLayout(line)
        icon, tone = ("check", "ok") if access.is_open else ("x", "text3")
        line.addWidget(IconView(self._theme, icon, size=14, tone=tone, box=16), 0, Qt.AlignmentFlag.AlignVCenter)
        text = TextLabel(self._theme, phrase(access.words), tone="text" if access.is_open else "text2", wraps=True)
        line.addWidget(text, 1)
        return holder
