"""What `horizon doctor` says, for a terminal: nothing in a value steers it."""

from collections.abc import Mapping

from horizon_desktop.bridge.checkup_words import ADVICE, CAUSES
from horizon_desktop.cli.texts import filled


def cause_words(key: str, values: Mapping[str, str | int]) -> str:
    """Return the sentence for a cause. Nothing in the values steers a terminal."""
    return filled(CAUSES[key], values)


def advice_words(key: str) -> str:
    """Return what to do; empty for nothing."""
    return ADVICE[key]
