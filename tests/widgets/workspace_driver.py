"""A workspace on the screen of a test, and what it said."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu

from horizon_desktop.presentation.intents import Intent
from horizon_desktop.widgets.workspace_page import WorkspacePage
from tests.pictures import invented_workspace as invented

KESTREL = invented.people()[1].badge.peer_id
TRAINER, SCHEDULE = invented.file_id("trainer.py"), invented.file_id("schedule.py")
Open = Callable[..., WorkspacePage]


def said(page: WorkspacePage) -> list[Intent]:
    return page.said  # type: ignore[attr-defined,no-any-return]


def press(page: WorkspacePage, name: str) -> None:
    button = page.findChild(QAbstractButton, name)
    assert isinstance(button, QAbstractButton), name
    assert button.isVisibleTo(page), name
    button.click()


def texts(page: WorkspacePage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def choose(menu: QMenu | None, name: str) -> None:
    assert menu is not None
    action = next(action for action in menu.actions() if action.objectName().endswith(name))
    assert isinstance(action, QAction)
    action.trigger()
    menu.close()
