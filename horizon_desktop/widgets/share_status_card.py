"""The right card of Share: how long the invite works, what is done, tries left, and the host's own key pictures."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from horizon_desktop.presentation.share import InviteState, ShareView
from horizon_desktop.widgets.card import Card, hair_line, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.key_pictures import KeyPictures
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme

_CENTRE: Final = Qt.AlignmentFlag.AlignHCenter


class ShareStatusCard(Card):
    """Waiting for your guest."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name="share.status", padding=(20, 16, 18, 18), spacing=0, parent=parent)
        self._theme = theme
        self._title = TextLabel(theme, role="subtitle")
        self._line = TextLabel(theme, tone="text2", wraps=True)
        self.column.addWidget(self._title)
        self.column.addSpacing(2)
        self.column.addWidget(self._line)
        self.column.addSpacing(30)
        self._add_time()
        self._rule(before=16)
        self._add_steps()
        self.column.addStretch(1)
        self._rule(before=16)
        self._add_pictures()

    def _rule(self, *, before: int) -> None:
        self.column.addSpacing(before)
        self.column.addWidget(hair_line())
        self.column.addSpacing(12)

    def _add_time(self) -> None:
        theme = self._theme
        self._sun = SessionSun(theme, size=132)
        self.column.addWidget(self._sun, 0, _CENTRE)
        self.column.addSpacing(4)
        self._digits = TextLabel(theme, role="countdown")
        self._until = TextLabel(theme, role="small", tone="text2", wraps=True)
        for label in (self._digits, self._until):
            label.setAlignment(_CENTRE)
            self.column.addWidget(label)

    def _add_steps(self) -> None:
        theme = self._theme
        self._steps: list[tuple[IconView, TextLabel]] = []
        for _ in range(4):
            line = row(spacing=10)
            icon = IconView(theme, "circle-dashed", size=16, tone="text3")
            text = TextLabel(theme)
            text.setMinimumHeight(theme.px(24))
            line.addWidget(icon)
            line.addWidget(text, 1)
            self._steps.append((icon, text))
            self.column.addLayout(line)

    def _add_pictures(self) -> None:
        theme = self._theme
        line = row(spacing=8)
        line.addWidget(IconView(theme, "fingerprint", size=16, tone="text2"))
        line.addWidget(TextLabel(theme, self.tr("Your key, as the guest sees it"), role="small", tone="text2"), 1)
        self.column.addLayout(line)
        self.column.addSpacing(8)
        self._pictures = KeyPictures(theme, tile=(68, 68), gap=8, columns=4)
        self.column.addWidget(self._pictures)

    def render(self, view: ShareView) -> None:  # type: ignore[override]
        """Show where the invite stands."""
        is_open = view.state is InviteState.OPEN
        self._title.setText(self._headline(view))
        waits = self.tr("Keep Horizon running. We'll notify you.")
        self._line.setText(waits if is_open else self.tr("Nobody else can use this invite now."))
        self._sun.render_time(view.time)
        self._digits.setText(view.time.text)
        is_session = view.ends_with_session
        until = self.tr("to use this invite, it ends with the session") if is_session else self.tr("to use this invite")
        self._until.setText(until)
        for (icon, label), (is_done, text) in zip(self._steps, self._lines(view), strict=True):
            icon.show_icon("circle-check" if is_done else "circle-dashed", tone="ok" if is_done else "text3")
            label.set_tone("text" if is_done else "text2")
            label.setText(text)
        self._pictures.render(view.pictures)

    def _headline(self, view: ShareView) -> str:
        if view.knock is not None:
            return self.tr("Somebody wants to join")
        if view.state is InviteState.OPEN:
            return self.tr("Waiting for your guest") if view.places_taken == 0 else self.tr("Waiting for more guests")
        return self.tr("This invite is closed")

    def _lines(self, view: ShareView) -> tuple[tuple[bool, str], ...]:
        created = self.tr("Invite {name} created").replace("{name}", view.name)
        is_copied = view.link_copied_s >= 0
        copied = self.tr("Link copied") if is_copied else self.tr("Link not copied yet")
        return (
            (True, created),
            (is_copied, copied),
            (view.places_taken > 0, self._code_line(view)),
            (view.places_taken >= view.places, self._let_in_line(view)),
        )

    def _code_line(self, view: ShareView) -> str:
        if view.places_taken:
            return self.tr("Code used")
        tries = self.tr("1 try left") if view.tries_left == 1 else self.tr("{n} tries left")
        left = tries.replace("{n}", str(view.tries_left))
        return self.tr("Code not used yet") + f" \u00b7 {left}"

    def _let_in_line(self, view: ShareView) -> str:
        if view.places_taken:
            text = self.tr("{taken} of {places} places taken")
            return text.replace("{taken}", str(view.places_taken)).replace("{places}", str(view.places))
        return self.tr("You approve the guest") if view.is_approval_asked else self.tr("Guest joins with the code")
