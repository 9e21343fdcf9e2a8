"""Globs of policies: what a star stands for, beside the plainest matcher there is, and in linear time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from horizon_desktop.domain.access.policy_globs import compile_glob, literal_prefix


def plainly(pattern: str, text: str) -> bool:
    """The definition, by trying everything."""
    if not pattern:
        return not text
    if pattern.startswith("**"):
        return any(plainly(pattern[2:], text[cut:]) for cut in range(len(text) + 1))
    if pattern[0] == "*":
        segment = text.split("/", 1)[0]
        return any(plainly(pattern[1:], text[cut:]) for cut in range(len(segment) + 1))
    if not text:
        return False
    is_one = text[0] != "/" if pattern[0] == "?" else text[0] == pattern[0]
    return is_one and plainly(pattern[1:], text[1:])


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("jobs/*", "jobs/a", True),
        ("jobs/*", "jobs/a/b", False),
        ("jobs/*", "jobs/", True),
        ("jobs/*", "jobs", False),
        ("jobs/**", "jobs/a/b", True),
        ("jobs/**", "jobs", False),
        ("**", "", True),
        ("**/log", "a/b/log", True),
        ("job?", "jobs", True),
        ("job?", "job/", False),
        ("a.c", "abc", False),
        ("jobs/a", "jobs/a", True),
        ("jobs/a", "jobs/ab", False),
        ("a*\n", "ab\n", True),
    ],
)
def test_a_star_stays_in_its_segment_and_two_do_not(pattern: str, text: str, *, is_match: bool) -> None:
    assert compile_glob(pattern)(text) is is_match


@settings(max_examples=600, deadline=None)
@given(st.text("ab/*?", min_size=1, max_size=9).filter(lambda each: "***" not in each), st.text("ab/", max_size=8))
def test_every_pattern_matches_what_its_definition_says(pattern: str, text: str) -> None:
    assert compile_glob(pattern)(text) == plainly(pattern, text)


@given(st.text("ab/*?", min_size=1, max_size=9), st.text("ab/", max_size=8))
def test_what_matches_is_or_lies_below_the_literal_prefix(pattern: str, text: str) -> None:
    prefix = literal_prefix(pattern)
    if compile_glob(pattern)(text):
        assert not prefix or text == prefix or text.startswith(f"{prefix}/")


def test_a_pattern_made_to_backtrack_takes_steps_in_proportion_to_the_text() -> None:
    hostile = "*a" * 120 + "b"
    assert not compile_glob(hostile)("a" * 500)  # a backtracking matcher would not come back from this
