"""Text on the screen: always plain, in a role of the type scale and a tone of the palette."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import plain_tooltip

TABULAR: Final = QFont.Tag("tnum")


class TextLabel(QLabel):
    """A label that shows its text letter by letter and, if asked, in more than one line."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        role: str = "body",
        tone: str = "text",
        weight: int = 0,
        px: int = 0,
        wraps: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(role, weight=weight, px=px))
        self.setWordWrap(wraps)
        self.setProperty("tone", tone)
        if wraps:
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        """Show a text; its figures are tabular, unless a hyphen in it would be spread like a figure."""
        font = QFont(self.font())
        wanted = 0 if "-" in text else 1
        if font.featureValue(TABULAR) != wanted:
            font.setFeature(TABULAR, wanted)
            self.setFont(font)
        super().setText(text)

    def set_tone(self, tone: str) -> None:
        """Colour the text by another tone."""
        if self.property("tone") != tone:
            font = QFont(self.font())
            self.setProperty("tone", tone)
            self.style().unpolish(self)  # puts back the font from before the last polish
            self.style().polish(self)
            self.setFont(font)


class ElidedLabel(TextLabel):
    """One line that ends with an ellipsis where there is no room; the whole text is in its tooltip."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        role: str = "body",
        tone: str = "text",
        weight: int = 0,
        px: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        self._whole = ""
        super().__init__(theme, role=role, tone=tone, weight=weight, px=px, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        self._whole = text
        self.setAccessibleName(text)
        super().setText(text)
        self._fit()
        self.updateGeometry()

    def whole_text(self) -> str:
        """Return the text before it was shortened."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("\u2026") * 3, self.sizeHint().height())

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._whole) + 2, metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        mode = Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self._whole, mode, max(1, self.width()))
        QLabel.setText(self, shown)
        self.setToolTip(plain_tooltip(self._whole) if shown != self._whole else "")
