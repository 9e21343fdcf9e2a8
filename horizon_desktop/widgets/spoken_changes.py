"""What is said aloud between two states of the workspace (design section 9); toasts say themselves."""

from horizon_desktop.presentation.expiry import WarningLevel, spoken_moments
from horizon_desktop.presentation.reconnecting import SilenceStage
from horizon_desktop.presentation.workspace import ReadOnlyReason, WorkspaceView
from horizon_desktop.widgets.workspace_texts import said, spoken_time

_BROKEN = frozenset({SilenceStage.BANNER, SilenceStage.LOST})


def spoken_changes(before: WorkspaceView, after: WorkspaceView) -> list[tuple[str, bool]]:
    """Return what to say and whether it interrupts. Typing and cursors of others are never said."""
    return [*_people(before, after), *_link(before, after), *_time(before, after), *_rights(before, after)]


def _people(before: WorkspaceView, after: WorkspaceView) -> list[tuple[str, bool]]:
    asked = {row.badge.peer_id for row in before.people.rows if row.asked_minutes}
    return [
        (said("{name} asks for {n} more minutes", name=row.badge.name, n=row.asked_minutes), False)
        for row in after.people.rows
        if row.asked_minutes and row.badge.peer_id not in asked
    ]


def _link(before: WorkspaceView, after: WorkspaceView) -> list[tuple[str, bool]]:
    was, now = before.reconnecting.stage, after.reconnecting.stage
    if now in _BROKEN and was not in _BROKEN:
        if after.is_host:
            return [(said("The link to your guests is lost"), True)]
        return [(said("The link to {host} is lost", host=after.top.host), True)]
    return []


def _time(before: WorkspaceView, after: WorkspaceView) -> list[tuple[str, bool]]:
    was, now = before.expiry, after.expiry
    if now.level is not was.level:
        if now.level is WarningLevel.NOTICE:
            return [(spoken_time(now.seconds_left), False)]
        if now.level is WarningLevel.URGENT:
            return [(spoken_time(now.seconds_left), True)]
        if now.level is WarningLevel.FINAL:
            return [(spoken_time(now.seconds_left), False)]
        if now.level is WarningLevel.NONE:
            return [(said("Extended, {time}", time=spoken_time(now.seconds_left)), False)]
    if spoken_moments(was.seconds_left, now.seconds_left):
        return [(spoken_time(now.seconds_left), False)]
    return []


def _rights(before: WorkspaceView, after: WorkspaceView) -> list[tuple[str, bool]]:
    if before.editor is None or after.editor is None or before.editor.file_id != after.editor.file_id:
        return []
    was, now = before.editor.read_only, after.editor.read_only
    is_news = was is not now and now in (ReadOnlyReason.TIME, ReadOnlyReason.LINK)
    return [(said("You can only read this file now"), True)] if is_news else []
