"""How joining changes the state: from an opened link to the session."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.facts import (
    JoinClosed,
    JoinDone,
    JoinRefused,
    JoinStarted,
    LinkRefused,
    PreviewRead,
)
from horizon_desktop.presentation.reduce_pages import show_page
from horizon_desktop.presentation.state import AppState, JoinFlow

Handler = Callable[[AppState, Any], AppState]


def open_link(state: AppState, intent: intents.OpenLink) -> AppState:
    """A link opens the join page, and never more than that."""
    name = state.profile.name if state.profile else ""
    return msgspec.structs.replace(state, join=JoinFlow(link=intent.link, name=name), link_problem=None)


def link_refused(state: AppState, fact: LinkRefused) -> AppState:
    """What was pasted is no invite link: said at the field, no page opens."""
    return msgspec.structs.replace(state, join=None, link_problem=fact.problem)


def preview_read(state: AppState, fact: PreviewRead) -> AppState:
    """The left side can be shown."""
    if state.join is None or state.join.link != fact.link:
        return state
    stage = "ready" if state.join.stage == "reading" else state.join.stage
    return msgspec.structs.replace(state, join=msgspec.structs.replace(state.join, preview=fact.preview, stage=stage))


def join_started(state: AppState, fact: JoinStarted) -> AppState:
    """The code is on its way."""
    if state.join is None:
        return state
    join = msgspec.structs.replace(
        state.join, stage="checking", code=fact.code, name=fact.name, problem=None, pictures=()
    )
    return msgspec.structs.replace(state, join=join)


def join_refused(state: AppState, fact: JoinRefused) -> AppState:
    """Say why; another try may be made unless it is final."""
    if state.join is None:
        return state
    wait_s = fact.problem.values.get("s", 0)
    again = state.now.plus(int(wait_s) * 1000) if fact.problem.key == "code.slow" else Instant(0)
    join = msgspec.structs.replace(
        state.join,
        stage="stopped" if fact.is_final else "ready",
        problem=fact.problem,
        pictures=(),
        answer_by=again,
    )
    return msgspec.structs.replace(state, join=join)


def retry_join(state: AppState, intent: intents.RetryJoin) -> AppState:
    """Look again: the preview is read anew."""
    del intent
    if state.join is None:
        return state
    return msgspec.structs.replace(
        state, join=msgspec.structs.replace(state.join, stage="reading", problem=None, preview=None)
    )


def join_done(state: AppState, fact: JoinDone) -> AppState:
    """We are in: the join window goes, the workspace comes."""
    state = msgspec.structs.replace(state, join=None)
    return show_page(state, intents.ShowPage(page="workspace", session_id=fact.session_id))


def join_closed(state: AppState, fact: JoinClosed) -> AppState:
    """The join window was closed."""
    del fact
    return msgspec.structs.replace(state, join=None)


HANDLERS: Final[Mapping[type, Handler]] = {
    intents.OpenLink: open_link,
    intents.RetryJoin: retry_join,
    LinkRefused: link_refused,
    PreviewRead: preview_read,
    JoinStarted: join_started,
    JoinRefused: join_refused,
    JoinDone: join_done,
    JoinClosed: join_closed,
}
