"""What the join page shows."""

from typing import Final

from horizon_desktop.presentation.access_lines import Reader, access_rows
from horizon_desktop.presentation.expiry import TimeView, time_view
from horizon_desktop.presentation.join import (
    DeviceCardView,
    FormState,
    FormView,
    HostCardView,
    JoinView,
    PreviewState,
    duration_words,
    form_state_of,
)
from horizon_desktop.presentation.people import BadgeView, initials
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.select_time import SECOND_MS, seconds_until, time_of_day
from horizon_desktop.presentation.state import AppState, JoinFlow, JoinPreview
from horizon_desktop.presentation.wording import Words

_MINUTE_MS: Final = 60_000


def join_view(state: AppState, join: JoinFlow) -> JoinView:
    """Return both sides of the join page."""
    return JoinView(
        preview=_preview_state(join),
        host=host_card(state, join.preview) if join.preview else None,
        form=form_view(state, join),
        link=join.link,
    )


def _preview_state(join: JoinFlow) -> PreviewState:
    if join.preview is not None:
        return PreviewState.SHOWN
    return PreviewState.LOADING if join.stage == "reading" else PreviewState.NONE


def host_card(state: AppState, preview: JoinPreview) -> HostCardView:
    """Return who invites, what for, how long, what opens and what stays closed."""
    name = plain(preview.host_name)
    minutes = max(1, preview.expires_at.since(preview.starts_at) // _MINUTE_MS)
    return HostCardView(
        name=name,
        badge=BadgeView(peer_id=preview.host_key, name=name, initials=initials(name), color=0, is_host=True),
        title=plain(preview.title, limit=TITLE_LENGTH),
        session_type=preview.session_type,
        duration=duration_words(minutes=minutes, until=time_of_day(state, preview.expires_at)),
        access=access_rows(dict(preview.access), reader=Reader.GUEST, files=preview.files),
        pictures=preview.host_pictures,
        key=preview.host_key,
        is_known=preview.is_host_known,
    )


def form_view(state: AppState, join: JoinFlow) -> FormView:
    """Return the redemption form in its state."""
    profile = state.profile
    form = _form_state(state, join)
    return FormView(
        state=form,
        name=join.name,
        device=DeviceCardView(
            device=profile.device if profile else "",
            system=profile.system if profile else "",
            version=profile.version if profile else "",
            pictures=profile.pictures if profile else (),
        ),
        words=_words(join, form),
        valid=None if join.preview is None else _valid(state, join.preview),
        seconds_left=_wait_s(state, join) if form in {FormState.WAITING, FormState.SLOWED} else 0,
        pictures=join.pictures if form is FormState.WAITING else (),
    )


def _wait_s(state: AppState, join: JoinFlow) -> int:
    return max(0, seconds_until(join.answer_by, state.now))


def _form_state(state: AppState, join: JoinFlow) -> FormState:
    if join.stage == "checking":
        return FormState.CHECKING
    if join.stage == "waiting":
        return FormState.WAITING
    if join.problem is None:
        return FormState.ENTER
    form = form_state_of(join.problem.key)
    is_wait_over = form is FormState.SLOWED and _wait_s(state, join) == 0
    return FormState.ENTER if is_wait_over else form


def _words(join: JoinFlow, form: FormState) -> Words | None:
    if form is FormState.WAITING:
        return Words("join.waiting", {"host": _host(join)})
    if join.problem is None or (form is FormState.ENTER and join.problem.key == "code.slow"):
        return None
    return Words(join.problem.key, {"host": _host(join), **join.problem.values})


def _host(join: JoinFlow) -> str:
    return plain(join.preview.host_name) if join.preview else ""


def _valid(state: AppState, preview: JoinPreview) -> TimeView:
    length_s = max(1, preview.invite_expires_at.since(preview.starts_at) // SECOND_MS)
    return time_view(seconds_until(preview.invite_expires_at, state.now), length_s)
