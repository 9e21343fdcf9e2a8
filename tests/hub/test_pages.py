"""The join page: one for every locator, no outside resource, nothing of the request in it."""

import base64
import hashlib
import re

import pytest

from horizon_desktop.hub.health import health_page
from horizon_desktop.hub.join_page import join_page

PAGE = join_page("/join/" + "A" * 22)
HTML = PAGE.body.decode()
POLICY = PAGE.headers["Content-Security-Policy"]


def test_the_page_is_the_same_for_every_invite() -> None:
    assert join_page("/join/" + "b_-9" * 5 + "zz") == PAGE
    assert PAGE.status == 200


@pytest.mark.parametrize("path", ["/join/", "/join/short", "/join/" + "A" * 23, "/join/" + "<b>" * 7 + "x"])
def test_what_is_no_locator_is_not_found_and_not_repeated(path: str) -> None:
    page = join_page(path)
    assert page.status == 404
    assert b"<" not in page.body


def test_only_the_pages_own_script_and_style_may_run() -> None:
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", HTML, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in POLICY
    assert "default-src 'none'" in POLICY and "frame-ancestors 'none'" in POLICY
    assert "unsafe" not in POLICY and "http" not in POLICY


def test_the_page_names_no_outside_resource() -> None:
    assert re.findall(r"(?:src|href)\s*=\s*[\"'](.*?)[\"']", HTML) == ["horizon://join/"]
    assert "//" not in HTML.replace("horizon://join/", "")


def test_the_page_has_one_button_that_opens_horizon_and_words_to_install_it() -> None:
    assert HTML.count("<a ") == 1
    assert "Open in Horizon" in HTML and '"horizon://join/" + body' in HTML
    assert "pipx install" in HTML


def test_the_page_is_neither_kept_nor_told_about() -> None:
    assert PAGE.headers["Cache-Control"] == "no-store"
    assert PAGE.headers["Referrer-Policy"] == "no-referrer"
    assert PAGE.headers["X-Content-Type-Options"] == "nosniff"


def test_a_hub_that_drains_is_not_healthy() -> None:
    assert (health_page(is_draining=False).status, health_page(is_draining=True).status) == (200, 503)
