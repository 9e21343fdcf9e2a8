"""InviteLinkShare: the page Share. The link one way, the code another way, then letting in."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import (
    CancelInvite,
    CopyCode,
    CopyLink,
    HideCode,
    InviteMore,
    ResumeInvite,
    SaveQr,
    ShowLinkForm,
    ShowPage,
    WriteMail,
)
from horizon_desktop.presentation.share import COPIED_HOLD_S, InviteState, ShareView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.announcer import Announcer
from horizon_desktop.widgets.approval_card import ApprovalCard
from horizon_desktop.widgets.banner import Banner
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import Card, column, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.code_plate import CodePlate
from horizon_desktop.widgets.page_head import UNBOUNDED, page_head
from horizon_desktop.widgets.qr_view import QrView
from horizon_desktop.widgets.segmented import TINTED, Segmented
from horizon_desktop.widgets.share_status_card import ShareStatusCard
from horizon_desktop.widgets.step_head import StepDisc
from horizon_desktop.widgets.text_field import TextField
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import text, title
from horizon_desktop.widgets.theme import Theme

_SECONDS_SAID: Final = 60
_STACK_BELOW: Final = 1000
"""Page width under which the two columns stand one below the other."""


class InviteLinkShare(QWidget):
    """Three steps left, where the invite stands right."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: ShareView | None = None
        self.setObjectName("share_page")
        self.announcer = Announcer(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 22, 24, 20)
        outer.setSpacing(0)
        outer.addLayout(self._head())
        outer.addSpacing(18)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(20)
        self._columns.addLayout(self._left(), 1)
        self.status = ShareStatusCard(theme)
        self.status.setFixedWidth(theme.px(336))
        self._columns.addWidget(self.status)
        outer.addLayout(self._columns, 1)
        self._add_shortcuts()

    # --- making ---

    def _left(self) -> QVBoxLayout:
        left = column(spacing=14)
        self._banner = Banner(self._theme, name="share.state")
        self._banner.acted.connect(self._act_on_banner)
        self._banner.hide()
        left.addWidget(self._banner)
        left.addWidget(self._link_step())
        left.addWidget(self._code_step())
        self._third = self._let_in_step()
        left.addWidget(self._third)
        self.approval = ApprovalCard(self._theme, kind="card")
        self.approval.intent.connect(self.intent)
        self.approval.hide()
        left.addWidget(self.approval)
        left.addStretch(1)
        return left

    def _add_shortcuts(self) -> None:
        for keys, button in (
            ("Ctrl+Shift+L", self.copy_link_button),
            ("Ctrl+Shift+K", self.copy_code_button),
            ("Ctrl+Return", self.open_button),
            ("Ctrl+Enter", self.open_button),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(button.click)

    def _head(self) -> QHBoxLayout:
        head = row(spacing=8)
        self._title = ElidedLabel(self._theme, role="title")
        self._line = ElidedLabel(self._theme, tone="text2")
        head.addLayout(page_head(self._title, self._line), 1)
        self.cancel_button = Button(self._theme, self.tr("Cancel invite"), kind="danger", name="share.cancel")
        self.open_button = Button(
            self._theme, self.tr("Open session"), kind="primary", icon="arrow-right", name="share.open"
        )
        self.cancel_button.clicked.connect(self._cancel)
        self.open_button.clicked.connect(self._open)
        head.addWidget(self.cancel_button)
        head.addWidget(self.open_button)
        return head

    def _step(self, disc: StepDisc, title: str, *right: QWidget) -> Card:
        card = Card(padding=(20, 18, 20, 18), spacing=0)
        line = row(spacing=10)
        line.addWidget(disc)
        line.addWidget(TextLabel(self._theme, title, role="subtitle"), 1)
        for widget in right:
            line.addWidget(widget)
        card.column.addLayout(line)
        return card

    def _link_step(self) -> Card:
        self._link_disc = StepDisc(self._theme, 1)
        self._copied = Chip(self._theme, "", tone="ok", icon="check")
        self._copied.hide()
        card = self._step(self._link_disc, self.tr("Send the link"), self._copied)
        card.column.addSpacing(12)
        line = row(spacing=20)
        self.qr = QrView(self._theme, size=176)
        line.addWidget(self.qr, 0, Qt.AlignmentFlag.AlignTop)
        words = column(spacing=0)
        text = self.tr("By mail, chat or a QR scan. The link alone opens nothing.")
        words.addWidget(TextLabel(self._theme, text, tone="text2", wraps=True))
        words.addSpacing(12)
        forms = row(spacing=10)
        self.forms = Segmented(
            self._theme,
            [(True, self.tr("Web link"), TINTED), (False, self.tr("App link"), TINTED)],
            label=self.tr("Form of the link"),
            name="share.form",
        )
        self.forms.chosen.connect(lambda is_web: self.intent.emit(ShowLinkForm(is_web=bool(is_web))))
        forms.addWidget(self.forms)
        self._form_note = TextLabel(self._theme, role="small", tone="text2")
        forms.addWidget(self._form_note, 1)
        words.addLayout(forms)
        words.addSpacing(10)
        self.link_field = TextField(self._theme, label=self.tr("Invite link"), name="share.link", is_mono=True)
        self.link_field.setReadOnly(True)
        words.addWidget(self.link_field)
        words.addSpacing(10)
        words.addLayout(self._link_buttons())
        words.addStretch(1)
        line.addLayout(words, 1)
        card.column.addLayout(line)
        return card

    def _link_buttons(self) -> QLayout:
        buttons = row(spacing=4)
        self.copy_link_button = Button(self._theme, self.tr("Copy link"), icon="copy", name="share.copy_link")
        self.copy_link_button.clicked.connect(lambda: self.intent.emit(CopyLink()))
        save = Button(
            self._theme, self.tr("Save QR"), kind="ghost", icon="download", height=SMALL, name="share.save_qr"
        )
        save.clicked.connect(lambda: self.intent.emit(SaveQr()))
        mail = Button(self._theme, self.tr("Write a mail"), kind="ghost", icon="mail", height=SMALL, name="share.mail")
        mail.clicked.connect(lambda: self.intent.emit(WriteMail()))
        buttons.addWidget(self.copy_link_button)
        buttons.addSpacing(4)
        buttons.addWidget(save)
        buttons.addWidget(mail)
        buttons.addStretch(1)
        return buttons

    def _code_step(self) -> Card:
        self._code_disc = StepDisc(self._theme, 2)
        self.hide_button = Button(
            self._theme, self.tr("Hide"), kind="ghost", icon="eye-off", height=SMALL, name="share.hide_code"
        )
        self.hide_button.clicked.connect(self._toggle_code)
        card = self._step(self._code_disc, self.tr("Tell them the code another way"), self.hide_button)
        card.column.addSpacing(10)
        self.plate = CodePlate(self._theme)
        card.column.addWidget(self.plate)
        card.column.addSpacing(12)
        line = row(spacing=12)
        text = self.tr("A call or a different chat. Whoever has both can join as your guest.")
        line.addWidget(TextLabel(self._theme, text, tone="text2", wraps=True), 1)
        self.copy_code_button = Button(self._theme, self.tr("Copy code"), icon="copy", name="share.copy_code")
        self.copy_code_button.clicked.connect(lambda: self.intent.emit(CopyCode()))
        line.addWidget(self.copy_code_button)
        card.column.addLayout(line)
        return card

    def _let_in_step(self) -> Card:
        card = Card(padding=(20, 16, 20, 16), spacing=0)
        line = row(spacing=10)
        line.addWidget(StepDisc(self._theme, 3))
        words = column(spacing=1)
        words.addWidget(TextLabel(self._theme, self.tr("Let them in"), role="subtitle"))
        self._third_text = TextLabel(self._theme, tone="text2", wraps=True)
        words.addWidget(self._third_text)
        line.addLayout(words, 1)
        card.column.addLayout(line)
        return card

    # --- showing ---

    def render(self, view: ShareView) -> None:  # type: ignore[override]
        """Show the invite as it stands."""
        before, self._view = self._view, view
        self._announce(before, view)
        self._title.setText(self.tr("Invite for {title}").replace("{title}", view.title))
        self._line.setText(self._summary(view))
        self._show_link(view)
        self._show_code(view)
        asks = self.tr("When the code is entered, their name, device and key show up here. You approve or decline.")
        enters = self.tr("Whoever enters the right code is in at once.")
        self._third_text.setText(asks if view.is_approval_asked else enters)
        self._third.setVisible(view.knock is None)
        self.approval.setVisible(view.knock is not None)
        if view.knock is not None:
            self.approval.render(view.knock)
        self._show_state(view)
        self.status.render(view)

    def _announce(self, before: ShareView | None, view: ShareView) -> None:
        if before is None:
            return
        for seconds, earlier, key in (
            (view.link_copied_s, before.link_copied_s, "clip.copied"),
            (view.code_copied_s, before.code_copied_s, "clip.copied.code"),
        ):
            if seconds >= 0 and (earlier < 0 or seconds < earlier):
                words = Words(key)
                self.announcer.polite(f"{title(words)}. {text(words)}")
        if view.knock is not None and (before.knock is None or before.knock.peer_id != view.knock.peer_id):
            self.announcer.assertive(self.approval.spoken_of(view.knock))

    def _summary(self, view: ShareView) -> str:
        kind = self.tr("Review") if view.session_type == "review" else self.tr("Pair editing")
        if view.minutes % 60 == 0:
            hours = view.minutes // 60
            length = self.tr("1 hour") if hours == 1 else self.tr("{n} hours").replace("{n}", str(hours))
        else:
            length = self.tr("{n} minutes").replace("{n}", str(view.minutes))
        guests = self.tr("1 guest at most") if view.places == 1 else self.tr("{n} guests at most")
        text = self.tr("{type} for {length}").replace("{length}", length).replace("{type}", kind)
        return f"{text} \u00b7 {guests.replace('{n}', str(view.places))}"

    def _show_link(self, view: ShareView) -> None:
        self.qr.show_text(view.app_link, label=self.tr("QR code of the app link"))
        self.forms.set_value(view.is_web)
        self.forms.setVisible(view.has_web)
        note = self.tr("Works on this network") if view.is_lan_only else self.tr("The QR code holds the app link")
        self._form_note.setText(note)
        if self.link_field.text() != view.link:
            self.link_field.setText(view.link)
            self.link_field.setCursorPosition(0)
        is_done = view.link_copied_s >= 0
        self._link_disc.set_state("done" if is_done else "now")
        self._copied.setVisible(is_done)
        if is_done:
            ago = self.tr("Copied {n} s ago").replace("{n}", str(view.link_copied_s))
            self._copied.set_chip(
                ago if 0 < view.link_copied_s < _SECONDS_SAID else self.tr("Copied"), tone="ok", icon="check"
            )
        just = 0 <= view.link_copied_s < COPIED_HOLD_S
        self.copy_link_button.set_text(self.tr("Copied") if just else self.tr("Copy link"))
        self.copy_link_button.set_icon("check" if just else "copy")
        self.copy_link_button.set_kind("done" if just else "secondary")

    def _show_code(self, view: ShareView) -> None:
        self.plate.show_code(view.groups, is_hidden=view.is_code_hidden)
        self.hide_button.set_text(self.tr("Show") if view.is_code_hidden else self.tr("Hide"))
        self.hide_button.setAccessibleName(self.tr("Show code") if view.is_code_hidden else self.tr("Hide code"))
        self.hide_button.set_icon("eye" if view.is_code_hidden else "eye-off")
        is_done = view.code_copied_s >= 0
        is_now = view.link_copied_s >= 0
        self._code_disc.set_state("done" if is_done else ("now" if is_now else "later"))
        just = 0 <= view.code_copied_s < COPIED_HOLD_S
        self.copy_code_button.set_text(self.tr("Copied") if just else self.tr("Copy code"))
        self.copy_code_button.set_icon("check" if just else "copy")
        self.copy_code_button.set_kind("done" if just else "secondary")

    def _show_state(self, view: ShareView) -> None:
        shown = self._states().get(view.state)
        self._banner.setVisible(shown is not None)
        self.cancel_button.setVisible(view.state in (InviteState.OPEN, InviteState.PAUSED))
        if shown is not None:
            heading, line, tone, action = shown
            self._banner.show_state(heading, line, tone=tone, actions=(action,))

    def _states(self) -> dict[InviteState, tuple[str, str, str, tuple[str, str]]]:
        again = ("again", self.tr("Invite again"))
        return {
            InviteState.PAUSED: (
                self.tr("The invite is paused"),
                self.tr("Three people were not let in, one after another. Link and code still work when you go on."),
                "warn",
                ("resume", self.tr("Go on")),
            ),
            InviteState.BURNED: (
                self.tr("Locked after 5 wrong codes"),
                self.tr("Nobody can use it now, not even with the right code."),
                "bad",
                again,
            ),
            InviteState.EXPIRED: (
                self.tr("This invite has expired"),
                self.tr("Link and code no longer work."),
                "info",
                again,
            ),
            InviteState.CANCELLED: (
                self.tr("You took this invite back"),
                self.tr("Link and code no longer work."),
                "info",
                again,
            ),
            InviteState.FULL: (
                self.tr("All places are taken"),
                self.tr("Everybody you invited is in. Another guest needs another invite."),
                "ok",
                again,
            ),
        }

    # --- doing ---

    def _toggle_code(self) -> None:
        if self._view is not None:
            self.intent.emit(HideCode(is_hidden=not self._view.is_code_hidden))

    def _cancel(self) -> None:
        if self._view is not None:
            self.intent.emit(CancelInvite(session_id=self._view.session_id, name=self._view.name))

    def _open(self) -> None:
        if self._view is not None:
            self.intent.emit(ShowPage(page="workspace", session_id=self._view.session_id))

    def _act_on_banner(self, key: str) -> None:
        if self._view is None:
            return
        if key == "resume":
            self.intent.emit(ResumeInvite(session_id=self._view.session_id, name=self._view.name))
        else:
            self.intent.emit(InviteMore(session_id=self._view.session_id))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_stacked = self.width() < self._theme.px(_STACK_BELOW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(down if is_stacked else across)
        self.status.setMinimumWidth(0 if is_stacked else self._theme.px(336))
        self.status.setMaximumWidth(UNBOUNDED if is_stacked else self._theme.px(336))

    def focus_main(self) -> None:
        """Put the focus where work starts."""
        self.copy_link_button.setFocus(Qt.FocusReason.OtherFocusReason)
