"""How sessions, quotas, settings and the check of the network change the state: what is shown, what is on its way."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from horizon_desktop.domain.access.facts import RiskAssessed
from horizon_desktop.domain.usage.facts import PurseMoved, QuotaWarned
from horizon_desktop.presentation import intents, usage_intents
from horizon_desktop.presentation.changes import participant_of, put, session_of, with_session, with_toast, without
from horizon_desktop.presentation.doctor import Checkup
from horizon_desktop.presentation.facts import CheckDone, CheckRefused, ProxyRead, UsageRead
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.reduce_pages import show_page
from horizon_desktop.presentation.select_sessions import hosted_live
from horizon_desktop.presentation.state import AppState, Doubt, Purse

Handler = Callable[[AppState, Any], AppState]
_NO_RISK: Final = "low"
_ALL_PERCENT: Final = 100
"""At 100 % it goes on into the burst or stops: the purse itself tells which."""


def choose_session(state: AppState, intent: intents.ChooseSession) -> AppState:
    """Show another session's details; what was asked about the one before is taken back."""
    before = session_of(state, state.chosen_session)
    if before is not None and before.session_id != intent.session_id:
        state = with_session(state, before.session_id, revoke_asked="", is_end_asked=False)
    return msgspec.structs.replace(state, chosen_session=intent.session_id)


def set_session_approval(state: AppState, intent: intents.SetSessionApproval) -> AppState:
    """Shown at once; the session's next reading says whether it is so."""
    return with_session(state, intent.session_id, is_approval_asked=intent.is_asked)


def pause_input(state: AppState, intent: intents.PauseInput) -> AppState:
    """Shown at once; the session's next reading says whether it is so."""
    named = (intent.session_id,) if intent.session_id else tuple(one.session_id for one in hosted_live(state))
    for session_id in named:
        state = with_session(state, session_id, is_input_paused=intent.is_paused)
    return state


def ask_end_all(state: AppState, intent: intents.AskEndAll) -> AppState:
    """Ask on the page that counts what would end."""
    state = show_page(state, intents.ShowPage(page="sessions")) if intent.is_shown else state
    return msgspec.structs.replace(state, is_end_all_asked=intent.is_shown)


def end_all(state: AppState, intent: intents.EndAll) -> AppState:
    """It was confirmed."""
    del intent
    return msgspec.structs.replace(state, is_end_all_asked=False)


def usage_read(state: AppState, fact: UsageRead) -> AppState:
    """Quotas, cost and pools were read again: what was on its way has arrived, or came to nothing."""
    return msgspec.structs.replace(state, usage=fact.usage, deciding=frozenset())


def deciding(state: AppState, intent: usage_intents.ApproveRequest | usage_intents.DeclineRequest) -> AppState:
    """The answer is on its way; it cannot be given twice."""
    return msgspec.structs.replace(state, deciding=state.deciding | {intent.allocation_id})


def check_invite(state: AppState, intent: intents.CheckInvite) -> AppState:
    """The check stands on its own page."""
    del intent
    return run_check(show_page(state, intents.ShowPage(page="doctor")), intents.RunCheck(target=""))


def run_check(state: AppState, intent: intents.RunCheck) -> AppState:
    """It is being looked; what was found before is old."""
    del intent
    return msgspec.structs.replace(state, checkup=Checkup(is_running=True))


def check_done(state: AppState, fact: CheckDone) -> AppState:
    """It was looked."""
    return msgspec.structs.replace(state, checkup=Checkup(checked=fact.checked))


def check_refused(state: AppState, fact: CheckRefused) -> AppState:
    """What was named is no hub and no link."""
    return msgspec.structs.replace(state, checkup=Checkup(problem=fact.problem))


def proxy_read(state: AppState, fact: ProxyRead) -> AppState:
    """How hubs are reached now."""
    return msgspec.structs.replace(state, proxy=fact.proxy)


def set_limits(state: AppState, intent: intents.SetLimits) -> AppState:
    """Limits of the draft."""
    draft = msgspec.structs.replace(
        state.draft,
        rates=dict(intent.rates),
        purse_resource=intent.purse_resource,
        purse_limit=intent.purse_limit,
        hours_from=intent.hours_from,
        hours_to=intent.hours_to,
        problem=None,
    )
    return msgspec.structs.replace(state, draft=draft)


def risk_assessed(state: AppState, event: RiskAssessed) -> AppState:
    """Something speaks against a guest, or no longer does; what a guest may do less by it is told once."""
    session = session_of(state, event.session_id)
    if session is None or not session.is_host:
        return state
    if event.level == _NO_RISK:
        return with_session(state, event.session_id, doubts=without(session.doubts, event.peer_id))
    doubt = Doubt(level=event.level, response=event.response, reasons=event.reasons)
    state = with_session(state, event.session_id, doubts=put(session.doubts, event.peer_id, doubt))
    person = participant_of(state, event.session_id, event.peer_id)
    before = session.doubts.get(event.peer_id)
    if person is None or (before is not None and before.response == event.response):
        return state
    return with_toast(state, f"toast.risk.{event.response}", tone="warn", name=plain(person.name))


def purse_moved(state: AppState, event: PurseMoved) -> AppState:
    """Something was spent; that what costs stopped, or goes on, is told once."""
    session = session_of(state, event.session_id)
    if session is None or not session.is_host:
        return state
    purse = Purse(
        resource=event.resource,
        used=event.used,
        limit=event.limit,
        ceiling=event.ceiling,
        cost=event.cost,
        is_stopped=event.is_stopped,
    )
    was_stopped = session.purse is not None and session.purse.is_stopped
    state = with_session(state, event.session_id, purse=purse)
    if event.is_stopped == was_stopped:
        return state
    key, tone = ("toast.purse.spent", "bad") if event.is_stopped else ("toast.purse.freed", "ok")
    return with_toast(state, key, tone=tone, title=plain(session.title, limit=TITLE_LENGTH))


def quota_warned(state: AppState, event: QuotaWarned) -> AppState:
    """A session's purse runs down: told at each mark."""
    session = session_of(state, event.session_id)
    if session is None or not session.is_host or event.percent >= _ALL_PERCENT:
        return state
    title = plain(session.title, limit=TITLE_LENGTH)
    return with_toast(state, "toast.purse.mark", tone="warn", n=event.percent, title=title)


HANDLERS: Final[Mapping[type, Handler]] = {
    intents.ChooseSession: choose_session,
    intents.SetSessionApproval: set_session_approval,
    intents.PauseInput: pause_input,
    intents.AskEndAll: ask_end_all,
    intents.EndAll: end_all,
    intents.SetLimits: set_limits,
    RiskAssessed: risk_assessed,
    PurseMoved: purse_moved,
    QuotaWarned: quota_warned,
    UsageRead: usage_read,
    intents.RunCheck: run_check,
    intents.CheckInvite: check_invite,
    CheckDone: check_done,
    CheckRefused: check_refused,
    ProxyRead: proxy_read,
    usage_intents.ApproveRequest: deciding,
    usage_intents.DeclineRequest: deciding,
}
