"""Strict YAML: plain data with lines, and every hostile or surprising text refused where it stands."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from horizon_desktop.adapters.policy_files.strict_yaml import MAX_BYTES, MAX_DEPTH, read_documents
from horizon_desktop.errors import ConfigurationRefused


def refused(text: str | bytes) -> ConfigurationRefused:
    with pytest.raises(ConfigurationRefused) as caught:
        read_documents(text.encode() if isinstance(text, str) else text)
    return caught.value


def test_documents_come_with_the_line_of_every_place() -> None:
    (first, second) = read_documents(b"---\na:\n  - b: 1\n    c: [x, y]\n---\nd: true\n")
    assert first.data == {"a": [{"b": 1, "c": ["x", "y"]}]}
    assert first.line_of(("a", 0, "c", 1)) == 4
    assert first.line_of(("a", 0, "missing")) == 3
    assert second.data == {"d": True}
    assert second.line_of(("d",)) == 6


@pytest.mark.parametrize(
    ("scalar", "found"),
    [
        ("no", "no"),
        ("on", "on"),
        ("22:00", "22:00"),
        ("0o17", "0o17"),
        ("017", "017"),
        ("1e9", "1e9"),
        (".nan", ".nan"),
        ("2026-11-22", "2026-11-22"),
        ("8", 8),
        ("-3", -3),
        ("0.5", 0.5),
        ("true", True),
        ("True", "True"),
        ("'8'", "8"),
        ('"true"', "true"),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_scalars_are_what_they_look_like_and_nothing_of_yaml_1_1(scalar: str, found: object) -> None:
    (document,) = read_documents(f"a: {scalar}\n".encode())
    assert document.data == {"a": found}
    assert type(document.data["a"]) is type(found)


def test_empty_documents_are_left_out() -> None:
    assert read_documents(b"") == []
    assert [each.data for each in read_documents(b"---\n---\na: 1\n---\n# nothing\n")] == [{"a": 1}]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [*{last},*{last},*{last},*{last},*{last},*{last}]\n"
    for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        (BOMB, "aliases and anchors", 1),
        ("a: 1\nb: *a\n", "aliases", 2),
        ("a: &x 1\n", "anchors", 1),
        ("a: !!python/object/apply:os.system ['true']\n", "tags", 1),
        ("a: !!str 1\n", "tags", 1),
        ("a: !local 1\n", "tags", 1),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "`c` stands here twice", 4),
        ("a: {b: 1, b: 2}\n", "`b` stands here twice", 1),
        ("? [a, b]\n: 1\n", "a key is a word", 1),
        ("a: 1\n<<: {b: 2}\n", "merge keys", 2),
        ("[" * 100_000, f"more than {MAX_DEPTH}", 1),
        ("{a: " * 50_000, f"more than {MAX_DEPTH}", 1),
        ("- " * 50_000, f"more than {MAX_DEPTH}", 1),
        ("a: [" + "1," * 60_000 + "]", "more than 50000 values", 1),
        ("---\n1\n" * 2000, "more than 1000 documents", 2001),
        ("a: b: c\n", "mapping values are not allowed", 1),
        ("a: 1\n\tb: 2\n", "", 2),
        ("a: 'open\n", "", 2),
        ("a: \x07\n", "a character that no text holds", 1),
    ],
)
def test_what_is_hostile_or_ambiguous_is_refused_with_its_line(text: str, words: str, line: int) -> None:
    refusal = refused(text)
    assert refusal.key == "policy.broken"
    assert words in str(refusal)
    assert refusal.values["line"] == line


def test_sizes_and_encodings_are_looked_at_first() -> None:
    assert "more than 256 KiB" in str(refused(b"#" * (MAX_BYTES + 1)))
    assert refused(b"a: 1\nb: \xff\n").values["line"] == 2
    assert read_documents(b"\xef\xbb\xbfa: 1\n")[0].data == {"a": 1}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!|>'\"#%@`,? \n\t01.~", max_size=80).map(str.encode))
def test_whatever_the_bytes_the_answer_is_data_or_one_kind_of_refusal(text: bytes) -> None:
    with suppress(ConfigurationRefused):
        read_documents(text)
