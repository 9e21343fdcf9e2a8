"""A silent link: a chip after 5 s, a banner after 30 s, both with the time left to resume (PROTOCOL section 6)."""

from enum import StrEnum

import msgspec


class SilenceStage(StrEnum):
    """How long nothing was heard."""

    NONE = "none"
    CHIP = "chip"
    """5 s."""
    BANNER = "banner"
    """30 s."""
    LOST = "lost"
    """The time to resume is over, or the host cannot be reached."""


class ReconnectingView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    stage: SilenceStage = SilenceStage.NONE
    is_host: bool = False
    host: str = ""
    guests: tuple[str, ...] = ()
    """Host: names of the guests that are not heard."""
    is_everyone: bool = True
    """Host: no guest is heard (else only those named)."""
    resume_left_s: int = 0
    waiting_edits: int = 0
    is_offline: bool = False
    """This machine itself has no network (copy deck net.offline)."""


def silence_stage(silent_ms: int, resume_left_ms: int) -> SilenceStage:
    """Return what to show after so much silence.

    Args:
        silent_ms: Milliseconds since anything was heard.
        resume_left_ms: Milliseconds until the place is given up.
    """
    if silent_ms >= 5_000 and resume_left_ms <= 0:
        return SilenceStage.LOST
    if silent_ms >= 30_000:
        return SilenceStage.BANNER
    if silent_ms >= 5_000:
        return SilenceStage.CHIP
    return SilenceStage.NONE
