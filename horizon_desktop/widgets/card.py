"""Surfaces: card, well, popover, and the hair lines between things."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget


class Card(QFrame):
    """A surface with a column inside. `kind`: card (line, no shadow), well (sunken) or popover."""

    def __init__(
        self,
        *,
        kind: str = "card",
        padding: tuple[int, int, int, int] = (20, 20, 20, 20),
        spacing: int = 8,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty card.

        Args:
            padding: Left, top, right, bottom, in pixels.
        """
        super().__init__(parent)
        self.setProperty("kind", kind)
        self.setObjectName(name)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*padding)
        self.column.setSpacing(spacing)


def hair_line(parent: QWidget | None = None) -> QFrame:
    """Return a separator one pixel high."""
    line = QFrame(parent)
    line.setProperty("kind", "line")
    line.setFixedHeight(1)
    return line


def upright_line(height: int, parent: QWidget | None = None) -> QFrame:
    """Return a separator one pixel wide."""
    line = QFrame(parent)
    line.setProperty("kind", "upright")
    line.setFixedSize(1, height)
    return line


def row(*, spacing: int = 8) -> QHBoxLayout:
    """Return an empty row without margins."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout


def column(*, spacing: int = 0) -> QVBoxLayout:
    """Return an empty column without margins."""
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout and let it go; nobody finds it any more."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
