"""Names and chat lines of strangers hide nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.plain_text import is_plain, plain_lines, plain_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("kestrel", "kestrel"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("ad\u200bmin\u2060", "admin"),
        ("one\r\ntwo\x1b[31m", "one two[31m"),
        ("  wide \u00a0 blank ", "wide blank"),
        ("\u3164\u115f", ""),
        ("\ufeffBob\u2066\u2069", "Bob"),
        ("日本 😀", "日本 😀"),
        ("a" + "\u0301" * 30, "a" + "\u0301" * 4),
        ("<img src=x>", "<img src=x>"),
    ],
)
def test_hidden_characters_leave_a_name(given_name: str, shown: str) -> None:
    assert plain_name(given_name, most_characters=40) == shown


@given(st.text())
def test_a_plain_name_stays_as_it_is(text: str) -> None:
    once = plain_name(text, most_characters=40)
    assert plain_name(once, most_characters=40) == once
    assert is_plain(once)
    assert len(once) <= 40


def test_chat_keeps_its_lines_and_tabs() -> None:
    assert plain_lines("one\r\n\ttwo\u202e\x07\n", most_characters=4000) == "one\n\ttwo"


def test_chat_is_cut_to_its_length() -> None:
    assert len(plain_lines("x" * 5000, most_characters=4000)) == 4000
