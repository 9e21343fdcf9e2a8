"""Three-way merges keep what both sides wrote."""

from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.merge import merge_texts

TEXTS = st.lists(st.sampled_from(["alpha\n", "beta\n", "gamma\n", "😀\n", "x"]), max_size=12).map("".join)


@given(TEXTS, TEXTS)
def test_a_side_that_changed_nothing_takes_the_other_as_it_is(base: str, changed: str) -> None:
    assert merge_texts(base, base, changed) == changed
    assert merge_texts(base, changed, base) == changed
    assert merge_texts(base, changed, changed) == changed


@given(TEXTS, st.integers(min_value=0), st.integers(min_value=0))
def test_both_insertions_survive_wherever_they_are(base: str, one: int, other: int) -> None:
    first, second = one % (len(base) + 1), other % (len(base) + 1)
    ours = base[:first] + "<ours>" + base[first:]
    theirs = base[:second] + "[theirs]" + base[second:]
    merged = merge_texts(base, ours, theirs)
    assert "<ours>" in merged
    assert "[theirs]" in merged
    assert merged.replace("<ours>", "").replace("[theirs]", "") == base


def test_changes_of_different_lines_are_both_there() -> None:
    base = "one\ntwo\nthree\nfour\n"
    assert merge_texts(base, "one\nTWO\nthree\nfour\n", "one\ntwo\nthree\nfour!\n") == "one\nTWO\nthree\nfour!\n"


def test_two_replacements_of_one_word_are_both_kept() -> None:
    assert merge_texts("value = old", "value = mine", "value = yours") == "value = yoursmine"


def test_what_one_side_deleted_stays_deleted_and_what_the_other_wrote_stays() -> None:
    assert merge_texts("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n") == "a\nc\nd\n"


def test_the_same_words_added_by_both_stand_once() -> None:
    assert merge_texts("a\n", "a\nb\n", "a\nb\nc\n") == "a\nb\nc\n"
