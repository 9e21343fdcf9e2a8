"""The first start: the key is ready, nothing has to be filled in; three steps, and a field for who was invited."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.expiry import TimeTone
from horizon_desktop.presentation.first_run import FirstRunView
from horizon_desktop.presentation.intents import FinishFirstRun, ShowPage
from horizon_desktop.widgets.button import LARGE, Button
from horizon_desktop.widgets.card import Card, column, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.key_pictures import KeyPictures
from horizon_desktop.widgets.link_field import LinkField
from horizon_desktop.widgets.name_dialog import NameDialog
from horizon_desktop.widgets.page_head import icon_tile
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme

_SUN_FROM: Final = 960
"""Page width from which the picture of the sun has room."""
_STACK_BELOW: Final = 720


class FirstRunPage(QWidget):
    """Says who one is on this machine and what happens next."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = ""
        self.setObjectName("first_run_page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(48, 32, 48, 32)
        outer.setSpacing(0)
        outer.addWidget(self._hero())
        outer.addSpacing(20)
        self._step_row = steps = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        steps.setSpacing(16)
        for number, icon, title, text in self._steps():
            steps.addWidget(self._step(number, icon, title, text), 1)
        outer.addLayout(steps)
        outer.addSpacing(20)
        line = row(spacing=0)
        invited = IconView(theme, "log-in", size=16, tone="text2")
        invited.setFixedHeight(theme.px(36))
        line.addWidget(invited, 0, Qt.AlignmentFlag.AlignTop)
        line.addSpacing(14)
        asked = TextLabel(theme, self.tr("Were you invited?"), role="label")
        asked.setMinimumHeight(theme.px(36))
        line.addWidget(asked, 0, Qt.AlignmentFlag.AlignTop)
        line.addSpacing(16)
        self.link = LinkField(theme, name="first_run.join_link", spacing=4)
        self.link.intent.connect(self._open_link)
        line.addWidget(self.link, 1)
        outer.addLayout(line)
        outer.addStretch(1)

    def _hero(self) -> Card:
        card = Card(name="first_run.hero", padding=(36, 36, 36, 36), spacing=0)
        card.setMinimumHeight(self._theme.px(320))
        line = row(spacing=24)
        words = column(spacing=0)
        words.addStretch(1)
        words.addWidget(TextLabel(self._theme, self.tr("Your key is ready"), role="title", px=24))
        words.addSpacing(6)
        self._who = TextLabel(self._theme, tone="text2", wraps=True)
        words.addWidget(self._who)
        words.addSpacing(18)
        self._pictures = KeyPictures(self._theme, tile=(64, 64), gap=6)
        words.addWidget(self._pictures)
        words.addSpacing(22)
        buttons = row(spacing=8)
        self.new_button = Button(
            self._theme, self.tr("New session"), kind="primary", icon="plus", height=LARGE, name="first_run.new"
        )
        self.new_button.clicked.connect(self._start)
        self.name_button = Button(
            self._theme, self.tr("Change name"), kind="ghost", height=LARGE, name="first_run.name"
        )
        self.name_button.clicked.connect(self._ask_name)
        buttons.addWidget(self.new_button)
        buttons.addWidget(self.name_button, 0, Qt.AlignmentFlag.AlignVCenter)
        buttons.addStretch(1)
        words.addLayout(buttons)
        words.addStretch(1)
        line.addLayout(words, 1)
        self._sun = SessionSun(self._theme, size=256)
        self._sun.show_place(378, tone=TimeTone.OK)
        line.addWidget(self._sun, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addSpacing(10)
        card.column.addLayout(line)
        return card

    def _steps(self) -> tuple[tuple[str, str, str, str], ...]:
        return (
            (
                "1",
                "sliders-horizontal",
                self.tr("Choose what to share"),
                self.tr("Text files or a folder. You see what the guest will see."),
            ),
            (
                "2",
                "send",
                self.tr("Send link and code apart"),
                self.tr("The link by mail, the code by voice. Neither works alone."),
            ),
            (
                "3",
                "sunset",
                self.tr("It ends by itself"),
                self.tr("At sunset access is revoked and keys are discarded."),
            ),
        )

    def _step(self, number: str, icon: str, title: str, text: str) -> Card:
        card = Card(name=f"first_run.step{number}", padding=(18, 16, 18, 20), spacing=0)
        card.setMinimumHeight(self._theme.px(148))
        line = row(spacing=0)
        line.addWidget(icon_tile(self._theme, icon))
        line.addStretch(1)
        line.addWidget(TextLabel(self._theme, number, role="subtitle", tone="text3"))
        card.column.addLayout(line)
        card.column.addSpacing(12)
        card.column.addWidget(TextLabel(self._theme, title, role="subtitle"))
        card.column.addSpacing(2)
        card.column.addWidget(TextLabel(self._theme, text, tone="text2", wraps=True))
        card.column.addStretch(1)
        return card

    def render(self, view: FirstRunView) -> None:  # type: ignore[override]
        """Show name and key pictures; until they were read there is no name to say or to change."""
        self._name = view.name
        self.name_button.setEnabled(bool(view.name))
        words = self.tr(
            "You are {name} on this machine. No account, no server to set up. "
            "Guests recognise you by these seven pictures."
        )
        self._who.setText(words.replace("{name}", view.name) if view.name else "")
        self._pictures.render(view.pictures)
        self.link.show_problem(view.link_problem)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._sun.setVisible(self.width() >= self._theme.px(_SUN_FROM))
        is_stacked = self.width() < self._theme.px(_STACK_BELOW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._step_row.setDirection(down if is_stacked else across)

    def focus_main(self) -> None:
        """Put the focus where work starts."""
        self.new_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_name(self) -> None:
        dialog = NameDialog(self._theme, self._name, self.window())
        dialog.intent.connect(self.intent)
        dialog.open()

    def _start(self) -> None:
        self.intent.emit(FinishFirstRun(name=self._name))
        self.intent.emit(ShowPage(page="new_session"))

    def _open_link(self, intent: object) -> None:
        self.intent.emit(FinishFirstRun(name=self._name))
        self.intent.emit(intent)
