"""The menu of a person, at their badge and at their row: follow, change access, revoke."""

from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from horizon_desktop.presentation.intents import AskRevoke, ChangeRole, Follow, Intent
from horizon_desktop.presentation.people import ParticipantView
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import menu_text
from horizon_desktop.widgets.workspace_texts import role_choice, said

_LATER: Final = frozenset({"operator"})
"""Roles whose own channels (terminal, ports) are not built yet: hidden unless somebody has one."""


def has_menu(row: ParticipantView) -> bool:
    """There is something to choose for this person."""
    return row.may_follow or bool(row.roles) or row.may_revoke


def participant_menu(
    theme: Theme, row: ParticipantView, *, session_id: str, ask: Callable[[Intent], None], parent: QWidget
) -> QMenu:
    """Return the menu of one person; what is chosen goes to `ask`."""
    menu = QMenu(parent)
    menu.setObjectName("participant_menu")
    peer = row.badge.peer_id
    if row.may_follow:
        label = said("Stop following") if row.is_followed else said("Follow {name}", name=row.badge.name)
        follow = menu.addAction(theme.icon("eye", 16, "text2"), menu_text(label))
        follow.setObjectName("participant_menu.follow")
        target = "" if row.is_followed else peer
        follow.triggered.connect(lambda: ask(Follow(session_id=session_id, peer_id=target)))
    if row.roles:
        _add_roles(menu, row, session_id, ask)
    if row.may_revoke:
        menu.addSeparator()
        revoke = menu.addAction(theme.icon("user-x", 16, "bad"), said("Revoke access"))
        revoke.setObjectName("participant_menu.revoke")
        revoke.triggered.connect(lambda: ask(AskRevoke(session_id=session_id, peer_id=peer)))
    return menu


def _add_roles(menu: QMenu, row: ParticipantView, session_id: str, ask: Callable[[Intent], None]) -> None:
    menu.addSeparator()
    group = QActionGroup(menu)
    for role in row.roles:
        if role in _LATER and role != row.role:
            continue
        action = menu.addAction(role_choice(role))
        action.setObjectName(f"participant_menu.role.{role}")
        action.setCheckable(True)
        action.setChecked(role == row.role)
        group.addAction(action)
        action.triggered.connect(
            lambda _checked=False, role=role: ask(
                ChangeRole(session_id=session_id, peer_id=row.badge.peer_id, role=role)
            )
        )
