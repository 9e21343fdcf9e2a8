"""The contrast pairs of the tokens, computed again from the colours that the application really uses."""

import re

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tokens import Tokens

TOKENS = Tokens.parse(Resources().read("tokens.json"))
PAIRS = [(choice, pair.fg, pair.bg, pair.min) for choice in ("light", "dark") for pair in TOKENS.contrast[choice]]


def luminance(color: QColor) -> float:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF()) + 0.0722 * channel(color.blueF())


def contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def color_of(theme: Theme, name: str) -> QColor:
    if name.startswith("#"):
        return QColor(name)
    if "id." in name:
        index = next(row.index for row in TOKENS.identity if row.name == name.rpartition(".")[2])
        return theme.identity_text(index) if name.startswith("on ") else theme.identity_color(index)
    return theme.color(name)


@pytest.mark.parametrize(("choice", "fg", "bg", "needed"), PAIRS)
def test_a_pair_has_the_contrast_it_needs(qapp: QApplication, choice: str, fg: str, bg: str, needed: float) -> None:
    theme = Theme(Resources(), choice=choice)
    assert contrast(color_of(theme, fg), color_of(theme, bg)) >= needed


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_palette_itself_is_readable(qapp: QApplication, choice: str) -> None:
    palette = Theme(Resources(), choice=choice).palette()
    role = QPalette.ColorRole
    for ink, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.PlaceholderText, role.Base),
        (role.ButtonText, role.Button),
        (role.ToolTipText, role.ToolTipBase),
        (role.HighlightedText, role.Highlight),
    ):
        assert contrast(palette.color(ink), palette.color(ground)) >= 4.5, (ink, ground)


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_style_sheet_uses_nothing_but_the_tokens(qapp: QApplication, choice: str) -> None:
    sheet = Theme(Resources(), choice=choice).style_sheet()
    used = set(re.findall(r"#[0-9A-Fa-f]{6}", sheet))
    assert used <= set(TOKENS.color[choice].values())
    assert "@" not in sheet


def test_switching_the_theme_recolours_the_application(qapp: QApplication, theme: Theme) -> None:
    before = qapp.palette().color(QPalette.ColorRole.Window)
    theme.choose("dark")
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(TOKENS.color["dark"]["bg"])
    theme.choose("light")
    assert qapp.palette().color(QPalette.ColorRole.Window) == before
