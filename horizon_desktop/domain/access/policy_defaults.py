"""The policies of whoever has configured none: what the product allows by its own rules, and nothing beyond."""

from typing import Final

from horizon_desktop.domain.access.policy import Comparison, Effect, Policy, PrincipalPattern, ResourcePattern
from horizon_desktop.domain.access.policy_gates import (
    CREATE,
    ENTER_HUB,
    EXTEND,
    GUEST_ROLE,
    HOST_ROLE,
    INVITE,
    OPEN,
    REDEEM,
    USE_POOL,
    USE_QUOTA,
)

DEFAULT_LENGTH_S: Final = 24 * 3600
"""The longest session without a policy that lifts it (SPEC section 4)."""
_HOST: Final = (PrincipalPattern("role", HOST_ROLE),)
_GUEST: Final = (PrincipalPattern("role", GUEST_ROLE),)
_ANYBODY: Final = (PrincipalPattern("any", "*"),)

DEFAULT_POLICIES: Final = (
    Policy(
        name="default-sessions",
        description="Sessions last up to 24 hours, extensions included.",
        effect=Effect.ALLOW,
        principals=_HOST,
        resources=(ResourcePattern("session", "sessions/*"),),
        actions=(CREATE, EXTEND),
        conditions=(Comparison("length", "lte", DEFAULT_LENGTH_S),),
    ),
    Policy(
        name="default-invites",
        description="Hosts invite as they like.",
        effect=Effect.ALLOW,
        principals=_HOST,
        resources=(ResourcePattern("invite", "sessions/*/invites"),),
        actions=(INVITE,),
    ),
    Policy(
        name="default-guests",
        description="Whoever a host invites may come in and use the channels of that invite.",
        effect=Effect.ALLOW,
        principals=_GUEST,
        resources=(
            ResourcePattern("invite", "sessions/*/invites"),
            ResourcePattern("channel", "sessions/*/channels/*"),
        ),
        actions=(REDEEM, OPEN),
    ),
    Policy(
        name="default-resources",
        description="Pools and quotas have limits and approvals of their own.",
        effect=Effect.ALLOW,
        principals=_ANYBODY,
        resources=(ResourcePattern("pool", "pools/*"), ResourcePattern("quota", "quotas/*")),
        actions=(USE_POOL, USE_QUOTA),
    ),
    Policy(
        name="default-hub",
        description="A hub takes whoever proves a key; its limits and its list of hosts are its own.",
        effect=Effect.ALLOW,
        principals=_ANYBODY,
        resources=(ResourcePattern("hub", "hub/*"),),
        actions=(ENTER_HUB,),
    ),
)
