"""What a person asks of this machine: how hubs are reached, and a check of the network."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import msgspec

from horizon_desktop.bridge.checkup import CheckupView
from horizon_desktop.bridge.checkup_words import ADVICE, CAUSES, PATHS
from horizon_desktop.domain.collaboration.diagnosis import Diagnosis, Level, Verdict
from horizon_desktop.errors import HorizonError
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.doctor import Checked, CheckRow, Proxy
from horizon_desktop.presentation.facts import CheckDone, CheckRefused, ProxyRead, Told
from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.shell.answers import words_of
from horizon_desktop.shell.desk import Desk
from horizon_desktop.shell.save_file import save_file

Handler = Callable[[Desk, Any], Coroutine[Any, Any, None]]
REPORT_NAME: Final = "horizon-network-check.json"
_VALUE_LENGTH: Final = 200
_WORST: Final = (Level.BROKEN, Level.LIMITED)


async def run_check(desk: Desk, intent: intents.RunCheck) -> None:
    """Look, and show what was found; a text that is no hub is said at its field."""
    try:
        view = await desk.call(desk.checkup().check(intent.target))
    except HorizonError as error:
        desk.store.apply(CheckRefused(problem=words_of(error)))
        return
    desk.store.apply(CheckDone(checked=checked_of(view)))


async def check_invite(desk: Desk, intent: intents.CheckInvite) -> None:
    """Look at the way to the hubs of the link that is open."""
    del intent
    await run_check(desk, intents.RunCheck(target=desk.state.join.link if desk.state.join else ""))


def checked_of(view: CheckupView) -> Checked:
    """Return a diagnosis in whole sentences, with its redacted report as text."""
    diagnosis = view.diagnosis
    levels = {verdict.level for verdict in diagnosis.verdicts}
    worst = next((level for level in _WORST if level in levels), Level.GOOD)
    report = msgspec.json.format(msgspec.json.encode(view.report), indent=2)
    return Checked(
        rows=tuple(_row(verdict) for verdict in diagnosis.verdicts),
        level=worst.value,
        cause=_sentence(CAUSES[diagnosis.cause], _values_of(diagnosis)),
        advice=ADVICE[diagnosis.advice],
        path=PATHS[diagnosis.path],
        report=report.decode() + "\n",
    )


def _row(verdict: Verdict) -> CheckRow:
    return CheckRow(
        check=verdict.check.value,
        level=verdict.level.value,
        cause=_sentence(CAUSES[verdict.cause], verdict.values),
        advice=_WINDOW_ADVICE.get(verdict.advice, ADVICE[verdict.advice]),
    )


_WINDOW_ADVICE: Final[Mapping[str, str]] = {
    "name_hub": "Enter a hub's address above, or paste an invite link.",
}
"""Advice that speaks of the command line, for the window."""


def _values_of(diagnosis: Diagnosis) -> dict[str, str | int]:
    found = next((verdict for verdict in diagnosis.verdicts if verdict.cause == diagnosis.cause), None)
    return dict(found.values) if found is not None else {}


def _sentence(shape: str, values: Mapping[str, str | int]) -> str:
    """Put values into their places, each made harmless first; one that nobody told leaves its place empty."""
    clean = {
        name: plain(value, limit=_VALUE_LENGTH) if isinstance(value, str) else value for name, value in values.items()
    }
    parts = shape.split("{")
    return parts[0] + "".join(
        f"{clean.get(name, '')}{rest}" for name, _, rest in (part.partition("}") for part in parts[1:])
    )


async def save_report(desk: Desk, intent: intents.SaveReport) -> None:
    """Save the redacted report where the person chooses."""
    del intent
    checked = desk.state.checkup.checked
    if checked is not None:
        desk.dialogs.choose_target(REPORT_NAME, lambda path: desk.store.apply(save_file(path, checked.report.encode())))


async def read_proxy(desk: Desk) -> None:
    """Read how hubs are reached."""
    view = await desk.call(desk.bridge.proxy())
    desk.store.apply(ProxyRead(proxy=Proxy(proxy=view.proxy, user=view.user, source=view.source)))


async def choose_proxy(desk: Desk, intent: intents.ChooseProxy) -> None:
    """Reach hubs by another way from the next dial on; what is no proxy is said at its field, and changes nothing."""
    try:
        view = await desk.call(desk.bridge.choose_proxy(intent.text))
    except HorizonError as error:
        before = desk.state.proxy or Proxy()
        desk.store.apply(ProxyRead(proxy=msgspec.structs.replace(before, problem=words_of(error))))
        return
    desk.store.apply(ProxyRead(proxy=Proxy(proxy=view.proxy, user=view.user, source=view.source)))
    desk.store.apply(Told(key="toast.proxy"))


HANDLERS: Final[Mapping[type, Handler]] = {
    intents.RunCheck: run_check,
    intents.CheckInvite: check_invite,
    intents.SaveReport: save_report,
    intents.ChooseProxy: choose_proxy,
}
