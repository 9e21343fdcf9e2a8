"""The report of a network check that can be shown to others: addresses masked, names and keys shortened."""

import ipaddress
import re
from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.diagnosis import Diagnosis, Verdict, clock_offset_ms
from horizon_desktop.domain.collaboration.findings import Findings, HubVisit, Server, StunAnswer
from horizon_desktop.domain.instants import Instant

_KEY_DIGITS: Final = 8
_AUTHORITY: Final = re.compile(r"\[?(?P<host>[^\[\]]+?)\]?:(?P<port>[0-9]{1,5})", re.ASCII)


class HubLine(msgspec.Struct, frozen=True, kw_only=True):
    """One visit."""

    hub: str
    key: str
    """The first 8 hexadecimal digits of the hub's pin; empty without one."""
    outcome: str
    is_proxied: bool
    answer_ms: int | None
    clock_ahead_ms: int | None


class StunLine(msgspec.Struct, frozen=True, kw_only=True):
    """One STUN server's answer. Ports are whole: they show what the translation does."""

    server: str
    outcome: str
    local: str
    mapped: str


class RedactedReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `horizon doctor --report` writes. There is no secret in it, no link, no code and no whole address."""

    at: str
    version: str
    system: str
    cause: str
    path: str
    nat: str
    checks: tuple[Verdict, ...]
    hubs: tuple[HubLine, ...]
    stun: tuple[StunLine, ...]
    addresses: tuple[str, ...]
    are_other_ports_open: bool | None


def redacted(findings: Findings, diagnosis: Diagnosis, *, at: Instant, version: str, system: str) -> RedactedReport:
    """Return what others may read of a check."""
    return RedactedReport(
        at=at.iso(),
        version=version,
        system=system,
        cause=diagnosis.cause,
        path=diagnosis.path,
        nat=diagnosis.nat.value,
        checks=tuple(_verdict(verdict) for verdict in diagnosis.verdicts),
        hubs=tuple(_visit(visit) for visit in findings.visits),
        stun=tuple(_answer(answer) for answer in findings.answers),
        addresses=tuple(mask_host(address) for address in findings.addresses),
        are_other_ports_open=findings.are_other_ports_open,
    )


def mask_host(host: str) -> str:
    """Return the network of an address (half of IPv4, a quarter of IPv6), or a name's letters and its last label."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        *labels, last = host.split(".")
        return ".".join([*(f"{label[:1]}…" for label in labels), last if labels else f"{last[:1]}…"])
    if isinstance(address, ipaddress.IPv4Address):
        return ".".join([*str(address).split(".")[:2], "x", "x"])
    return ":".join([*address.exploded.split(":")[:2], "x"])


def _verdict(verdict: Verdict) -> Verdict:
    values = {name: _masked(value) if isinstance(value, str) else value for name, value in verdict.values.items()}
    return msgspec.structs.replace(verdict, values=values)


def _masked(text: str) -> str:
    found = _AUTHORITY.fullmatch(text)
    return f"{mask_host(found['host'])}:{found['port']}" if found else text and mask_host(text)


def _visit(visit: HubVisit) -> HubLine:
    answer_ms = None
    if visit.asked_at is not None and visit.answered_at is not None:
        answer_ms = visit.answered_at.since(visit.asked_at)
    return HubLine(
        hub=_masked(visit.hub.authority),
        key=visit.hub.pin.hex()[:_KEY_DIGITS],
        outcome=visit.outcome.value,
        is_proxied=bool(visit.proxy),
        answer_ms=answer_ms,
        clock_ahead_ms=clock_offset_ms(visit),
    )


def _answer(answer: StunAnswer) -> StunLine:
    return StunLine(
        server=_masked(answer.server.authority),
        outcome=answer.outcome.value,
        local=_place(answer.local),
        mapped=_place(answer.mapped),
    )


def _place(server: Server | None) -> str:
    return "" if server is None else _masked(server.authority)
