"""The theme that widgets of a test are drawn with, and a workspace in a window of its own."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.workspace import WorkspaceView
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_page import WorkspacePage
from tests.pictures import invented_workspace as invented
from tests.widgets.workspace_driver import Open


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    made = Theme(Resources(), choice="light")
    made.apply(qapp)
    made.reduce_motion(is_reduced=True)
    return made


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Open:
    def make(view: WorkspaceView | None = None, *, width: int = 1300) -> WorkspacePage:
        page = WorkspacePage(theme)
        qtbot.addWidget(page)
        page.resize(width, 760)
        page.render(view or invented.workspace())
        page.editor.open_text(invented.TEXT, file_name="trainer.py")
        with qtbot.waitActive(page):
            page.show()
            page.activateWindow()
        page.focus_main()
        page.said = []  # type: ignore[attr-defined]
        page.intent.connect(page.said.append)  # type: ignore[attr-defined]
        return page

    return make
