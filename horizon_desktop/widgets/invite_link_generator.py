"""InviteLinkGenerator: the page New session. Choices left, and right what the guest will read of them."""

from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import (
    AddFiles,
    Back,
    ChooseMinutes,
    ChooseSessionType,
    CreateInvite,
    SetTitle,
)
from horizon_desktop.presentation.new_session import (
    MAX_MINUTES,
    MIN_MINUTES,
    OFFERED_MINUTES,
    NewSessionView,
)
from horizon_desktop.presentation.plain_text import TITLE_LENGTH
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import column, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.invite_summary_card import InviteSummaryCard
from horizon_desktop.widgets.limits_dialog import LimitsDialog
from horizon_desktop.widgets.page_head import STACK_BELOW, UNBOUNDED, page_head
from horizon_desktop.widgets.permission_rows import PermissionRows
from horizon_desktop.widgets.scroll_area import scroll_area
from horizon_desktop.widgets.segmented import TINTED, Segmented, keep_one_tab_stop
from horizon_desktop.widgets.share_from import ShareFrom
from horizon_desktop.widgets.text_field import TextField
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.type_card import TypeCard

_CUSTOM: Final = 0
_TYPE_ICONS: Final = {"pair": "pen-line", "review": "eye"}


class InviteLinkGenerator(QWidget):
    """Choices left, consequences right. Ctrl+Enter creates the invite."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: NewSessionView | None = None
        self._is_custom = False
        self.setObjectName("new_session_page")
        self.setAcceptDrops(True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        content = QWidget()
        whole.addWidget(scroll_area("new.scroll", content), 1)
        self._foot = QVBoxLayout()
        self._foot.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(self._foot)
        outer = QVBoxLayout(content)
        outer.setContentsMargins(32, 22, 24, 20)
        outer.setSpacing(0)
        outer.addLayout(self._head())
        outer.addSpacing(20)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(20)
        self._columns.addLayout(self._left(), 1)
        self.summary = InviteSummaryCard(theme)
        self.summary.setFixedWidth(theme.px(336))
        self.summary.intent.connect(self.intent)
        self.summary.create_pressed.connect(self.create_invite)
        self._columns.addWidget(self.summary)
        outer.addLayout(self._columns, 1)
        self._add_shortcuts()

    # --- making ---

    def _add_shortcuts(self) -> None:
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.create_invite)

    def _head(self) -> QHBoxLayout:
        head = row(spacing=8)
        title = TextLabel(self._theme, self.tr("New session"), role="title")
        line = TextLabel(self._theme, self.tr("Pick a type, check the limits, create the invite."), tone="text2")
        head.addLayout(page_head(title, line), 1)
        self.cancel_button = Button(self._theme, self.tr("Cancel"), kind="ghost", name="new.cancel")
        self.cancel_button.clicked.connect(lambda: self.intent.emit(Back()))
        head.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignVCenter)
        return head

    def _left(self) -> QVBoxLayout:
        left = column(spacing=0)
        self._types = QButtonGroup(self)
        self._types.buttonToggled.connect(lambda: keep_one_tab_stop(self._types))
        self._type_cards: dict[str, TypeCard] = {}
        self._type_row = row(spacing=9)
        left.addLayout(self._type_row)
        left.addSpacing(19)
        left.addLayout(self._fields())
        left.addSpacing(18)
        left.addWidget(TextLabel(self._theme, self.tr("Time window"), role="small", weight=600))
        left.addSpacing(6)
        left.addLayout(self._time())
        left.addSpacing(20)
        head = row(spacing=9)
        head.addWidget(TextLabel(self._theme, self.tr("What guests can do"), role="label"))
        self._preset = Chip(self._theme, "")
        head.addWidget(self._preset)
        head.addStretch(1)
        self.limits_button = Button(
            self._theme,
            self.tr("Limits and rate"),
            kind="link",
            icon="sliders-horizontal",
            height=SMALL,
            name="new.limits",
        )
        self.limits_button.clicked.connect(self._ask_limits)
        head.addWidget(self.limits_button)
        left.addLayout(head)
        left.addSpacing(8)
        self.permissions = PermissionRows(self._theme)
        self.permissions.intent.connect(self.intent)
        self.permissions.rebuilt.connect(self._order_tabs)
        left.addWidget(self.permissions)
        left.addStretch(1)
        return left

    def _fields(self) -> QHBoxLayout:
        fields = row(spacing=12)
        name = column(spacing=5)
        name.addWidget(TextLabel(self._theme, self.tr("Name"), role="small", weight=600))
        self.title_field = TextField(self._theme, label=self.tr("Name of the session"), name="new.title")
        self.title_field.setMaxLength(TITLE_LENGTH)
        self.title_field.textEdited.connect(lambda title: self.intent.emit(SetTitle(title=title)))
        name.addWidget(self.title_field)
        share = column(spacing=5)
        share.addWidget(TextLabel(self._theme, self.tr("Share from"), role="small", weight=600))
        self.share_from = ShareFrom(self._theme)
        self.share_from.intent.connect(self.intent)
        share.addWidget(self.share_from)
        fields.addLayout(name, 1)
        fields.addLayout(share, 1)
        return fields

    def _time(self) -> QHBoxLayout:
        line = row(spacing=8)
        choices: list[tuple[object, str, str]] = [
            (minutes, self._length(minutes), TINTED) for minutes in OFFERED_MINUTES
        ]
        choices.append((_CUSTOM, self.tr("Custom"), TINTED))
        self.minutes = Segmented(self._theme, choices, label=self.tr("Time window"), name="new.minutes", height=36)
        self.minutes.chosen.connect(self._choose_minutes)
        line.addWidget(self.minutes)
        self.custom = QSpinBox()
        self.custom.setObjectName("new.minutes.other")
        self.custom.setAccessibleName(self.tr("Minutes"))
        self.custom.setFont(self._theme.font("body"))
        self.custom.setRange(MIN_MINUTES, MAX_MINUTES)
        self.custom.setSingleStep(5)
        self.custom.setSuffix(self.tr(" min"))
        self.custom.setProperty("focusRing", "none")
        self.custom.hide()
        self.custom.valueChanged.connect(lambda minutes: self.intent.emit(ChooseMinutes(minutes=minutes)))
        line.addWidget(self.custom)
        line.addSpacing(10)
        line.addWidget(IconView(self._theme, "sunset", size=16, tone="text2"))
        self._ends = TextLabel(self._theme, role="small", tone="text2")
        line.addWidget(self._ends, 1)
        return line

    def _length(self, minutes: int) -> str:
        if minutes < 60:
            return self.tr("{n} min").replace("{n}", str(minutes))
        return self.tr("{n} h").replace("{n}", str(minutes // 60))

    def _type_words(self, kind: str) -> tuple[str, str]:
        return {
            "pair": (self.tr("Pair editing"), self.tr("Write together")),
            "review": (self.tr("Review"), self.tr("Read only")),
        }[kind]

    # --- showing ---

    def render(self, view: NewSessionView) -> None:  # type: ignore[override]
        """Show the draft."""
        self._view = view
        if tuple(self._type_cards) != view.types:
            self._make_types(view.types)
        self._type_cards[view.session_type].setChecked(True)
        self.title_field.show_text(view.title)
        self.title_field.setPlaceholderText(view.suggested_title or self.tr("Named after what you share"))
        self.share_from.show_files(view.files)
        self._show_minutes(view)
        preset = self.tr("Preset: {type}").replace("{type}", self._type_words(view.session_type)[0])
        is_preset = view.is_preset and view.limits.is_preset
        self._preset.set_chip(preset if is_preset else self.tr("Own choice"), tone="neutral")
        self.permissions.render(view.permissions)
        self.summary.render(view)
        if view.files:
            self.share_from.set_error(has_error=False)

    def _make_types(self, kinds: tuple[str, ...]) -> None:
        for kind in kinds:
            name, line = self._type_words(kind)
            card = TypeCard(self._theme, _TYPE_ICONS[kind], name, line, name=f"new.type.{kind}")
            card.setMaximumWidth(self._theme.px(200))
            card.clicked.connect(
                lambda _checked=False, kind=kind: self.intent.emit(ChooseSessionType(session_type=kind))
            )
            self._types.addButton(card)
            self._type_cards[kind] = card
            self._type_row.addWidget(card, 1)
        self._type_row.addStretch(1)

    def _show_minutes(self, view: NewSessionView) -> None:
        is_custom = self._is_custom or view.minutes not in OFFERED_MINUTES
        self.minutes.set_value(_CUSTOM if is_custom else view.minutes)
        self.custom.setVisible(is_custom)
        if not self.custom.hasFocus():
            self.custom.blockSignals(True)
            self.custom.setValue(view.minutes)
            self.custom.blockSignals(False)
        text = self.tr("Starts when you create it, ends {time}").replace("{time}", view.ends_at)
        self._ends.setText(text)

    def _order_tabs(self) -> None:
        """Let Tab follow the reading order; types and rows are made after the rest of the page."""
        order: list[QWidget] = [self.cancel_button, *self._type_cards.values(), self.title_field, self.share_from]
        order += [*self.minutes.segments(), self.custom, self.limits_button, *self.permissions.segments()]
        order += [self.summary.approval, self.summary.relay, *self.summary.guests.segments(), self.summary.bar.button]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    # --- doing ---

    def _choose_minutes(self, value: object) -> None:
        self._is_custom = value == _CUSTOM
        self.custom.setVisible(self._is_custom)
        if self._is_custom:
            self.custom.setFocus(Qt.FocusReason.TabFocusReason)
        elif isinstance(value, int):
            self.intent.emit(ChooseMinutes(minutes=value))

    def _ask_limits(self) -> None:
        if self._view is not None:
            dialog = LimitsDialog(self._theme, self._view.limits, self.window())
            dialog.intent.connect(self.intent)
            dialog.open()

    def create_invite(self) -> None:
        """Create the invite, or show what is missing."""
        if self._view is None or self._view.is_creating:
            return
        if not self._view.files:
            self.share_from.set_error(has_error=True)
            self.share_from.setFocus(Qt.FocusReason.TabFocusReason)
            return
        self.intent.emit(CreateInvite())

    def focus_main(self) -> None:
        """Put the focus where work starts."""
        self.share_from.setFocus(Qt.FocusReason.OtherFocusReason)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = tuple(url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile())
        if paths:
            self.intent.emit(AddFiles(paths=paths))
            event.acceptProposedAction()

    def _place_bar(self, *, is_stacked: bool) -> None:
        if is_stacked:
            self._foot.setContentsMargins(32, 8, 24, 12)
            self._foot.addWidget(self.summary.bar)
        else:
            self._foot.setContentsMargins(0, 0, 0, 0)
            self.summary.keep_bar()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_stacked = self.width() < self._theme.px(STACK_BELOW)
        wanted = QBoxLayout.Direction.TopToBottom if is_stacked else QBoxLayout.Direction.LeftToRight
        if self._columns.direction() != wanted:
            self._columns.setDirection(wanted)
            self._place_bar(is_stacked=is_stacked)
        self.summary.setMinimumWidth(0 if is_stacked else self._theme.px(336))
        self.summary.setMaximumWidth(UNBOUNDED if is_stacked else self._theme.px(336))
