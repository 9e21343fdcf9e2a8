"""A collaboration session: its type, its choices and its window of time."""

from enum import StrEnum


class SessionType(StrEnum):
    """Presets of channels and role (SPEC section 5). Types whose channels are not built yet are not offered."""

    PAIR = "pair"
    REVIEW = "review"
