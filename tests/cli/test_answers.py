"""What a host types: answers to knocks, and chat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.cli.answers import LetIn, SayLine, TurnAway, read_line, trusted
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.errors import UsageError

MAYA, MAX = "ab" * 32, "ac" * 32
ONE = {MAYA: "Maya"}
TWO = {MAYA: "Maya", MAX: "Max"}


@pytest.mark.parametrize("line", ["y", "Y", "yes", "y ab", f"y {MAYA}", "y AB", "y maya", "  y   ab  "])
def test_yes_lets_in_with_the_invites_role(line: str) -> None:
    assert read_line(line, ONE) == LetIn(MAYA, None)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_lets_in_with_that_role(role: Role) -> None:
    assert read_line(f"{role} ab", TWO) == LetIn(MAYA, role)


@pytest.mark.parametrize("line", ["n", "no ab", "n Maya"])
def test_no_turns_away(line: str) -> None:
    assert read_line(line, ONE) == TurnAway(MAYA)


@pytest.mark.parametrize("line", ["y", "y a", "n", "editor"])
def test_an_answer_that_fits_two_people_is_refused(line: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_line(line, TWO)
    assert refused.value.key == "knock.ambiguous"


@pytest.mark.parametrize("line", ["y ffff", "n bob"])
def test_an_answer_to_nobody_is_refused(line: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_line(line, ONE)
    assert refused.value.key == "knock.none"


@pytest.mark.parametrize("line", ["hello", "y ab now", "yesterday ab", "editor is down again"])
def test_anything_else_is_chat(line: str) -> None:
    assert read_line(line, ONE) == SayLine(line)


@pytest.mark.parametrize("line", ["", "   ", "\t"])
def test_an_empty_line_means_nothing(line: str) -> None:
    assert read_line(line, ONE) is None


@given(
    st.text(), st.dictionaries(st.text("0123456789abcdef", min_size=64, max_size=64), st.text(max_size=5), max_size=3)
)
def test_no_line_lets_in_anybody_who_does_not_wait(line: str, waiting: dict[str, str]) -> None:
    try:
        meant = read_line(line, waiting)
    except UsageError:
        return
    assert not isinstance(meant, LetIn | TurnAway) or meant.peer_id in waiting


@pytest.mark.parametrize("line", ["trust", "trust ab", f"trust {MAYA}", "TRUST AB", " trust  ab "])
def test_trust_names_one_of_those_whom_something_speaks_against(line: str) -> None:
    assert trusted(line, [MAYA]) == MAYA


@pytest.mark.parametrize("line", ["trust ff", "trust me on this", "I trust ab", "", "trusty ab"])
def test_any_other_line_trusts_nobody(line: str) -> None:
    assert trusted(line, [MAYA]) == ""


def test_where_nobody_is_watched_trust_is_a_word_like_any_other() -> None:
    assert trusted("trust", []) == ""


def test_trust_that_fits_two_people_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        trusted("trust a", [MAYA, MAX])
    assert refused.value.key == "knock.ambiguous"
