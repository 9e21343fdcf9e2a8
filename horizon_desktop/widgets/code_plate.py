"""The invite code in large letters with its spelling words below, or hidden."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from horizon_desktop.presentation.share import spelled
from horizon_desktop.widgets.card import Card
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme

_HIDDEN = "\u2022\u2022\u2022\u2022"


class CodePlate(Card):
    """Two groups of four."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(kind="well", padding=(12, 16, 12, 12), spacing=3, name="share.code", parent=parent)
        self._code = TextLabel(theme, role="code_xl")
        self._spelled = TextLabel(theme, role="small", tone="text2", wraps=True)
        self._spelled.setMinimumHeight(theme.px(16))
        for label in (self._code, self._spelled):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.column.addWidget(label)
        self.setMinimumHeight(theme.px(92))

    def show_code(self, groups: tuple[str, str], *, is_hidden: bool) -> None:
        """Show the code, or dots in its place."""
        first, second = (_HIDDEN, _HIDDEN) if is_hidden else groups
        self._code.setText(f"{first} \u2013 {second}")
        spelling = spelled("-".join(groups))
        self._spelled.setText(self.tr("Hidden") if is_hidden else spelling)
        name = self.tr("Code hidden") if is_hidden else self.tr("Code: {code}").replace("{code}", spelling)
        self._code.setAccessibleName(name)
