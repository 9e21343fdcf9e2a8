"""The gates of the product: every action that a policy is asked about, on what, and what each gate knows of it."""

from collections.abc import Mapping
from typing import Final

import msgspec

from horizon_desktop.domain.access.policy import EVERYTHING, FAMILY, Attribute, Comparison, Condition, Not, Policy
from horizon_desktop.domain.access.policy_document import nearest

CREATE: Final = "session.create"
EXTEND: Final = "session.extend"
INVITE: Final = "invite.create"
REDEEM: Final = "invite.redeem"
OPEN: Final = "channel.open"
USE_POOL: Final = "pool.use"
USE_QUOTA: Final = "quota.use"
ENTER_HUB: Final = "hub.enter"
HOST_ROLE: Final = "host"
GUEST_ROLE: Final = "guest"


class Gate(msgspec.Struct, frozen=True):
    """One row of the table of gates."""

    resource_type: str
    attributes: frozenset[str]
    words: str
    """What is asked: `open a session`."""


_ALWAYS: Final = frozenset({"time", "type"})
_SOURCE: Final = frozenset({"session", "address", "risk", "known"})
_AMOUNT: Final = frozenset({"time", "kind", "amount", "approval"})

GATES: Final[Mapping[str, Gate]] = {
    CREATE: Gate(
        "session",
        _ALWAYS | {"length", "guests", "role", "channels", "approval", "relay", "hub", "validity"},
        "open a session",
    ),
    EXTEND: Gate("session", _ALWAYS | {"session", "length", "extension", "age", "guests"}, "extend a session"),
    INVITE: Gate(
        "invite", _ALWAYS | {"session", "role", "guests", "channels", "validity", "approval"}, "make an invite"
    ),
    REDEEM: Gate("invite", _ALWAYS | _SOURCE | {"role", "guests", "channels", "approval"}, "come in by an invite"),
    OPEN: Gate("channel", _ALWAYS | (_SOURCE - {"known"}) | {"role", "channel", "access"}, "open a channel"),
    USE_POOL: Gate("pool", _AMOUNT | {"type", "requested"}, "use a pool"),
    USE_QUOTA: Gate("quota", _AMOUNT, "use a quota"),
    ENTER_HUB: Gate("hub", frozenset({"address", "time"}), "come in at the hub"),
}
ATTRIBUTE_WORDS: Final[Mapping[str, str]] = {
    "access": "the access to the channel",
    "address": "the address",
    "age": "the session's age",
    "amount": "the amount",
    "approval": "the host's approval",
    "channel": "the channel",
    "channels": "the list of channels",
    "extension": "the extension",
    "guests": "the number of guests",
    "hub": "the hub",
    "kind": "the kind of resource",
    "known": "that the device is known",
    "length": "the session's length",
    "relay": "that a relay is allowed",
    "requested": "all that was asked for",
    "risk": "the risk",
    "session": "the session",
    "role": "the role",
    "time": "the time",
    "type": "the type of session",
    "validity": "the invite's validity",
}
DURATIONS: Final = frozenset({"age", "extension", "length", "validity"})
"""Attributes in seconds."""


def session_path(session_type: str) -> str:
    """Return the resource that a session of this type is."""
    return f"sessions/{session_type}"


def invite_path(session_type: str) -> str:
    """Return the resource that an invite of such a session is."""
    return f"sessions/{session_type}/invites"


def channel_path(session_type: str, channel: str) -> str:
    """Return the resource that a channel of such a session is."""
    return f"sessions/{session_type}/channels/{channel}"


def pool_path(pool: str) -> str:
    """Return the resource that a pool is; a slash in its name is no border of segments."""
    return f"pools/{pool.replace('/', '-')}"


def quota_path(kind: str) -> str:
    """Return the resource that a quota is."""
    return f"quotas/{kind.replace('/', '-')}"


def hub_path(kind: str) -> str:
    """Return the resource that a hub is to a host, an invitee or a member."""
    return f"hub/{kind}"


def doubts(policy: Policy) -> tuple[str, ...]:
    """Return what in a policy has no effect in this product: actions nobody asks, attributes no gate knows."""
    found = [_doubt_action(action) for action in policy.actions]
    asked = {name for name in GATES if any(_covers(action, name) for action in policy.actions)}
    if asked:
        known = frozenset().union(*(GATES[name].attributes for name in asked))
        found += [_doubt_attribute(name, known) for name in sorted(_attributes(policy.conditions)) if name not in known]
        types = {GATES[name].resource_type for name in asked}
        for resource in policy.resources:
            if resource.type != EVERYTHING and resource.type not in types:
                near = _meant(nearest(resource.type, types))
                found.append(f"these actions are never asked about a resource of type `{resource.type}`{near}")
    return tuple(doubt for doubt in found if doubt)


def _covers(action: str, name: str) -> bool:
    return action in {EVERYTHING, name} or (action.endswith(FAMILY) and name.startswith(action[: -len(EVERYTHING)]))


def _doubt_action(action: str) -> str:
    if any(_covers(action, name) for name in GATES):
        return ""
    return f"no gate asks about `{action}`{_meant(nearest(action, GATES))}"


def _doubt_attribute(name: str, known: frozenset[str]) -> str:
    return f"no gate of these actions knows `{name}`, so it is always missing{_meant(nearest(name, known))}"


def _meant(name: str) -> str:
    return f"; did you mean `{name}`?" if name else ""


def _attributes(conditions: tuple[Condition, ...]) -> set[str]:
    found: set[str] = set()
    for condition in conditions:
        if isinstance(condition, Comparison):
            found.add(condition.attribute)
        elif isinstance(condition, Not):
            found |= _attributes((condition.part,))
        else:
            found |= _attributes(condition.parts)
    return found


def plain_attributes(attributes: Mapping[str, Attribute | None]) -> dict[str, Attribute]:
    """Return the attributes that are known."""
    return {name: value for name, value in attributes.items() if value is not None}
