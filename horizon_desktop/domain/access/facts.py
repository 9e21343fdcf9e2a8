"""Facts about access, for whoever keeps the books or watches a guest; part of the union of all events."""

from uuid import UUID

import msgspec

from horizon_desktop.domain.instants import Instant


class _Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


class AccessAudited(_Fact, frozen=True):
    """One step in the life of an invitation or an identity, for whoever keeps the books.

    `action`: invited, created, redeemed, activated, rescoped, suspended, resumed, revoked, expired, purged.
    """

    action: str
    session_id: str
    at: Instant
    sponsor_id: UUID
    """Who answers for it."""
    beneficiary: str = ""
    """The guest's name, empty while there is none."""
    peer_id: str = ""
    identity_id: str = ""
    invitation_id: str = ""
    reason: str = ""


class RiskAssessed(_Fact, frozen=True):
    """Host: what speaks against a guest has changed its level, or the host has lifted it.

    `level`: low, medium, high, critical. `response`: allow, ask_host, read_only, refuse.
    `reasons`: names of signals, heaviest first.
    """

    session_id: str
    peer_id: str
    level: str
    response: str
    reasons: tuple[str, ...]
