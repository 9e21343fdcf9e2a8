"""The home page: start a session, join one, and what is active now."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from horizon_desktop.presentation.expiry import TimeView
from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.presentation.usage_page import BarView
from horizon_desktop.presentation.wording import Words

MAX_CARD_BADGES = 3


class CardAction(StrEnum):
    """The one button of a session's card."""

    OPEN = "open"
    SHOW_INVITE = "show_invite"
    RESUME = "resume"


class SessionCardView(msgspec.Struct, frozen=True, kw_only=True):
    """One active session."""

    session_id: str
    title: str
    session_type: str
    """pair or review."""
    subtitle: Words
    badges: tuple[BadgeView, ...]
    more: int
    """People without a badge of their own here."""
    quality: QualityView | None
    """None: nobody is connected."""
    is_waiting: bool
    """The invite is open and nobody came yet."""
    is_interrupted: bool
    time: TimeView
    action: CardAction
    is_host: bool


class HomeQuotaView(msgspec.Struct, frozen=True, kw_only=True):
    """The quota of this person that counts, and what waits for their answer."""

    resource: str
    used: str
    limit: str
    line: Words
    """What is reserved and how far burst goes; without either, when it ends."""
    bar: BarView
    is_over: bool
    requests: int
    oldest: Words | None


class HomeView(msgspec.Struct, frozen=True, kw_only=True):
    summary: Words
    cards: tuple[SessionCardView, ...] = ()
    quota: HomeQuotaView | None = None
    """None: this person has no quota, and the two start cards share its room."""
    link_problem: Words | None = None
    """What is wrong with the link that was pasted."""
    problem: Words | None = None
    """What went wrong with the last thing asked for on this page."""


def summary_of(*, sessions: int, next_end_minutes: int) -> Words:
    """Return the line under the page's title."""
    if sessions == 0:
        return Words("home.none")
    key = "home.one" if sessions == 1 else "home.many"
    if next_end_minutes == 1:
        key += ".minute"
    return Words(key, {"n": sessions, "minutes": next_end_minutes})


def subtitle_of(*, session_type: str, files: Sequence[str], host: str = "") -> Words:
    """Return what a session is and what it shares.

    Args:
        files: Names of the shared files.
        host: Guest: who hosts it; empty for the host.
    """
    values: dict[str, str | int] = {"n": len(files) - 1, "host": plain(host)}
    if files:
        values["file"] = plain(files[0], limit=TITLE_LENGTH)
    form = "none" if not files else ("file" if len(files) == 1 else "files")
    if host:
        form = "guest"
    return Words(f"card.{session_type}.{form}", values)


def card_badges(badges: tuple[BadgeView, ...]) -> tuple[tuple[BadgeView, ...], int]:
    """Return the badges of a card, and how many people have none."""
    return badges[:MAX_CARD_BADGES], max(0, len(badges) - MAX_CARD_BADGES)


def card_action(*, is_interrupted: bool, is_host: bool, guests: int) -> CardAction:
    """Return the one button: resume first, then the invite while nobody came."""
    if is_interrupted:
        return CardAction.RESUME
    return CardAction.SHOW_INVITE if is_host and guests == 0 else CardAction.OPEN
