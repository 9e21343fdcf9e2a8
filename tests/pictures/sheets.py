"""Sheets that show many small things at once: states (11), key pictures (12), approval card and tray menu (03b)."""

from typing import Final

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QMenu, QVBoxLayout, QWidget

from horizon_desktop.presentation.facts import SessionRead
from horizon_desktop.presentation.reducer import reduce
from horizon_desktop.presentation.select_window import window_view
from horizon_desktop.presentation.state import AppState
from horizon_desktop.presentation.wording import Words, wording_of
from horizon_desktop.widgets.approval_card import WIDTH, ApprovalCard
from horizon_desktop.widgets.card import Card
from horizon_desktop.widgets.empty_state import EmptyState
from horizon_desktop.widgets.floating_card import FloatingCard
from horizon_desktop.widgets.key_pictures import KeyPictures
from horizon_desktop.widgets.page_head import page_head
from horizon_desktop.widgets.stopped_form import OFFERED
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.texts import action, text, title
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tray import fill_menu
from tests.pictures import invented
from tests.pictures.draw_workspace import Desk
from tests.presentation.example_state import START, host_person, running, session

_COLUMNS: Final = 3
_STATES: Final = (
    Words("net.offline"),
    Words("net.reconnecting", {"host": "aurora", "left": "4:26"}),
    Words("net.relay", {"ms": 60}),
    Words("invite.expired", {"time": "16:40", "host": "aurora"}),
    Words("invite.used", {"host": "aurora"}),
    Words("access.revoked", {"host": "aurora", "time": "16:02", "folder": "Downloads/horizon"}),
    Words("clock.skew", {"n": 14}),
    Words("key.mismatch", {"host": "aurora"}),
    Words("rate.edits", {"n": 200, "s": 2}),
    Words("join.declined", {"host": "aurora"}),
    Words("hub.unreachable", {"hub": "hub.example"}),
)


def states(theme: Theme) -> QWidget:
    """Return the states of picture 11 that this version can reach, each with the actions it has."""
    whole = _sheet()
    grid = QGridLayout(whole)
    grid.setContentsMargins(32, 28, 32, 28)
    grid.setSpacing(16)
    cards = [_empty_card(theme), *(_state_card(theme, words) for words in _STATES)]
    for place, card in enumerate(cards):
        grid.addWidget(card, place // _COLUMNS, place % _COLUMNS)
    return whole


def _sheet() -> QWidget:
    whole = QWidget()
    whole.setProperty("surface", "bg")
    return whole


def _empty_card(theme: Theme) -> Card:
    card = Card(padding=(0, 0, 0, 0))
    state = EmptyState(theme, name="sheet.empty")
    state.show_state(
        "radio-tower",
        "No sessions yet",
        "Start one and it shows up here with its guests and time left.",
        actions=(("new", "New session", "primary", "plus"),),
    )
    card.column.addWidget(state)
    return card


def _state_card(theme: Theme, words: Words) -> Card:
    card = Card(padding=(0, 0, 0, 0))
    state = EmptyState(theme, name=f"sheet.{words.key}")
    row = wording_of(words.key)
    known = OFFERED | {"try_direct", "why", "open_folder", "ok"}
    keys = [key for key in row.actions if key in known]
    buttons = tuple(
        (key, action(key, words.values), "primary" if place == 0 else "ghost", "") for place, key in enumerate(keys)
    )
    state.show_state(row.icon, title(words), text(words), tone=row.tone, actions=buttons)
    card.column.addWidget(state)
    return card


def key_pictures(theme: Theme) -> QWidget:
    """Return the 64 pictures with their words, in their fixed order."""
    whole = _sheet()
    column = QVBoxLayout(whole)
    column.setContentsMargins(32, 28, 32, 32)
    column.setSpacing(16)
    line = "64 icons, 6 bits each. Seven of them show 42 bits of a key; the full key is one click away."
    column.addLayout(page_head(TextLabel(theme, "Key pictures", role="title"), TextLabel(theme, line, tone="text2")))
    pictures = KeyPictures(theme, tile=(72, 72), gap=8, columns=13)
    pictures.render(tuple(range(64)))
    column.addWidget(pictures, 0, Qt.AlignmentFlag.AlignLeft)
    column.addStretch(1)
    return whole


def two_sessions() -> AppState:
    """Return an application that hosts two sessions and has a presence bar to show."""
    one = running()
    other = msgspec.structs.replace(
        session(), session_id="b" * 64, title="Cross-site fine-tune", expires_at=START.plus(587_000)
    )
    return reduce(one, SessionRead(session=other, participants=(host_person(),)))


def _nothing(_intent: object) -> None:
    """A picture asks for nothing."""


def approval_and_tray(theme: Theme) -> QWidget:
    """Return the approval card as it floats, and the tray's menu."""
    desk = Desk(theme)
    card = FloatingCard(theme, name="approval.float", padding=(0, 0, 0, 0))
    approval = ApprovalCard(theme, kind="plain")
    approval.setFixedWidth(theme.px(WIDTH))
    approval.render(invented.approval())
    card.column.addWidget(approval)
    desk.put(card, 40, 56)
    menu = QMenu()
    fill_menu(menu, theme, window_view(two_sessions()), go=_nothing, ask=_nothing)
    menu.setParent(desk)
    menu.setWindowFlags(Qt.WindowType.Widget)
    menu.move(640, 56)
    menu.resize(menu.sizeHint())
    menu.show()
    return desk
