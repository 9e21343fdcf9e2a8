"""Writes the policies of one session from its permissions: exactly what its invites may give, and nothing else."""

from collections.abc import Mapping

import msgspec

from horizon_desktop.domain.access.capability import CLOSED, USE, Role, role_capabilities
from horizon_desktop.domain.access.policy import Comparison, Effect, Policy, PrincipalPattern, ResourcePattern
from horizon_desktop.domain.access.policy_gates import (
    CREATE,
    EXTEND,
    HOST_ROLE,
    INVITE,
    OPEN,
    REDEEM,
    channel_path,
    invite_path,
    session_path,
)

_LEVELS = {1: "view", 2: "use"}
_CONTROL = "control"
"""Always open, and no gate asks about it."""


class SessionPermissions(msgspec.Struct, frozen=True, kw_only=True):
    """What a host gave when it opened a session."""

    name: str
    """Begins the name of every policy: letters, digits, `-`."""
    session: str
    """The session's id in hexadecimal, its policies hold for no other; empty: for every session of the type."""
    session_type: str
    role: Role
    """The most that an invite gives."""
    channels: Mapping[str, int]
    """Channel name to CLOSED, VIEW or USE."""
    longest_s: int
    """The ceiling of extensions, from the session's beginning."""
    guests: int
    """Places that there may be in all."""


def session_policies(given: SessionPermissions) -> tuple[Policy, ...]:
    """Return the policies of a session: how long, whom its host may invite, who comes in, each channel."""
    roles = tuple(role for role in Role if role.rank <= given.role.rank)
    this = (Comparison("session", "eq", given.session),) if given.session else ()
    role_names = Comparison("role", "in", tuple(role.value for role in roles))
    paths = (ResourcePattern("invite", invite_path(given.session_type)),)
    return (
        Policy(
            name=f"{given.name}-length",
            reason="The session has a longest time from its beginning, and has reached it.",
            effect=Effect.ALLOW,
            principals=(PrincipalPattern("role", HOST_ROLE),),
            resources=(ResourcePattern("session", session_path(given.session_type)),),
            actions=(EXTEND,),
            conditions=(*this, Comparison("length", "lte", given.longest_s)),
        ),
        Policy(
            name=f"{given.name}-invites",
            effect=Effect.ALLOW,
            principals=(PrincipalPattern("role", HOST_ROLE),),
            resources=paths,
            actions=(INVITE,),
            conditions=(*this, role_names, Comparison("guests", "lte", given.guests)),
        ),
        Policy(
            name=f"{given.name}-guests",
            effect=Effect.ALLOW,
            principals=tuple(PrincipalPattern("role", role.value) for role in roles),
            resources=paths,
            actions=(REDEEM,),
            conditions=(*this, role_names),
        ),
        *_channel_policies(given, this),
    )


def opening_policy(given: SessionPermissions) -> Policy:
    """Return the policy by which such a session may be opened: no longer, for no more guests, with no more channels."""
    names = tuple(sorted(name for name, access in given.channels.items() if access > CLOSED and name != _CONTROL))
    return Policy(
        name=f"{given.name}-opening",
        effect=Effect.ALLOW,
        principals=(PrincipalPattern("role", HOST_ROLE),),
        resources=(ResourcePattern("session", session_path(given.session_type)),),
        actions=(CREATE,),
        conditions=(
            Comparison("length", "lte", given.longest_s),
            Comparison("guests", "lte", given.guests),
            Comparison("role", "in", tuple(role.value for role in Role if role.rank <= given.role.rank)),
            *((Comparison("channels", "subsetOf", names),) if names else ()),
        ),
    )


def _channel_policies(given: SessionPermissions, this: tuple[Comparison, ...]) -> list[Policy]:
    """Return a policy for every open channel and level: the roles that may have it, also those given later."""
    policies = []
    for channel, most in sorted(given.channels.items()):
        for level, access in _LEVELS.items():
            able = [role for role in Role if min(most, role_capabilities(role).access_to(channel)) >= level]
            if channel == _CONTROL or not able or level > min(most, USE):
                continue
            policies.append(
                Policy(
                    name=f"{given.name}-{channel}-{access}",
                    effect=Effect.ALLOW,
                    principals=tuple(PrincipalPattern("role", role.value) for role in able),
                    resources=(ResourcePattern("channel", channel_path(given.session_type, channel)),),
                    actions=(OPEN,),
                    conditions=(*this, Comparison("access", "eq", access)),
                )
            )
    return policies
