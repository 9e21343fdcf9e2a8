"""The right side of JoinPage while the host is asked: the two minutes running, and pictures to compare."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from horizon_desktop.presentation.expiry import time_view
from horizon_desktop.presentation.intents import CancelJoin
from horizon_desktop.presentation.join import FormView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.button import LARGE, Button
from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.key_pictures import KeyPictures
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.texts import text, title
from horizon_desktop.widgets.theme import Theme

_ANSWER_S = 120


class WaitingForm(QWidget):
    """Waiting to be let in."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("join.waiting")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._title = TextLabel(theme, role="title", wraps=True)
        self._text = TextLabel(theme, tone="text2", wraps=True)
        outer.addWidget(self._title)
        outer.addSpacing(6)
        outer.addWidget(self._text)
        outer.addStretch(1)
        self._sun = SessionSun(theme, size=132)
        self._digits = TextLabel(theme, role="countdown")
        for widget in (self._sun, self._digits):
            outer.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)
        outer.addWidget(self._proof_side(theme))
        outer.addSpacing(20)
        self.cancel_button = Button(theme, self.tr("Cancel"), height=LARGE, name="join.cancel")
        self.cancel_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.cancel_button.clicked.connect(lambda: self.intent.emit(CancelJoin()))
        outer.addWidget(self.cancel_button)
        outer.addSpacing(9)
        note = TextLabel(theme, self.tr("Your code stays valid."), role="small", tone="text3")
        note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        outer.addWidget(note)

    def _proof_side(self, theme: Theme) -> QWidget:
        self._proof = QWidget()
        proof = QVBoxLayout(self._proof)
        proof.setContentsMargins(0, 0, 0, 0)
        proof.setSpacing(8)
        line = row(spacing=8)
        line.addWidget(IconView(theme, "fingerprint", size=16, tone="text2"), 0, Qt.AlignmentFlag.AlignTop)
        words = self.tr("Both screens show these pictures. Compare them if you're unsure.")
        line.addWidget(TextLabel(theme, words, role="small", tone="text2", wraps=True), 1)
        proof.addLayout(line)
        self._pictures = KeyPictures(theme, tile=(50, 50), gap=4)
        proof.addWidget(self._pictures)
        return self._proof

    def render(self, form: FormView) -> None:  # type: ignore[override]
        """Show how long the question still stands."""
        words = form.words or Words("join.waiting", {"host": ""})
        self._title.setText(title(words))
        self._text.setText(text(words))
        time = time_view(form.seconds_left, _ANSWER_S)
        self._sun.render_time(time)
        self._digits.setText(time.text)
        self._proof.setVisible(bool(form.pictures))
        if form.pictures:
            self._pictures.render(form.pictures)
        self.setAccessibleName(title(words))
