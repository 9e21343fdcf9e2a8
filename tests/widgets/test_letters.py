"""Letters to a host begin in the person's own mail program: nothing in a name can add an address or a header."""

import pytest
from PySide6.QtCore import QUrl, QUrlQuery

from horizon_desktop.widgets.desktop_outside import letter_url, mail_url


def parts(url: QUrl) -> dict[str, str]:
    query = QUrlQuery(url)
    return dict(query.queryItems(QUrl.ComponentFormattingOption.FullyDecoded))


@pytest.mark.parametrize("reason", ["ask_invite", "ask_host", "tell_host"])
def test_a_letter_names_the_host_and_leaves_the_address_to_the_person(reason: str) -> None:
    url = letter_url(reason, "aurora")
    assert url.isValid()
    assert url.path() == ""
    assert parts(url)["body"].startswith("Hello aurora,")


def test_a_hostile_name_adds_neither_an_address_nor_a_header() -> None:
    url = letter_url("ask_invite", "x&bcc=evil@evil.example\r\nBcc: evil@evil.example")
    assert set(parts(url)) == {"subject", "body"}
    assert b"\r" not in url.toEncoded().data()
    assert b"\n" not in url.toEncoded().data()


def test_a_mail_with_the_link_holds_no_code() -> None:
    body = parts(mail_url("https://hub.example/join/7Q4M#AQAB"))["body"]
    assert "https://hub.example/join/7Q4M#AQAB" in body
    assert "another way" in body
