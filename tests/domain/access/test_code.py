"""The code: typos are caught, every way of writing it reads the same."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.access.code import (
    ALPHABET,
    check_symbol,
    code_from_entropy,
    parse_code,
    shown_code,
    spelled,
)
from horizon_desktop.errors import InviteRefused

codes = st.text(ALPHABET, min_size=7, max_size=7)


@given(codes)
def test_what_is_shown_is_read_back(code: str) -> None:
    assert parse_code(shown_code(code)) == code


@given(codes)
def test_case_spaces_dashes_and_look_alikes_do_not_matter(code: str) -> None:
    typed = shown_code(code).lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert parse_code(f"  {typed[:2]}-{typed[2:]}\n") == code
    assert parse_code(shown_code(code).replace("1", "I")) == code


@given(codes, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_always_caught(code: str, at: int, symbol: str) -> None:
    whole = code + check_symbol(code)
    if whole[at] == symbol:
        return
    with pytest.raises(InviteRefused) as refused:
        parse_code(whole[:at] + symbol + whole[at + 1 :])
    assert refused.value.key == "code.typo"


@given(codes, st.integers(0, 5))
def test_swapped_neighbours_are_caught_unless_they_differ_by_half_the_alphabet(code: str, at: int) -> None:
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    difference = ALPHABET.index(code[at]) - ALPHABET.index(code[at + 1])
    assert (check_symbol(swapped) == check_symbol(code)) == (difference % 16 == 0)


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_a_typo(text: str) -> None:
    with suppress(InviteRefused):
        assert len(parse_code(text)) == 7


@pytest.mark.parametrize("text", ["", "7Q4M", "7Q4M-KX2", "7Q4M-KX2UU", "ßQ4M-KX2A", "７Q4M-KX2A", "U" * 8])
def test_what_is_not_eight_symbols_of_the_alphabet_is_a_typo(text: str) -> None:
    with pytest.raises(InviteRefused):
        parse_code(text)


def test_the_check_symbol_is_the_weighted_sum() -> None:
    assert check_symbol("1000000") == "1"
    assert check_symbol("0000001") == "D"
    assert check_symbol("ZZZZZZZ") == ALPHABET[31 * 49 % 32]


@given(st.binary(min_size=5, max_size=5))
def test_a_code_is_thirty_five_of_the_random_bits(entropy: bytes) -> None:
    code = code_from_entropy(entropy)
    bits = int.from_bytes(entropy, "big") % 2**35
    assert sum(ALPHABET.index(symbol) << (5 * place) for place, symbol in enumerate(code)) == bits


def test_every_symbol_has_a_word_of_its_own() -> None:
    assert len(set(spelled(ALPHABET))) == 32
    assert spelled("7Q4M-KX2A")[:2] == ("seven", "Quebec")
