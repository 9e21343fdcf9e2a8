"""The copy deck: every key once, every place told, every action labelled."""

import re

import pytest

from horizon_desktop.errors import HorizonError
from horizon_desktop.presentation.wording import DECK_KEYS, WORDINGS, Words, wording_of
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.phrases import ACTIONS, PHRASES

DECK = [
    "code.typo",
    "code.wrong",
    "code.wrong.last",
    "code.slow",
    "code.locked",
    "invite.expired",
    "invite.used",
    "invite.cancelled",
    "invite.full",
    "invite.notyet",
    "invite.bad",
    "invite.version",
    "key.mismatch",
    "clock.skew",
    "join.waiting",
    "join.declined",
    "net.relay",
    "net.relay.off",
    "net.offline",
    "net.reconnecting",
    "host.away",
    "hub.unreachable",
    "hub.pin",
    "net.lost",
    "net.back",
    "access.revoked",
    "access.changed",
    "access.denied",
    "rate.edits",
    "rate.bandwidth",
    "file.binary",
    "file.encoding",
    "file.big",
    "file.vanished",
    "file.size",
    "file.type",
    "file.hash",
    "file.space",
    "port.busy",
    "quota.over",
    "train.slow",
    "expiry.10",
    "expiry.10.guest",
    "expiry.2",
    "expiry.2.guest",
    "expiry.limit",
    "ended",
    "revoke.confirm",
    "endall.confirm",
    "audit.broken",
    "clip.copied",
    "clip.copied.code",
    "overlay.wayland",
]
"""The keys of the design guide, section 10, in its order."""
FORBIDDEN = ("oops", "please", "sorry", "invalid", "failed", "forbidden", "terminate", "kill", "!")
PLACE = re.compile(r"\{(\w+)\}")


def shapes(key: str) -> list[str]:
    sentence = texts.TEXTS[key]
    return [shape for shape in (sentence.title, sentence.text, sentence.one_title, sentence.one_text) if shape]


def test_the_deck_holds_each_key_of_the_design_once_and_in_its_order() -> None:
    assert list(DECK_KEYS) == DECK
    assert len(set(DECK_KEYS)) == len(DECK_KEYS)


def test_every_key_has_a_sentence_and_every_sentence_a_key() -> None:
    assert set(texts.TEXTS) == set(WORDINGS)


@pytest.mark.parametrize("key", sorted(WORDINGS))
def test_a_sentence_uses_the_places_of_its_row_and_no_others(key: str) -> None:
    used = {place for shape in shapes(key) for place in PLACE.findall(shape)}
    used |= {place for action in WORDINGS[key].actions for place in PLACE.findall(ACTIONS[action])}
    assert used <= set(WORDINGS[key].places)


@pytest.mark.parametrize("key", sorted(WORDINGS))
def test_a_filled_sentence_leaves_no_place_open(key: str) -> None:
    words = Words(key, dict.fromkeys(WORDINGS[key].places, "7"))
    assert "{" not in texts.title(words) + texts.text(words)


@pytest.mark.parametrize("key", sorted(WORDINGS))
def test_a_text_without_its_values_says_less_but_shows_no_place(key: str) -> None:
    assert "{" not in texts.text(Words(key))


@pytest.mark.parametrize("key", sorted(WORDINGS))
def test_every_action_of_a_row_has_a_label(key: str) -> None:
    assert set(WORDINGS[key].actions) <= set(ACTIONS)


@pytest.mark.parametrize("key", sorted(WORDINGS))
def test_no_sentence_blames_begs_or_shouts(key: str) -> None:
    said = " ".join(shapes(key)).lower()
    assert [word for word in FORBIDDEN if re.search(rf"\b{re.escape(word)}\b" if word != "!" else "!", said)] == []


def test_one_try_is_said_in_the_singular() -> None:
    assert texts.text(Words("code.wrong", {"n": 1, "host": "aurora"})).startswith("1 try left.")
    assert texts.text(Words("code.wrong", {"n": 3, "host": "aurora"})).startswith("3 tries left.")


def test_a_value_with_braces_makes_no_place_of_its_own() -> None:
    words = Words("revoke.confirm", {"guest": "{host} {n}"})
    assert texts.title(words) == "Revoke {host} {n}?"


def test_a_host_whose_name_is_not_known_is_called_your_host() -> None:
    assert texts.title(Words("host.away", {"host": ""})) == "Your host isn't online yet"
    assert texts.action("ask_host") == "Ask your host"


def test_a_key_that_nobody_wrote_for_is_said_as_a_fault_of_ours() -> None:
    assert wording_of("no.such.key").key == "internal"
    assert texts.title(Words("no.such.key")) == "Something went wrong in Horizon"


def test_every_error_of_the_tree_has_a_sentence() -> None:
    def below(kind: type[HorizonError]) -> list[type[HorizonError]]:
        return [kind, *(deeper for child in kind.__subclasses__() for deeper in below(child))]

    codes = {kind.code for kind in below(HorizonError) if kind.__module__ == "horizon_desktop.errors"}
    assert codes <= set(WORDINGS)


@pytest.mark.parametrize("key", sorted(PHRASES))
def test_a_phrase_in_the_singular_counts_nothing(key: str) -> None:
    assert "{n}" not in "".join(PHRASES[key][1:])
