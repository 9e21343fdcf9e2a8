"""The operators of the policy language: what each may be compared with, what it means, and how a person reads it."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from horizon_desktop.domain.access.policy import Attribute, HourRange, Operand, Scalar, WeekDays
from horizon_desktop.domain.access.policy_globs import compile_glob
from horizon_desktop.domain.access.policy_operands import (
    RISKS,
    Wrong,
    kind_of,
    read_days,
    read_hours,
    read_names,
    read_networks,
    read_number,
    read_risk,
    read_scalar,
    read_set,
    read_text,
)
from horizon_desktop.domain.instants import Instant

Test = Callable[[Attribute], bool | None]
"""What an operator says of an attribute that is there; None: it is of the wrong kind, so nothing is known."""
_NUMBERS: Final = frozenset({int, float, Decimal})


class Operator(msgspec.Struct, frozen=True):
    """One row of the table."""

    read: Callable[[object], Operand | Wrong]
    """From plain data of a document to an operand."""
    test: Callable[[Operand], Test]
    words: str
    """Between the attribute and its operand: `is at most`."""


def _is_kind(value: object) -> Callable[[Attribute], bool]:
    """Return whether an attribute is of the same kind as a value, as a function: asked often, so that it is quick."""
    if kind_of(value) == "number":
        return lambda found: found.__class__ in _NUMBERS
    wanted = bool if isinstance(value, bool) else str
    return lambda found: isinstance(found, wanted)


def _same_kind(compare: Callable[[Any, Any], bool]) -> Callable[[Operand], Test]:
    def build(operand: Operand) -> Test:
        is_kind = _is_kind(operand)
        return lambda found: compare(found, operand) if is_kind(found) else None

    return build


def _numeric(compare: Callable[[Any, Any], bool]) -> Callable[[Operand], Test]:
    def build(operand: Operand) -> Test:
        return lambda found: compare(found, operand) if found.__class__ in _NUMBERS else None

    return build


def _member(*, is_wanted: bool) -> Callable[[Operand], Test]:
    def build(operand: Operand) -> Test:
        values = _tuple(operand)
        held, is_kind = frozenset(values), _is_kind(values[0])
        return lambda found: ((found in held) is is_wanted) if is_kind(found) else None

    return build


def _of_sets(compare: Callable[[frozenset[str], frozenset[str]], bool]) -> Callable[[Operand], Test]:
    def build(operand: Operand) -> Test:
        values = frozenset(str(each) for each in (operand if isinstance(operand, tuple) else (operand,)))
        return lambda found: compare(found, values) if isinstance(found, frozenset) else None

    return build


def _of_text(make: Callable[[str], Callable[[str], bool]]) -> Callable[[Operand], Test]:
    def build(operand: Operand) -> Test:
        matches = make(str(operand))
        return lambda found: matches(found) if isinstance(found, str) else None

    return build


def _starts(head: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(head)


def _ends(tail: str) -> Callable[[str], bool]:
    return lambda text: text.endswith(tail)


@lru_cache(maxsize=1024)
def _address(text: str) -> tuple[int, int] | None:
    """Return version and number; an IPv4 address in IPv6 clothes is the IPv4 address."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.version, int(address)


def _in_networks(*, is_wanted: bool) -> Callable[[Operand], Test]:
    def build(operand: Operand) -> Test:
        held = []
        for network in (ip_network(str(value)) for value in _tuple(operand)):
            version = 6 if isinstance(network, IPv6Network) else 4
            held.append((version, int(network.network_address), int(network.netmask)))

        def test(found: Attribute) -> bool | None:
            place = _address(found) if isinstance(found, str) else None
            if place is None:
                return None
            return any(place[0] == version and place[1] & mask == base for version, base, mask in held) is is_wanted

        return test

    return build


def _local(found: Attribute, zone: ZoneInfo) -> datetime | None:
    """Return a moment as the clocks of a zone show it; None for what is no moment, or outside the calendar."""
    if not isinstance(found, Instant):
        return None
    try:
        return datetime.fromtimestamp(found.ms // 1000, zone)
    except (OverflowError, ValueError, OSError):
        return None


def _at_hours(operand: Operand) -> Test:
    hours = operand if isinstance(operand, HourRange) else HourRange(0, 0)
    zone, first, last = ZoneInfo(hours.zone), hours.from_minute, hours.to_minute

    def test(found: Attribute) -> bool | None:
        local = _local(found, zone)
        if local is None:
            return None
        minute = local.hour * 60 + local.minute
        return first <= minute < last if first <= last else minute >= first or minute < last

    return test


def _on_days(operand: Operand) -> Test:
    week = operand if isinstance(operand, WeekDays) else WeekDays(())
    zone, days = ZoneInfo(week.zone), frozenset(week.days)

    def test(found: Attribute) -> bool | None:
        local = _local(found, zone)
        return None if local is None else local.weekday() in days

    return test


def _risk(compare: Callable[[int, int], bool]) -> Callable[[Operand], Test]:
    def build(operand: Operand) -> Test:
        limit = RISKS.index(str(operand))
        ranks = {risk: compare(rank, limit) for rank, risk in enumerate(RISKS)}
        return lambda found: ranks.get(found) if isinstance(found, str) else None

    return build


def _tuple(operand: Operand) -> tuple[Scalar, ...]:
    return operand if isinstance(operand, tuple) else ("",)


OPERATORS: Final[Mapping[str, Operator]] = {
    "eq": Operator(read_scalar, _same_kind(operator.eq), "is"),
    "ne": Operator(read_scalar, _same_kind(operator.ne), "is not"),
    "lt": Operator(read_number, _numeric(operator.lt), "is below"),
    "lte": Operator(read_number, _numeric(operator.le), "is at most"),
    "gt": Operator(read_number, _numeric(operator.gt), "is above"),
    "gte": Operator(read_number, _numeric(operator.ge), "is at least"),
    "in": Operator(read_set, _member(is_wanted=True), "is one of"),
    "notIn": Operator(read_set, _member(is_wanted=False), "is none of"),
    "contains": Operator(read_text, _of_sets(lambda found, wanted: wanted <= found), "contains"),
    "containsAny": Operator(read_names, _of_sets(lambda found, wanted: bool(wanted & found)), "contains one of"),
    "subsetOf": Operator(read_names, _of_sets(lambda found, wanted: found <= wanted), "holds nothing but"),
    "glob": Operator(read_text, _of_text(compile_glob), "matches"),
    "startsWith": Operator(read_text, _of_text(_starts), "begins with"),
    "endsWith": Operator(read_text, _of_text(_ends), "ends with"),
    "cidr": Operator(read_networks, _in_networks(is_wanted=True), "is in"),
    "notCidr": Operator(read_networks, _in_networks(is_wanted=False), "is not in"),
    "timeOfDay": Operator(read_hours, _at_hours, "is"),
    "dayOfWeek": Operator(read_days, _on_days, "is"),
    "riskAtMost": Operator(read_risk, _risk(lambda rank, limit: rank <= limit), "is at most"),
    "riskAtLeast": Operator(read_risk, _risk(lambda rank, limit: rank >= limit), "is at least"),
}
