"""Attack 21: HTML, bidirectional and zero-width characters in names, titles and files are never more than text."""

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.widgets.approval_card import ApprovalCard
from horizon_desktop.widgets.home_page import HomePage
from horizon_desktop.widgets.invite_link_generator import InviteLinkGenerator
from horizon_desktop.widgets.join_page import JoinPage
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.toast import Toast
from tests.pictures import invented

PAYLOADS = (
    "<img src=file:///etc/passwd>",
    "<img src=https://evil.example/x.png>",
    "<b>host</b>",
    "<a href='https://evil.example'>click</a>",
    "<script>alert(1)</script>",
    "<table><tr><td>x",
    "&lt;b&gt;twice&lt;/b&gt;",
    "aur\u202eora\u202c",
    "a\u200bu\u200cr\u2060o\ufeffra",
    "\u2066host\u2069",
    "<!DOCTYPE html><html><body style='font-size:99px'>",
    "# heading **bold** ![x](file:///etc/passwd)",
)
HIDDEN = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200c\u200e\u200f\u2060\ufeff"


@pytest.fixture(scope="module")
def theme(qapp: object) -> Theme:
    return Theme(Resources(), choice="light")


def changed(view: object, **values: object) -> object:
    kept = {name: getattr(view, name) for name in view.__struct_fields__}  # type: ignore[attr-defined]
    return type(view)(**{**kept, **values})


def badge(name: str) -> BadgeView:
    return BadgeView(peer_id="1" * 64, name=name, initials="XX", color=1)


def assert_plain(page: QWidget) -> None:
    for label in page.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
        assert not set(label.text()) & set(HIDDEN), label.text()
    for widget in (page, *page.findChildren(QWidget)):
        told = widget.toolTip()
        assert "<img" not in told, told
        assert "<a " not in told, told
        assert "<script" not in told, told
        assert not isinstance(widget, QLineEdit) or not set(widget.text()) & set(HIDDEN)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_knock_shows_a_hostile_name_as_text(qtbot: QtBot, theme: Theme, payload: str) -> None:
    card = ApprovalCard(theme)
    qtbot.addWidget(card)
    name = plain(payload)
    card.render(changed(invented.approval(), name=name, device=plain(payload), title=plain(payload), badge=badge(name)))
    card.resize(300, 500)
    card.show()
    assert_plain(card)
    assert card.findChildren(QLabel)
    assert name in card.accessibleName()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_invite_shows_a_hostile_host_as_text(qtbot: QtBot, theme: Theme, payload: str) -> None:
    page = JoinPage(theme)
    qtbot.addWidget(page)
    name = plain(payload)
    host = changed(invented.host_card(), name=name, title=plain(payload, limit=80), badge=badge(name))
    page.render(changed(invented.join(), host=host))
    page.show()
    assert_plain(page)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_card_and_a_menu_show_a_hostile_title_as_text(qtbot: QtBot, theme: Theme, payload: str) -> None:
    page = HomePage(theme)
    qtbot.addWidget(page)
    view = invented.home()
    page.render(changed(view, cards=(changed(view.cards[0], title=plain(payload, limit=80)),)))
    page.resize(700, 500)
    page.show()
    assert_plain(page)
    generator = InviteLinkGenerator(theme)
    qtbot.addWidget(generator)
    draft = changed(
        invented.new_session(), files=(changed(invented.new_session().files[0], name=payload, path=payload),)
    )
    generator.render(draft)
    assert_plain(generator)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_toast_shows_a_hostile_name_as_text(qtbot: QtBot, theme: Theme, payload: str) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    toast = Toast(theme, window)
    toast.say(plain(payload))
    assert_plain(toast)


def test_a_thousand_hostile_names_stay_on_one_line_and_inside_their_length() -> None:
    seed = 21
    source = random.Random(seed)
    alphabet = HIDDEN + "<>&\"'=/\\\n\r\t\x00\x1b abcXYZ\u0301\u3164\U000e0041\ud83d"
    for _ in range(1000):
        sent = "".join(source.choice(alphabet) for _ in range(source.randrange(1, 80)))
        shown = plain(sent)
        assert len(shown) <= 40, (seed, sent)
        assert not set(shown) & set(HIDDEN + "\n\r\t\x00\x1b\u3164\U000e0041"), (seed, sent)
        assert plain(shown) == shown, (seed, sent)
