"""What is painted can be read, heard and scanned: sun, quality, badges, pictures, QR code, focus ring, data files."""

import shutil
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.errors import ResourceMissing
from horizon_desktop.presentation.expiry import time_view
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.connection_quality_indicator import ConnectionQualityIndicator
from horizon_desktop.widgets.focus_ring import FocusRing
from horizon_desktop.widgets.key_pictures import KeyPictures
from horizon_desktop.widgets.participant_badge import BadgeRow, ParticipantBadge
from horizon_desktop.widgets.qr_view import QrView, qr_png
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.theme import FONT_FILES, Theme
from horizon_desktop.widgets.toast import Toast
from tests.pictures import invented

LINK = "horizon://join/" + "AQA3QWMW2XKcT9dR5nYb3hJ0gAQEB" * 6


def read_back(image: QImage, folder: Path) -> list[str]:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    path = folder / "qr.png"
    path.write_bytes(bytes(buffer.data().data()))
    return [found.text for found in zxingcpp.read_barcodes(Image.open(path))]


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_a_qr_code_on_the_screen_can_be_scanned(qtbot: QtBot, theme: Theme, tmp_path: Path, choice: str) -> None:
    theme.choose(choice)
    view = QrView(theme, size=352)
    qtbot.addWidget(view)
    view.show_text(LINK, label="QR code")
    assert read_back(view.grab().toImage(), tmp_path) == [LINK]
    theme.choose("light")


def test_a_saved_qr_code_can_be_scanned(tmp_path: Path) -> None:
    path = tmp_path / "invite.png"
    path.write_bytes(qr_png(LINK))
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(path))] == [LINK]


def test_a_qr_code_is_dark_on_white_in_the_dark_theme_too(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("dark")
    view = QrView(theme, size=352)
    qtbot.addWidget(view)
    view.show_text(LINK, label="QR code")
    assert view.grab().toImage().pixelColor(view.width() // 2, 6) == QColor("white")
    theme.choose("light")


def test_a_qr_code_is_not_named_by_its_secret(qtbot: QtBot, theme: Theme) -> None:
    view = QrView(theme)
    qtbot.addWidget(view)
    view.show_text(LINK, label="QR code of the app link")
    assert view.accessibleName() == "QR code of the app link"


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [(2538, "42 minutes left"), (60, "1 minute left"), (45, "45 seconds left"), (1, "1 second left"), (0, "Ended")],
)
def test_the_sun_says_the_time_in_words(qtbot: QtBot, theme: Theme, seconds: int, spoken: str) -> None:
    sun = SessionSun(theme)
    qtbot.addWidget(sun)
    sun.render_time(time_view(seconds, 3600))
    assert sun.accessibleName() == spoken


@pytest.mark.parametrize(
    ("quality", "words", "spoken"),
    [
        (QualityView(is_alone=True), "Waiting for guest", "Waiting for guest"),
        (QualityView(), "Connecting", "Connecting"),
        (QualityView(bars=4, path="direct", rtt_ms=18), "Direct \u00b7 18 ms", "Good, direct, 18 milliseconds"),
        (
            QualityView(bars=1, path="relay", rtt_ms=480, loss_permille=90),
            "Relay \u00b7 480 ms \u00b7 9 % loss",
            "Poor, relay, 480 milliseconds",
        ),
        (
            QualityView(bars=0, path="relay", resume_left_s=266),
            "Reconnecting \u00b7 4:26 left",
            "Reconnecting \u00b7 4:26 left",
        ),
    ],
)
def test_quality_is_said_in_words(qtbot: QtBot, theme: Theme, quality: QualityView, words: str, spoken: str) -> None:
    indicator = ConnectionQualityIndicator(theme)
    qtbot.addWidget(indicator)
    indicator.render(quality)
    assert indicator.words() == words
    assert indicator.accessibleName() == spoken


def test_a_badge_names_the_person_and_the_glyph(qtbot: QtBot, theme: Theme) -> None:
    picture = ParticipantBadge(theme)
    qtbot.addWidget(picture)
    picture.render(invented.KESTREL)
    assert picture.accessibleName() == "kestrel, triangle"


def test_a_row_of_badges_says_how_many_more_there_are(qtbot: QtBot, theme: Theme) -> None:
    row = BadgeRow(theme)
    qtbot.addWidget(row)
    row.render((invented.AURORA, invented.KESTREL), 2)
    names = [child.accessibleName() for child in row.findChildren(QWidget)]
    assert names == ["aurora, circle", "kestrel, triangle", "2 more"]


def test_key_pictures_are_read_out_in_their_order(qtbot: QtBot, theme: Theme) -> None:
    pictures = KeyPictures(theme)
    qtbot.addWidget(pictures)
    pictures.render(invented.AURORA_PICTURES)
    assert pictures.accessibleName() == "Anchor, Feather, Rocket, Turtle, Key, Mountain, Cherry"


def test_there_are_64_pictures_with_64_words(theme: Theme) -> None:
    assert len({icon for icon, _ in theme.pictures}) == 64
    assert len({word for _, word in theme.pictures}) == 64


def test_every_picture_and_font_is_there() -> None:
    resources = Resources()
    pictures = Theme(resources, choice="light").pictures
    for name in (*(f"icons/{icon}.svg" for icon, _ in pictures), *(f"fonts/{font}.ttf" for font in FONT_FILES)):
        assert resources.read(name)
    for licence in ("icons/LICENSE.txt", "fonts/LICENSE-inter.txt", "fonts/LICENSE-jetbrains-mono.txt"):
        assert resources.read(licence)


def test_a_file_that_is_missing_is_named() -> None:
    with pytest.raises(ResourceMissing, match="no-such-file"):
        Resources().read("icons/no-such-file.svg")


def test_an_installed_package_reads_the_packed_file(tmp_path: Path) -> None:
    installed = tmp_path / "horizon_desktop"
    installed.mkdir()
    packed = Path(__file__).resolve().parents[2] / "horizon_desktop" / "_generated"
    shutil.copytree(packed, installed / "_generated")
    resources = Resources(installed)
    for name in ("tokens.json", "icons/copy.svg", "fonts/Inter_400Regular.ttf", "ui/theme.qss"):
        assert resources.read(name) == Resources().read(name)


def test_the_focus_ring_shows_for_keys_and_not_for_the_mouse(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line = QHBoxLayout(window)
    one, two = Button(theme, "One", name="one"), Button(theme, "Two", name="two")
    line.addWidget(one)
    line.addWidget(two)
    ring = FocusRing(theme, window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=2000)
    one.setFocus(Qt.FocusReason.OtherFocusReason)
    assert ring.target() is None
    qtbot.keyClick(one, Qt.Key.Key_Tab)
    assert ring.target() is two
    assert ring.isVisible()
    assert ring.geometry().contains(two.geometry())
    qtbot.mouseClick(two, Qt.MouseButton.LeftButton)
    assert ring.target() is None
    assert not ring.isVisible()


def test_a_field_that_shows_focus_itself_gets_no_ring(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line = QHBoxLayout(window)
    first, plain = Button(theme, "One", name="one"), Button(theme, "Two", name="two")
    plain.setProperty("focusRing", "none")
    line.addWidget(first)
    line.addWidget(plain)
    ring = FocusRing(theme, window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=2000)
    first.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert window.focusWidget() is plain
    assert ring.target() is None


def test_a_toast_takes_no_focus_and_can_be_closed(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    toast = Toast(theme, window)
    window.show()
    toast.say("kestrel is here")
    assert toast.isVisible()
    assert toast.accessibleName() == "kestrel is here"
    with qtbot.waitSignal(toast.closed, timeout=1000):
        toast.dismiss()
    assert not toast.isVisible()


def test_reduced_motion_takes_no_time(theme: Theme) -> None:
    theme.reduce_motion(is_reduced=True)
    assert [theme.motion_ms(name) for name in ("fast_ms", "base_ms", "slow_ms")] == [0, 0, 0]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_and_space_press_a_focused_button(qtbot: QtBot, theme: Theme, key: Qt.Key) -> None:
    button = Button(theme, "One", name="one")
    qtbot.addWidget(button)
    button.show()
    with qtbot.waitSignal(button.clicked, timeout=1000):
        qtbot.keyClick(button, key)


def test_enter_with_control_is_left_to_the_page(qtbot: QtBot, theme: Theme) -> None:
    button = Button(theme, "One", name="one")
    qtbot.addWidget(button)
    button.show()
    with qtbot.assertNotEmitted(button.clicked):
        qtbot.keyClick(button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_high_contrast_strengthens_lines_and_drops_tints(qtbot: QtBot, theme: Theme) -> None:
    theme.raise_contrast(is_high=True)
    assert theme.hex("line") == theme.tokens.color["light"]["line_strong"]
    assert theme.hex("bad_soft") == theme.tokens.color["light"]["surface"]
    theme.raise_contrast(is_high=False)
    assert theme.hex("line") == theme.tokens.color["light"]["line"]
