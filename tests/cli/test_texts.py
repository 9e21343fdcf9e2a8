"""Every key that the code can raise has a sentence of its own, and no value can steer a terminal."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.cli.picture_words import PICTURE_WORDS, spoken
from horizon_desktop.cli.texts import NOTES, SENTENCES, sentence

ROOT = Path(__file__).resolve().parents[2]
RAISED = re.compile(r"code(?:: ClassVar\[str\])? ?= ?\"([a-z_]+(?:\.[a-z_0-9]+)+)\"")
OWN = ("errors.py", "cli", "bridge", "main", "services", "adapters/storage", "adapters/keyring", "adapters/control.py")
"""Where errors that reach a person come from; rules about a peer's bytes are said by their family."""
FOREIGN = re.compile(r"(?:ack|attempt|binding|edit|first|frame|message|seq|signal|tls|token|flags|type|relay|rate)\.")


def raised() -> set[str]:
    found: set[str] = set()
    for place in OWN:
        path = ROOT / "horizon_desktop" / place
        for file in [path] if path.is_file() else path.rglob("*.py"):
            found |= set(RAISED.findall(file.read_text("utf-8")))
    return {key for key in found if not FOREIGN.match(key)}


@pytest.mark.parametrize("key", sorted(raised()))
def test_every_error_of_ours_has_a_sentence(key: str) -> None:
    assert key in SENTENCES, f"{key} is said as {sentence(key)!r}"


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_every_sentence_is_whole_even_without_values(key: str) -> None:
    text = sentence(key)
    assert text[0].isupper() or not text[0].isalpha()
    assert text.endswith(".") and "{" not in text and "?" not in text and "\n" not in text


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_no_sentence_blames_or_shouts(key: str) -> None:
    assert not re.search(
        r"\b(oops|please|sorry|invalid|failed|forbidden|terminate|kill)\b|!", SENTENCES[key], re.IGNORECASE
    )


def test_a_key_without_a_sentence_is_said_by_its_family() -> None:
    assert sentence("edit.origin") == SENTENCES["protocol.remote"]
    assert sentence("never.heard.of") == SENTENCES["internal"]


@given(st.text())
def test_no_value_of_a_peer_steers_a_terminal(name: str) -> None:
    told = sentence("peer.ambiguous", {"peer": name, "n": 2})
    assert told.isprintable()


def test_notes_name_their_places_only() -> None:
    places = {place for text in NOTES.values() for place in re.findall(r"{(\w+)}", text)}
    assert places <= {"n", "name", "device", "role", "pictures", "peer", "hub", "why", "left"}


def test_pictures_are_spoken_in_the_order_of_the_pictures() -> None:
    drawn = json.loads((ROOT / "resources" / "key_pictures.json").read_text("utf-8"))
    assert [picture["word"] for picture in drawn] == list(PICTURE_WORDS)
    assert spoken((0, 63)) == f"{PICTURE_WORDS[0]}, {PICTURE_WORDS[63]}"
