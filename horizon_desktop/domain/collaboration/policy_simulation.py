"""What could this guest do? Every gate asked beforehand, at every quarter of an hour of a week, and told in words."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from horizon_desktop.domain.access.capability import CLOSED, VIEW, Role, role_capabilities
from horizon_desktop.domain.access.policy import PolicyRequest
from horizon_desktop.domain.access.policy_engine import PolicySet
from horizon_desktop.domain.access.policy_explaining import explain
from horizon_desktop.domain.access.policy_operands import RISKS
from horizon_desktop.domain.access.policy_words import duration_words
from horizon_desktop.domain.collaboration.channel import ChannelKind
from horizon_desktop.domain.collaboration.gate_requests import (
    ACCESS_WORDS,
    GuestFacts,
    SessionFacts,
    channel_request,
    create_request,
    extend_request,
    host_principal,
    redeem_request,
)
from horizon_desktop.domain.collaboration.session import SESSION_TYPES, SessionPlan
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import PeerId
from horizon_desktop.domain.instants import Instant

QUARTER_MS: Final = 15 * 60 * 1000
QUARTERS_OF_DAY: Final = 96
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALWAYS: Final = "always"
NEVER: Final = "never"
_HOST: Final = PeerId("0" * 64)
_GUEST: Final = PeerId("f" * 64)


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """The invite that is to be sent, and who would come with it."""

    plan: SessionPlan
    role: Role
    """The invite's, or a lower one that the host would give."""
    now: Instant
    zone: str = "UTC"
    """Hours are told in this zone."""
    host_name: str = "host"
    hub: str = "embedded"
    is_approval_asked: bool = True
    is_relay_allowed: bool = True
    risk: str | None = "low"
    address: str | None = None
    is_known: bool | None = False
    longest_s: int = 14 * 24 * 3600
    """The limit beyond every policy."""


class Foresight(msgspec.Struct, frozen=True, kw_only=True):
    """One answer."""

    subject: str
    """open, extend, come in, or the name of a channel."""
    is_possible: bool
    """At some time, at least."""
    words: str
    """A whole clause: `from Mon 08:00 to 20:00; ...`, or why not."""


def simulate(policies: PolicySet, scene: Scene) -> tuple[Foresight, ...]:
    """Return what the policies would say, in the order in which a guest would meet them."""
    opening = _opening(policies, scene)
    if not opening.is_possible:
        return (opening,)
    facts = _facts(scene)
    guest = _guest(scene)
    coming = _coming(policies, scene, facts, guest)
    answers = [opening, _extending(policies, scene, facts), coming]
    if coming.is_possible:
        answers += [
            _channel(policies, scene, facts, guest, kind.value)
            for kind in SESSION_TYPES[scene.plan.session_type].channels
            if kind is not ChannelKind.CONTROL
        ]
    return tuple(answers)


def hours_words(open_quarters: Sequence[bool], zone: str) -> str:
    """Return `always`, `never`, or the hours of each day; days with the same hours are told together.

    Args:
        open_quarters: One for every quarter of an hour of a week, from Monday 00:00 in `zone`.
    """
    if all(open_quarters):
        return ALWAYS
    if not any(open_quarters):
        return NEVER
    days = [_day_words(open_quarters[at * QUARTERS_OF_DAY : (at + 1) * QUARTERS_OF_DAY]) for at in range(len(DAYS))]
    told: list[str] = []
    first = 0
    for day in range(1, len(days) + 1):
        if day == len(days) or days[day] != days[first]:
            if days[first]:
                span = _days_words(first, day - 1)
                told.append(f"{span} {days[first]}")
            first = day
    return f"{'; '.join(told)} ({zone})"


def _days_words(first: int, last: int) -> str:
    if last - first == len(DAYS) - 1:
        return "every day"
    return DAYS[first] if first == last else f"{DAYS[first]} to {DAYS[last]}"


def _day_words(quarters: Sequence[bool]) -> str:
    """Return `08:00-20:00, 22:00-24:00`."""
    spans, begin = [], None
    for at, is_open in enumerate((*quarters, False)):
        if is_open and begin is None:
            begin = at
        elif not is_open and begin is not None:
            spans.append(f"{_clock(begin)}-{_clock(at)}")
            begin = None
    return ", ".join(spans)


def _clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


def _week(scene: Scene) -> Iterable[Instant]:
    """Yield a moment of every quarter of the week that `now` lies in, from Monday 00:00 in the scene's zone."""
    zone = ZoneInfo(scene.zone)
    today = datetime.fromtimestamp(scene.now.ms // 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(len(DAYS)):
        date = today + timedelta(days=day - today.weekday())
        for quarter in range(QUARTERS_OF_DAY):
            wall = date.replace(hour=quarter // 4, minute=quarter % 4 * 15)
            yield Instant(int(wall.timestamp()) * 1000)


def _hours(policies: PolicySet, scene: Scene, request: PolicyRequest) -> str:
    asked = (policies.decide(request.having(time=moment)).is_allowed for moment in _week(scene))
    return hours_words(tuple(asked), scene.zone)


def _opening(policies: PolicySet, scene: Scene) -> Foresight:
    refusal = scene.plan.decide(longest_s=scene.longest_s)
    if isinstance(refusal, Deny):
        return Foresight(subject="open", is_possible=False, words=f"never: {refusal.rule} ({refusal.detail})")
    request = create_request(
        scene.plan,
        host=host_principal(_HOST, scene.host_name),
        hub=scene.hub,
        is_approval_asked=scene.is_approval_asked,
        is_relay_allowed=scene.is_relay_allowed,
        now=scene.now,
    )
    return _told(policies, scene, "open", request)


def _extending(policies: PolicySet, scene: Scene, facts: SessionFacts) -> Foresight:
    ends = scene.now.plus(scene.plan.length_s * 1000)
    request = extend_request(
        facts,
        host=host_principal(_HOST, scene.host_name),
        expires_at=ends,
        until=ends.plus(QUARTER_MS),
        guests=1,
        now=scene.now,
    )
    most = policies.ceiling(request, "length", most=scene.longest_s)
    if most is None or most <= scene.plan.length_s:
        words = f"never: {explain(policies, request).words}"
        return Foresight(subject="extend", is_possible=False, words=words)
    return Foresight(subject="extend", is_possible=True, words=f"up to {duration_words(most)} in all")


def _coming(policies: PolicySet, scene: Scene, facts: SessionFacts, guest: GuestFacts) -> Foresight:
    request = redeem_request(facts, guest, guests=0, now=scene.now)
    told = _told(policies, scene, "come in", request)
    if not told.is_possible or scene.risk is None:
        return told
    allowed = [risk for risk in RISKS if _is_ever(policies, scene, request.having(risk=risk))]
    if len(allowed) == len(RISKS):
        return told
    limit = f"at a risk of {', '.join(allowed)} only" if allowed else "at no risk that can be told"
    return msgspec.structs.replace(told, words=f"{told.words}; {limit}")


def _is_ever(policies: PolicySet, scene: Scene, request: PolicyRequest) -> bool:
    return any(policies.decide(request.having(time=moment)).is_allowed for moment in _week(scene))


def _channel(policies: PolicySet, scene: Scene, facts: SessionFacts, guest: GuestFacts, channel: str) -> Foresight:
    most = min(facts.channels.get(channel, CLOSED), role_capabilities(scene.role).access_to(channel))
    if most == CLOSED:
        return Foresight(subject=channel, is_possible=False, words="closed: this invite does not give it")
    clauses: list[str] = []
    reason = ""
    for access in range(most, CLOSED, -VIEW):
        request = channel_request(facts, guest, channel, access, now=scene.now)
        hours = _hours(policies, scene, request)
        if hours != NEVER and (not clauses or not clauses[-1].endswith(hours)):
            clauses.append(f"{ACCESS_WORDS[access]} {hours}")
        if hours == ALWAYS:
            break
        reason = reason or explain(policies, _refused_at(policies, scene, request)).words
    words = "; ".join(clauses) or "closed"
    return Foresight(subject=channel, is_possible=bool(clauses), words=f"{words}: {reason}" if reason else words)


def _told(policies: PolicySet, scene: Scene, subject: str, request: PolicyRequest) -> Foresight:
    hours = _hours(policies, scene, request)
    if hours == ALWAYS:
        return Foresight(subject=subject, is_possible=True, words=hours)
    reason = explain(policies, _refused_at(policies, scene, request)).words
    return Foresight(subject=subject, is_possible=hours != NEVER, words=f"{hours}: {reason}")


def _refused_at(policies: PolicySet, scene: Scene, request: PolicyRequest) -> PolicyRequest:
    """Return the request at its own time, or else at the first quarter of the week at which it is denied."""
    if not policies.decide(request).is_allowed:
        return request
    moments: Callable[[Instant], bool] = lambda at: not policies.decide(request.having(time=at)).is_allowed  # noqa: E731
    return request.having(time=next(filter(moments, _week(scene)), scene.now))


def _facts(scene: Scene) -> SessionFacts:
    return SessionFacts(
        session="",
        session_type=scene.plan.session_type.value,
        channels=scene.plan.chosen_channels(),
        is_approval_asked=scene.is_approval_asked,
        created_at=scene.now,
    )


def _guest(scene: Scene) -> GuestFacts:
    return GuestFacts(peer_id=_GUEST, role=scene.role, risk=scene.risk, address=scene.address, is_known=scene.is_known)
