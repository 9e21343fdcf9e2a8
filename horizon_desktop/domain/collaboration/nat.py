"""What kind of network address translation is between us and the world, and which two kinds can meet directly."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from horizon_desktop.domain.collaboration.findings import StunAnswer, UdpOutcome

LEAST_SILENT: Final = 2
"""One silent server may be switched off; so many of them mean that UDP does not get through."""


class NatKind(StrEnum):
    """By mapping (RFC 5780 section 4.3), as far as plain STUN servers can tell it."""

    OPEN = "open"
    """No translation: the world sees our own address."""
    CONE = "cone"
    """Endpoint-independent: every destination sees the same address, so that one can be told to a peer."""
    SYMMETRIC = "symmetric"
    """Address- or port-dependent: each destination sees another port."""
    BLOCKED = "blocked"
    """No UDP at all."""
    UNKNOWN = "unknown"


class Meeting(StrEnum):
    """Whether two networks can have a direct path."""

    LIKELY = "likely"
    UNLIKELY = "unlikely"
    NO = "no"
    UNKNOWN = "unknown"


_MEETINGS: Final[Mapping[frozenset[NatKind], Meeting]] = {
    frozenset({NatKind.OPEN}): Meeting.LIKELY,
    frozenset({NatKind.OPEN, NatKind.CONE}): Meeting.LIKELY,
    frozenset({NatKind.OPEN, NatKind.SYMMETRIC}): Meeting.LIKELY,
    frozenset({NatKind.CONE}): Meeting.LIKELY,
    frozenset({NatKind.CONE, NatKind.SYMMETRIC}): Meeting.UNLIKELY,
    frozenset({NatKind.SYMMETRIC}): Meeting.UNLIKELY,
}
"""Without a relay's help, between two networks. Within one network addresses are their own, and none of this counts."""


def meeting(one: NatKind, other: NatKind) -> Meeting:
    """Return whether a direct path between two networks is likely, whichever of them is ours."""
    if NatKind.BLOCKED in (one, other):
        return Meeting.NO
    return _MEETINGS.get(frozenset({one, other}), Meeting.UNKNOWN)


def kind_of_nat(answers: Sequence[StunAnswer]) -> NatKind:
    """Return the kind that the answers show; all were asked for from one socket.

    Two equal answers prove a mapping that does not depend on the endpoint only when they come from two addresses.
    """
    told = [answer for answer in answers if answer.outcome is UdpOutcome.ANSWERED and answer.mapped is not None]
    if not told:
        return NatKind.BLOCKED if is_udp_blocked(answers) else NatKind.UNKNOWN
    if len({answer.mapped for answer in told}) > 1:
        return NatKind.SYMMETRIC
    if all(answer.local == answer.mapped for answer in told):
        return NatKind.OPEN
    return NatKind.CONE if len({answer.address for answer in told}) > 1 else NatKind.UNKNOWN


def is_udp_blocked(answers: Sequence[StunAnswer]) -> bool:
    """Whether UDP gets nowhere: forbidden here, or silence from two servers and word from none."""
    outcomes = {answer.outcome for answer in answers}
    if outcomes & {UdpOutcome.ANSWERED, UdpOutcome.REFUSED}:
        return False
    silent = {answer.address for answer in answers if answer.outcome is UdpOutcome.SILENT}
    return UdpOutcome.FORBIDDEN in outcomes or len(silent) >= LEAST_SILENT
