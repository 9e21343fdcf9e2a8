"""A scroll area without a frame whose content is as wide as it is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def scroll_area(name: str, content: QWidget) -> QScrollArea:
    """Return a scroll area around `content`; what is behind it shows through."""
    area = QScrollArea()
    area.setObjectName(name)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    content.setProperty("surface", "clear")
    area.setWidget(content)
    return area
