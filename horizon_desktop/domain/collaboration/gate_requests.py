"""What each gate of a session asks the policies: one place for the running product and for its simulation."""

from collections.abc import Callable, Mapping

import msgspec

from horizon_desktop.domain.access.capability import CLOSED, Role
from horizon_desktop.domain.access.policy import Attribute, PolicyRequest
from horizon_desktop.domain.access.policy_gates import (
    CREATE,
    EXTEND,
    GATES,
    GUEST_ROLE,
    HOST_ROLE,
    INVITE,
    OPEN,
    REDEEM,
    channel_path,
    invite_path,
    plain_attributes,
    session_path,
)
from horizon_desktop.domain.collaboration.channel import ChannelKind
from horizon_desktop.domain.collaboration.session import SessionPlan
from horizon_desktop.domain.ids import PeerId
from horizon_desktop.domain.instants import Instant

ACCESS_WORDS = {1: "view", 2: "use"}
"""How policies write the levels of access."""
Principal = frozenset[tuple[str, str]]


class SessionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What every gate of a running session knows of it."""

    session: str
    """Its id in hexadecimal."""
    session_type: str
    channels: Mapping[str, int]
    is_approval_asked: bool
    created_at: Instant

    def plain(self, now: Instant) -> dict[str, Attribute]:
        return {"session": self.session, "type": self.session_type, "time": now}


class GuestFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate knows of a guest. The name it gave itself is no such thing: anybody may give any."""

    peer_id: PeerId
    role: Role
    risk: str | None = None
    address: str | None = None
    is_known: bool | None = None

    @property
    def principal(self) -> Principal:
        return frozenset({("role", GUEST_ROLE), ("role", self.role.value), ("device", str(self.peer_id))})

    def plain(self) -> dict[str, Attribute]:
        return plain_attributes(
            {"role": self.role.value, "risk": self.risk, "address": self.address, "known": self.is_known}
        )


def host_principal(peer_id: PeerId, name: str) -> Principal:
    """Return the host of this profile, by the name it has here."""
    return frozenset({("role", HOST_ROLE), ("device", str(peer_id)), ("user", name)})


def create_request(
    plan: SessionPlan, *, host: Principal, hub: str, is_approval_asked: bool, is_relay_allowed: bool, now: Instant
) -> PolicyRequest:
    """May this session be opened, with its first invite?"""
    return _request(
        CREATE,
        host,
        session_path(plan.session_type),
        {
            "type": plan.session_type.value,
            "time": now,
            "length": plan.length_s,
            "guests": plan.places,
            "role": plan.given_role.value,
            "channels": open_channels(plan.chosen_channels()),
            "approval": is_approval_asked,
            "relay": is_relay_allowed,
            "hub": hub,
            "validity": min(plan.invite_minutes * 60, plan.length_s),
        },
    )


def extend_request(
    facts: SessionFacts, *, host: Principal, expires_at: Instant, until: Instant, guests: int, now: Instant
) -> PolicyRequest:
    """May the session end at `until` in place of `expires_at`?"""
    return _request(
        EXTEND,
        host,
        session_path(facts.session_type),
        {
            **facts.plain(now),
            "length": until.since(facts.created_at) // 1000,
            "extension": until.since(expires_at) // 1000,
            "age": now.since(facts.created_at) // 1000,
            "guests": guests,
        },
    )


def invite_request(
    facts: SessionFacts, *, host: Principal, role: Role, guests: int, expires_at: Instant, now: Instant
) -> PolicyRequest:
    """May another invite be made, with so many places in it?"""
    return _request(
        INVITE,
        host,
        invite_path(facts.session_type),
        {
            **facts.plain(now),
            "role": role.value,
            "guests": guests,
            "channels": open_channels(facts.channels),
            "validity": max(0, expires_at.since(now)) // 1000,
            "approval": facts.is_approval_asked,
        },
    )


def redeem_request(facts: SessionFacts, guest: GuestFacts, *, guests: int, now: Instant) -> PolicyRequest:
    """May this guest come in, so many being in already?"""
    return _request(
        REDEEM,
        guest.principal,
        invite_path(facts.session_type),
        {
            **facts.plain(now),
            **guest.plain(),
            "guests": guests,
            "channels": open_channels(facts.channels),
            "approval": facts.is_approval_asked,
        },
    )


def channel_request(
    facts: SessionFacts, guest: GuestFacts, channel: str, access: int, *, now: Instant
) -> PolicyRequest:
    """May this guest have this access, VIEW or USE, to a channel?"""
    return channel_requests(facts, guest, now=now)(channel, access)


def channel_requests(facts: SessionFacts, guest: GuestFacts, *, now: Instant) -> Callable[[str, int], PolicyRequest]:
    """Return what makes the request for each channel and access of one guest: they are asked about every second."""
    principal, known = guest.principal, {**facts.plain(now), **guest.plain()}

    def request(channel: str, access: int) -> PolicyRequest:
        attributes: dict[str, Attribute] = {**known, "channel": channel, "access": ACCESS_WORDS[access]}
        return _request(OPEN, principal, channel_path(facts.session_type, channel), attributes)

    return request


def open_channels(channels: Mapping[str, int]) -> frozenset[str]:
    """Return the names of the channels that are not closed; `control` is always open and never named."""
    return frozenset(name for name, access in channels.items() if access > CLOSED and name != ChannelKind.CONTROL.value)


def _request(action: str, principal: Principal, path: str, attributes: dict[str, Attribute]) -> PolicyRequest:
    return PolicyRequest(
        principal=principal,
        action=action,
        resource_type=GATES[action].resource_type,
        resource=path,
        attributes=attributes,
    )
