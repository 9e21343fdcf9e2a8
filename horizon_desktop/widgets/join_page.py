"""JoinPage: left whom and what one joins, right the redemption form. Opens from a link; joins by no link alone."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from horizon_desktop.presentation.join import ENDS_INVITE, FormState, JoinView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.announcer import Announcer
from horizon_desktop.widgets.host_side import HostSide
from horizon_desktop.widgets.redemption_form import RedemptionForm
from horizon_desktop.widgets.scroll_area import scroll_area
from horizon_desktop.widgets.theme import Theme

LEFT_WIDTH = 449
"""Of 900; both sides grow with the window."""

_STACK_BELOW = 860


class JoinPage(QWidget):
    """A window of its own (900 x 624). The focus starts in the code field."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("join_page")
        self.announcer = Announcer(self)
        self._said: tuple[FormState, Words | None] | None = None
        self.setWindowTitle(self.tr("Join a session"))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        sides = QWidget()
        whole.addWidget(scroll_area("join.scroll", sides))
        self._theme = theme
        self._sides = outer = QBoxLayout(QBoxLayout.Direction.LeftToRight, sides)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.host_side = HostSide(theme)
        self.form = RedemptionForm(theme)
        self.form.intent.connect(self.intent)
        self.form.compare_wanted.connect(lambda: self.host_side.show_key(is_shown=True))
        outer.addWidget(self.host_side, LEFT_WIDTH)
        outer.addWidget(self.form, 900 - LEFT_WIDTH)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.form.join)

    def render(self, view: JoinView) -> None:  # type: ignore[override]
        """Show the invite and where joining stands."""
        key = view.form.words.key if view.form.words is not None else ""
        is_over = view.form.state is FormState.STOPPED and key in ENDS_INVITE
        self.host_side.render(view.preview, view.host, is_over=is_over)
        self.form.render(view.form, host=view.host.name if view.host is not None else "", link=view.link)
        self.setAccessibleDescription(self.host_side.spoken())
        said = (view.form.state, view.form.words)
        if said != self._said:
            is_waiting = view.form.state is FormState.WAITING
            (self.announcer.polite if is_waiting else self.announcer.assertive)(self.form.spoken())
        self._said = said

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_stacked = self.width() < self._theme.px(_STACK_BELOW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._sides.setDirection(down if is_stacked else across)

    def focus_main(self) -> None:
        """Put the focus into the code field."""
        self.form.code.setFocus(Qt.FocusReason.OtherFocusReason)
