"""Key pictures: seven of 64 pictures, each with its word, for people to read out and compare."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from horizon_desktop.widgets.card import Card, clear
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme

_ICON: Final = 22
_SMALL: Final = 56
"""Tiles below this width have words of 10 pixels."""


class KeyPictures(QWidget):
    """Tiles with picture and word, in one row or in rows of `columns`."""

    def __init__(
        self,
        theme: Theme,
        *,
        tile: tuple[int, int] = (50, 50),
        gap: int = 5,
        columns: int = 7,
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty row.

        Args:
            tile: Width and height of one tile in pixels before text scaling.
            columns: Tiles in one row.
        """
        super().__init__(parent)
        self._theme = theme
        self._tile = tile
        self._columns = columns
        self._shown: tuple[int, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(gap)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def render(self, pictures: tuple[int, ...]) -> None:  # type: ignore[override]
        """Show the pictures with these numbers, 0 to 63."""
        if pictures == self._shown:
            return
        self._shown = pictures
        clear(self._grid)
        table = self._theme.pictures
        for place, number in enumerate(pictures):
            icon, word = table[number]
            self._grid.addWidget(self._made(icon, word), place // self._columns, place % self._columns)
        self.setAccessibleName(", ".join(table[number][1] for number in pictures))

    def _made(self, icon: str, word: str) -> QWidget:
        tile = QWidget(self)
        card = _Tile(self._theme, self._tile, tile)
        card.column.addWidget(IconView(self._theme, icon, size=_ICON, tone="text"), 0, _CENTRE)
        card.column.addStretch(1)
        label = TextLabel(self._theme, word, role="caption", tone="text2", px=10 if self._tile[0] < _SMALL else 0)
        label.setAlignment(_CENTRE)
        card.column.addWidget(label, 0, _CENTRE)
        column = QVBoxLayout(tile)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        tile.setAccessibleName(word)
        return tile


_CENTRE: Final = Qt.AlignmentFlag.AlignHCenter


class _Tile(Card):
    def __init__(self, theme: Theme, size: tuple[int, int], parent: QWidget) -> None:
        top = theme.px(round(size[1] * 0.36)) - theme.px(_ICON) // 2
        super().__init__(kind="tile", padding=(0, top, 0, 5), spacing=0, parent=parent)
        self.setMinimumWidth(theme.px(size[0]))
        self.setFixedHeight(theme.px(size[1]))


class PictureStrip(QWidget):
    """The first pictures of a key as small icons (the side bar's profile box)."""

    def __init__(self, theme: Theme, *, count: int = 5, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = count
        self._shown: tuple[int, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def render(self, pictures: tuple[int, ...]) -> None:  # type: ignore[override]
        """Show the first of these pictures."""
        if pictures == self._shown:
            return
        self._shown = pictures
        clear(self._row)
        table = self._theme.pictures
        for number in pictures[: self._count]:
            self._row.addWidget(IconView(self._theme, table[number][0], size=12, tone="text2"))
        self.setAccessibleName(", ".join(table[number][1] for number in pictures))
