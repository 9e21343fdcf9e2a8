"""Differences of texts turn one into the other, touch little, and never take long."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.differences import (
    Replacement,
    apply_difference,
    difference,
    unified_difference,
)

TEXTS = st.text(alphabet="ab \n😀é", max_size=60) | st.lists(
    st.sampled_from(["def f():\n", "    return 1\n", "\n", "x = 2\n", "# 😀\n"]), max_size=30
).map("".join)


@given(TEXTS, TEXTS)
def test_a_difference_turns_the_old_text_into_the_new_one(old: str, new: str) -> None:
    assert apply_difference(old, difference(old, new)) == new


@given(TEXTS, TEXTS)
def test_replacements_rise_and_stay_apart(old: str, new: str) -> None:
    steps = difference(old, new)
    for one, other in itertools.pairwise(steps):
        assert one.end <= other.start
    assert all(0 <= step.start <= step.end <= len(old) for step in steps)


def test_one_typed_letter_is_one_insertion() -> None:
    assert difference("one\ntwo\n", "one\ntwoo\n") == (Replacement(7, 7, "o"),)


def test_changes_far_apart_leave_what_stands_between_alone() -> None:
    old = "".join(f"line {number}\n" for number in range(1000))
    new = old.replace("line 3\n", "line three\n").replace("line 990\n", "")
    steps = difference(old, new)
    assert sum(step.end - step.start for step in steps) < 12
    assert apply_difference(old, steps) == new


def test_a_huge_text_of_equal_lines_is_compared_coarsely_but_rightly() -> None:
    old = "\n" * 1_000_000
    new = "x\n" * 500_000 + "\n" * 300_000
    assert apply_difference(old, difference(old, new)) == new


def test_a_huge_text_with_two_changes_gives_a_small_difference() -> None:
    old = "".join(f"value {number % 977} = {number}\n" for number in range(90_000))
    new = old.replace("= 17\n", "= seventeen\n").replace("= 89000\n", "= 89001\n")
    steps = difference(old, new)
    assert sum(len(step.text) for step in steps) < 40
    assert apply_difference(old, steps) == new


@settings(max_examples=30)
@given(TEXTS)
def test_equal_texts_have_no_difference(text: str) -> None:
    assert difference(text, text) == ()
    assert unified_difference(text, text, name="a.py") == ""


def test_a_unified_difference_shows_old_and_new_lines() -> None:
    shown = unified_difference("a\nb\nc", "a\nB\nc", name="a.py")
    assert "-b\n" in shown
    assert "+B\n" in shown
    assert shown.startswith("--- a.py (before)")
