"""A one-line field with the sentence of its error below it."""

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme


class TextField(QLineEdit):
    """A field 36 high whose outline says what it is."""

    def __init__(
        self,
        theme: Theme,
        *,
        label: str,
        name: str,
        placeholder: str = "",
        is_mono: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFont(theme.font("code" if is_mono else "body"))
        self.setProperty("kind", "field")
        self.setProperty("focusRing", "none")
        self.setAccessibleName(label)
        self.setObjectName(name)
        self.setPlaceholderText(placeholder)
        self.setMinimumHeight(theme.px(36))

    def set_error(self, *, has_error: bool) -> None:
        """Outline the field in red, or not."""
        value = "true" if has_error else "false"
        if self.property("err") != value:
            self.setProperty("err", value)
            self.style().unpolish(self)
            self.style().polish(self)

    def show_text(self, text: str) -> None:
        """Show `text` unless a person is writing it here just now."""
        if self.text() != text and not self.hasFocus():
            self.setText(text)


class FieldNote(QWidget):
    """The line below a field: a hint in grey, or an error in red with its icon."""

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        line = row(spacing=6)
        self._icon = IconView(theme, "info", size=14, tone="text3")
        self._title = TextLabel(theme, role="small", tone="text3", wraps=True)
        self._text = TextLabel(theme, role="small", tone="text2", wraps=True)
        self._theme = theme
        line.addWidget(self._icon)
        line.addWidget(self._title, 1)
        outer.addLayout(line)
        outer.addWidget(self._text)

    def show_hint(self, text: str, *, icon: str = "info") -> None:
        """Show a hint."""
        self._fill(text, "", icon=icon, tone="text3", weight=400)

    def show_error(self, title: str, text: str = "") -> None:
        """Show what is wrong, and what to do."""
        self._fill(title, text, icon="circle-alert", tone="bad", weight=600 if text else 400)

    def _fill(self, title: str, text: str, *, icon: str, tone: str, weight: int) -> None:
        self._icon.show_icon(icon, tone=tone)
        self._title.set_tone(tone)
        self._title.setFont(self._theme.font("small", weight=weight))
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())
