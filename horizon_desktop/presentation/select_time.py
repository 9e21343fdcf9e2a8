"""Times of a session for the screen, reckoned on the host's clock."""

from typing import Final

from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation.expiry import (
    ExpiryView,
    TimeView,
    WarningLevel,
    extension_choices,
    time_view,
    warning_level,
)
from horizon_desktop.presentation.state import AppState, Session

SECOND_MS: Final = 1000
HOUR_MS: Final = 3_600_000
_NOT_RUNNING: Final = frozenset({"interrupted", "ended"})


def host_now(state: AppState, session: Session) -> Instant:
    """Return the moment it is on the clock of the session's host."""
    return state.now.plus(session.host_ahead_ms)


def seconds_until(moment: Instant, now: Instant) -> int:
    """Return whole seconds until a moment, rounded up, so that 0 means it has come; negative after it."""
    return -(-moment.since(now) // SECOND_MS)


def seconds_left(state: AppState, session: Session) -> int:
    """Return whole seconds until the session's end."""
    return seconds_until(session.expires_at, host_now(state, session))


def length_s(session: Session) -> int:
    """Return the session's length as its end stands now, at least one second."""
    return max(1, session.expires_at.since(session.created_at) // SECOND_MS)


def session_time(state: AppState, session: Session) -> TimeView:
    """Return what sun and digits show."""
    is_running = session.state not in _NOT_RUNNING
    return time_view(seconds_left(state, session), length_s(session), is_running=is_running)


def session_level(state: AppState, session: Session) -> WarningLevel:
    """Return how near the end is."""
    return warning_level(seconds_left(state, session), length_s(session))


def may_extend(session: Session) -> bool:
    """Whether any extension fits before the session's own limit."""
    return bool(choices(session))


def choices(session: Session) -> tuple[int, ...]:
    """Return the minutes that may still be added."""
    return extension_choices(session.limit_at.since(session.expires_at) // SECOND_MS)


def expiry_view(state: AppState, session: Session, *, host: str) -> ExpiryView:
    """Return the warning: banner, card, or nothing."""
    level = session_level(state, session)
    unsaved = sum(bool(file.problem) for file in session.files)
    return ExpiryView(
        session_id=session.session_id,
        level=level,
        is_host=session.is_host,
        host=host,
        seconds_left=max(0, seconds_left(state, session)),
        time=session_time(state, session),
        is_dismissed=level is WarningLevel.NOTICE and session.dismissed_level == level.value,
        choices=choices(session),
        limit_hours=session.limit_at.since(session.created_at) // HOUR_MS,
        has_asked=session.has_asked,
        files_saved=len(session.files) - unsaved,
        files_unsaved=unsaved,
        file_id=b"" if session.is_host else session.front_file,
        edits_waiting=session.waiting_edits,
        is_end_asked=session.is_end_asked,
    )


def time_of_day(state: AppState, moment: Instant) -> str:
    """Return a moment as people here read it: 16:40."""
    minutes = (moment.ms // SECOND_MS + state.utc_offset_s) // 60 % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
