"""The mirror: positions in UTF-16 units, smallest changes, and signs that never change a length."""

from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.widgets.text_mirror import Change, TextMirror, moved, shown, units

TEXTS = st.text(alphabet=st.sampled_from("ab\n\r\u2028\u2029\ufdd0\ufffcé日😀👩\u200d\u202e\x00\t"), max_size=12)


def test_a_change_inside_a_text_with_emoji_lands_on_its_units() -> None:
    mirror = TextMirror("a😀b")
    mirror.splice(Change(3, 1, "é\n"))
    assert mirror.text() == "a😀é\n"


def test_two_emoji_that_share_a_half_are_replaced_whole() -> None:
    mirror = TextMirror("😀")
    assert mirror.difference(0, 2, "😁") == Change(0, 2, "😁")


def test_a_line_reported_as_replaced_by_itself_is_no_change() -> None:
    mirror = TextMirror("first\nsecond\n")
    assert mirror.difference(0, 13, "first\nsecond\n") is None


@given(TEXTS)
def test_signs_keep_every_position(text: str) -> None:
    assert units(shown(text)) == units(text)
    assert not any(character in shown(text) for character in "\r\u2028\u2029\ufdd0\ufffc\u202e")


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_the_difference_makes_the_old_text_read_like_the_new_one(head: str, old: str, new: str, tail: str) -> None:
    mirror = TextMirror(head + old + tail)
    change = mirror.difference(units(head), units(old), new)
    if change is not None:
        mirror.splice(change)
    assert shown(mirror.text()) == shown(head + new + tail)


@given(TEXTS, TEXTS)
def test_what_did_not_change_keeps_its_true_characters(text: str, added: str) -> None:
    mirror = TextMirror(text)
    change = mirror.difference(0, units(text), shown(text) + added)
    if change is not None:
        mirror.splice(change)
    assert shown(mirror.text()) == shown(text + added)
    assert mirror.text().startswith(text[: len(text) - 1])


def test_an_own_caret_stays_before_what_others_put_at_its_place_and_a_strangers_goes_along() -> None:
    change = Change(5, 0, "abc")
    assert moved(5, change, is_own=True) == 5
    assert moved(5, change) == 8
    assert moved(9, Change(2, 4, "é")) == 6
