"""Bytes become text and the same bytes again; what is no text says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.text_form import read_text, text_bytes
from horizon_desktop.errors import FileRefused

LINES = st.lists(st.text(alphabet="ab é😀\t", max_size=10), max_size=10)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_text_in_one_form_comes_back_byte_by_byte(lines: list[str], newline: str, has_bom: bool) -> None:
    data = (b"\xef\xbb\xbf" if has_bom else b"") + newline.join(lines).encode()
    form = read_text(data, name="a.txt")
    assert text_bytes(form.text, newline=form.newline, has_bom=form.has_bom) == data
    assert "\r" not in form.text


@given(st.binary(max_size=200))
def test_any_bytes_are_a_text_or_refused(data: bytes) -> None:
    assert outcome(data) in {"text", "file.binary", "file.encoding"}


def outcome(data: bytes) -> str:
    """Return "text", or the key of the refusal."""
    try:
        return "text" if "\0" not in read_text(data, name="a.txt").text else "NUL"
    except FileRefused as refused:
        return refused.key


def test_mixed_line_ends_take_the_form_of_the_most() -> None:
    assert read_text(b"a\r\nb\r\nc\n", name="a").newline == "\r\n"
    assert read_text(b"a\r\nb\nc\n", name="a").newline == "\n"


def test_a_refusal_names_the_file_and_its_size() -> None:
    with pytest.raises(FileRefused) as refused:
        read_text(b"x" * (3 * 1024 * 1024), name="huge.log")
    assert refused.value.values == {"file": "huge.log", "size": "3.0 MB"}
