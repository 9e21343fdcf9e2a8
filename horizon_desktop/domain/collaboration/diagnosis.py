"""What the findings of a network check mean: one verdict for each check, the cause behind them, and what to do."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from horizon_desktop.domain.access.token import SKEW_MS
from horizon_desktop.domain.collaboration.findings import Findings, HubOutcome, HubVisit, UdpOutcome
from horizon_desktop.domain.collaboration.nat import Meeting, NatKind, is_udp_blocked, kind_of_nat, meeting

HTTPS_PORT: Final = 443
_MINUTE_MS: Final = 60_000
_HALF_SECOND_MS: Final = 500
"""A hub's time has its fraction cut off: half a second on average."""


class Check(StrEnum):
    """What is looked at, in the order in which it is told."""

    NETWORK = "network"
    PROXY = "proxy"
    HUB = "hub"
    TLS = "tls"
    CLOCK = "clock"
    UDP = "udp"
    FIREWALL = "firewall"
    NAT = "nat"
    DIRECT = "direct"


class Level(StrEnum):
    """How a check ended."""

    GOOD = "good"
    LIMITED = "limited"
    """Sessions work, but not as well as they could."""
    BROKEN = "broken"
    """Sessions do not work until this is mended."""
    UNSEEN = "unseen"
    """Nothing was there to look at."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one check means. `cause` and `advice` are keys of sentences; `values` fill their places."""

    check: Check
    level: Level
    cause: str
    advice: str = ""
    """Empty: nothing needs doing."""
    values: dict[str, str | int] = {}


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """All verdicts, and what they come to."""

    verdicts: tuple[Verdict, ...]
    """One for each Check, in its order."""
    nat: NatKind
    cause: str
    """The key of the one thing to look at first: a verdict's cause, `fine`, or `partly` where not all was seen."""
    advice: str
    path: str
    """direct, relay, none or unknown: how sessions will most likely go."""


class _Row(msgspec.Struct, frozen=True):
    level: Level
    cause: str
    advice: str = ""


_TLS_UNSEEN: Final = _Row(Level.UNSEEN, "tls.unseen")
_TLS_GOOD: Final = _Row(Level.GOOD, "tls.good")
_HUB_ANSWERS: Final = _Row(Level.GOOD, "hub.answers")
_HUB_BEHIND: Final = _Row(Level.UNSEEN, "hub.behind_proxy")

_HUB: Final[Mapping[HubOutcome, tuple[_Row, _Row]]] = {
    HubOutcome.REACHED: (_Row(Level.GOOD, "hub.good"), _TLS_GOOD),
    HubOutcome.DRAINING: (_Row(Level.LIMITED, "hub.draining", "wait"), _TLS_GOOD),
    HubOutcome.OTHER_SERVER: (_Row(Level.BROKEN, "hub.other", "hub_address"), _TLS_GOOD),
    HubOutcome.NAME: (_Row(Level.BROKEN, "hub.name", "hub_name"), _TLS_UNSEEN),
    HubOutcome.REFUSED: (_Row(Level.BROKEN, "hub.refused", "start_hub"), _TLS_UNSEEN),
    HubOutcome.SILENT: (_Row(Level.BROKEN, "hub.silent", "port_443"), _TLS_UNSEEN),
    HubOutcome.NO_ROUTE: (_Row(Level.BROKEN, "hub.no_route", "connect"), _TLS_UNSEEN),
    HubOutcome.FORBIDDEN: (_Row(Level.BROKEN, "hub.forbidden", "allow_horizon"), _TLS_UNSEEN),
    HubOutcome.PROXY_UNREACHABLE: (_HUB_BEHIND, _TLS_UNSEEN),
    HubOutcome.PROXY_LOGIN: (_HUB_BEHIND, _TLS_UNSEEN),
    HubOutcome.PROXY_REFUSED: (_HUB_BEHIND, _TLS_UNSEEN),
    HubOutcome.PIN: (_HUB_ANSWERS, _Row(Level.BROKEN, "tls.pin", "new_link")),
    HubOutcome.CERTIFICATE: (_HUB_ANSWERS, _Row(Level.BROKEN, "tls.certificate", "login_page")),
    HubOutcome.CERTIFICATE_DATE: (_HUB_ANSWERS, _Row(Level.BROKEN, "tls.date", "set_clock")),
    HubOutcome.TLS_OLD: (_HUB_ANSWERS, _Row(Level.BROKEN, "tls.old", "hub_address")),
    HubOutcome.TLS_CUT: (_HUB_ANSWERS, _Row(Level.BROKEN, "tls.cut", "inspection")),
}
"""What a visit says of the hub and of TLS."""

_PROXY: Final[Mapping[HubOutcome, _Row]] = {
    HubOutcome.PROXY_UNREACHABLE: _Row(Level.BROKEN, "proxy.unreachable", "proxy_setting"),
    HubOutcome.PROXY_LOGIN: _Row(Level.BROKEN, "proxy.login", "proxy_login"),
    HubOutcome.PROXY_REFUSED: _Row(Level.BROKEN, "proxy.refused", "proxy_allow"),
}

_NAT: Final[Mapping[NatKind, _Row]] = {
    NatKind.OPEN: _Row(Level.GOOD, "nat.open"),
    NatKind.CONE: _Row(Level.GOOD, "nat.cone"),
    NatKind.SYMMETRIC: _Row(Level.LIMITED, "nat.symmetric", "other_network"),
    NatKind.BLOCKED: _Row(Level.UNSEEN, "nat.unseen"),
    NatKind.UNKNOWN: _Row(Level.UNSEEN, "nat.untold", "stun_two"),
}

_ALONE: Final[Mapping[NatKind, _Row]] = {
    NatKind.OPEN: _Row(Level.GOOD, "direct.most"),
    NatKind.CONE: _Row(Level.GOOD, "direct.likely"),
    NatKind.SYMMETRIC: _Row(Level.LIMITED, "direct.open_only", "other_network"),
    NatKind.BLOCKED: _Row(Level.LIMITED, "direct.no", "relay_works"),
    NatKind.UNKNOWN: _Row(Level.UNSEEN, "direct.unknown"),
}
"""Where the other side's network is not known."""

_IPV6_ALONE: Final = _Row(Level.LIMITED, "udp.ipv6_only", "relay_works")
"""STUN servers are asked by IPv4; two machines with IPv6 need none."""

_PAIR: Final[Mapping[Meeting, _Row]] = {
    Meeting.LIKELY: _Row(Level.GOOD, "pair.likely"),
    Meeting.UNLIKELY: _Row(Level.LIMITED, "pair.unlikely", "relay_works"),
    Meeting.NO: _Row(Level.LIMITED, "pair.no", "relay_works"),
    Meeting.UNKNOWN: _Row(Level.UNSEEN, "pair.unknown"),
}

_WEIGHT: Final = (Check.NETWORK, Check.PROXY, Check.HUB, Check.TLS, Check.CLOCK)
"""Which broken thing is the cause of the others: the first."""
_LIMITS: Final = (Check.FIREWALL, Check.NAT, Check.UDP, Check.DIRECT, Check.CLOCK, Check.HUB)
"""And which limit."""


def diagnose(findings: Findings, *, peer: NatKind | None = None) -> Diagnosis:
    """Return what the findings mean.

    Args:
        peer: The kind of network that the other side's check told, where it is known.
    """
    visit = best_visit(findings.visits)
    nat = kind_of_nat(findings.answers)
    verdicts = (
        _network(findings),
        _proxy(visit),
        *_hub(visit),
        _clock(visit),
        _udp(findings),
        _firewall(findings, visit),
        _verdict(Check.NAT, _NAT[nat]),
        _verdict(Check.DIRECT, _ALONE[nat] if peer is None else _PAIR[meeting(nat, peer)]),
    )
    found = _first(verdicts)
    return Diagnosis(
        verdicts=verdicts,
        nat=nat,
        cause=found.cause if found else _when_nothing_is_wrong(verdicts),
        advice=found.advice if found else "",
        path=_path(visit, verdicts[-1].level),
    )


def best_visit(visits: Sequence[HubVisit]) -> HubVisit | None:
    """Return the visit that came furthest: one hub that can be reached is enough."""
    order = list(HubOutcome)
    return min(visits, key=lambda visit: order.index(visit.outcome), default=None)


def clock_offset_ms(visit: HubVisit) -> int | None:
    """Return by how much this machine's clock is ahead of the hub's; None when the hub told no time."""
    if visit.hub_time is None or visit.asked_at is None or visit.answered_at is None:
        return None
    way_ms = visit.answered_at.since(visit.asked_at) // 2
    return visit.asked_at.plus(way_ms).since(visit.hub_time) - _HALF_SECOND_MS


def _network(findings: Findings) -> Verdict:
    if findings.addresses:
        return _verdict(Check.NETWORK, _Row(Level.GOOD, "network.good"), n=len(findings.addresses))
    return _verdict(Check.NETWORK, _Row(Level.BROKEN, "network.none", "connect"))


def _proxy(visit: HubVisit | None) -> Verdict:
    if visit is None:
        return _verdict(Check.PROXY, _Row(Level.UNSEEN, "proxy.unseen"))
    good = _Row(Level.GOOD, "proxy.used" if visit.proxy else "proxy.none")
    return _verdict(Check.PROXY, _PROXY.get(visit.outcome, good), proxy=visit.proxy)


def _hub(visit: HubVisit | None) -> tuple[Verdict, Verdict]:
    if visit is None:
        return _verdict(Check.HUB, _Row(Level.UNSEEN, "hub.unseen", "name_hub")), _verdict(Check.TLS, _TLS_UNSEEN)
    hub, tls = _HUB[visit.outcome]
    name = visit.hub.authority
    return _verdict(Check.HUB, hub, hub=name), _verdict(Check.TLS, tls, hub=name)


def _clock(visit: HubVisit | None) -> Verdict:
    ahead_ms = None if visit is None else clock_offset_ms(visit)
    if ahead_ms is None:
        return _verdict(Check.CLOCK, _Row(Level.UNSEEN, "clock.unseen"))
    if abs(ahead_ms) < SKEW_MS:
        return _verdict(Check.CLOCK, _Row(Level.GOOD, "clock.good"), n=abs(ahead_ms) // 1000)
    cause = "clock.ahead" if ahead_ms > 0 else "clock.behind"
    return _verdict(Check.CLOCK, _Row(Level.BROKEN, cause, "set_clock"), n=-(-abs(ahead_ms) // _MINUTE_MS))


def _udp(findings: Findings) -> Verdict:
    answers = findings.answers
    outcomes = {answer.outcome for answer in answers}
    if not answers:
        row = _Row(Level.UNSEEN, "udp.unseen", "stun_two")
    elif UdpOutcome.ANSWERED in outcomes:
        row = _Row(Level.GOOD, "udp.good")
    elif is_udp_blocked(answers):
        row = _Row(Level.LIMITED, "udp.blocked", "relay_works")
    elif UdpOutcome.REFUSED in outcomes:
        row = _Row(Level.LIMITED, "udp.no_server", "stun_servers")
    elif UdpOutcome.SILENT in outcomes:
        row = _Row(Level.LIMITED, "udp.silent", "stun_two")
    elif UdpOutcome.NO_ROUTE in outcomes:
        is_ipv6_alone = bool(findings.addresses) and all(":" in address for address in findings.addresses)
        row = _IPV6_ALONE if is_ipv6_alone else _Row(Level.LIMITED, "udp.no_route", "connect")
    else:
        row = _Row(Level.LIMITED, "udp.name", "stun_servers")
    return _verdict(Check.UDP, row, n=len(answers))


def _firewall(findings: Findings, visit: HubVisit | None) -> Verdict:
    outcomes = {answer.outcome for answer in findings.answers}
    is_forbidden_here = visit is not None and visit.outcome is HubOutcome.FORBIDDEN
    if is_forbidden_here or UdpOutcome.FORBIDDEN in outcomes:
        row = _Row(Level.LIMITED, "firewall.local", "allow_horizon")
    elif is_udp_blocked(findings.answers):
        row = _blocked(visit, are_other_ports_open=findings.are_other_ports_open)
    elif UdpOutcome.ANSWERED in outcomes:
        row = _Row(Level.GOOD, "firewall.none")
    else:
        row = _Row(Level.UNSEEN, "firewall.unseen")
    return _verdict(Check.FIREWALL, row)


def _blocked(visit: HubVisit | None, *, are_other_ports_open: bool | None) -> _Row:
    if are_other_ports_open is not False:
        return _Row(Level.LIMITED, "firewall.udp", "ask_udp")
    if visit is None or visit.outcome is not HubOutcome.REACHED:
        return _Row(Level.LIMITED, "firewall.all", "port_443")
    if visit.proxy:
        return _Row(Level.LIMITED, "firewall.only_proxy", "ask_udp")
    return _Row(Level.LIMITED, "firewall.only_443", "keep_443")


def _first(verdicts: Sequence[Verdict]) -> Verdict | None:
    by_check = {verdict.check: verdict for verdict in verdicts}
    ranked = [by_check[check] for check in _WEIGHT if by_check[check].level is Level.BROKEN]
    ranked += [by_check[check] for check in _LIMITS if by_check[check].level is Level.LIMITED]
    return ranked[0] if ranked else None


def _when_nothing_is_wrong(verdicts: Sequence[Verdict]) -> str:
    seen = {verdict.check for verdict in verdicts if verdict.level is Level.GOOD}
    return "fine" if {Check.HUB, Check.UDP, Check.NAT, Check.DIRECT} <= seen else "partly"


def _path(visit: HubVisit | None, direct: Level) -> str:
    if visit is not None and visit.outcome not in (HubOutcome.REACHED, HubOutcome.DRAINING):
        return "none"  # a direct path is agreed on through a hub
    if direct is Level.GOOD:
        return "direct"
    return "unknown" if visit is None else "relay"


def _verdict(check: Check, row: _Row, **values: str | int) -> Verdict:
    return Verdict(check=check, level=row.level, cause=row.cause, advice=row.advice, values=values)
