"""The theme that widgets of a test are drawn with."""

import pytest
from PySide6.QtWidgets import QApplication

from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.theme import Theme


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    made = Theme(Resources(), choice="light")
    made.apply(qapp)
    made.reduce_motion(is_reduced=True)
    return made
