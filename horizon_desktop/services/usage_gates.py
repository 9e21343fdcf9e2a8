"""The gates of resources: may somebody have a part of a pool, or a quota; asked of the policies."""

from collections.abc import Callable
from decimal import Decimal

from horizon_desktop.domain.access.policy_gates import GUEST_ROLE, HOST_ROLE
from horizon_desktop.domain.decision import Decision
from horizon_desktop.domain.ids import PeerId
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.pool import ResourcePool
from horizon_desktop.ports.clock import Clock
from horizon_desktop.services.policies import Policies, Principal

RoleOf = Callable[[str], str | None]
"""The role of somebody who is a guest of a session that runs here, None where nobody is known by that name."""


class UsageGates:
    """Says who asks, as far as this profile knows it. Whoever is neither this profile nor a guest of it has no role."""

    def __init__(
        self, policies: Policies, *, clock: Clock, own: PeerId | None = None, role_of: RoleOf | None = None
    ) -> None:
        self._policies = policies
        self._clock = clock
        self._own = own
        self._role_of: RoleOf = role_of or _nobody

    def may_use_pool(self, pool: ResourcePool, *, user: str, mail: str, wanted: Decimal, held: Decimal) -> Decision:
        """Allow a request for a part of a pool, or Deny with policy.denied and the reason.

        Args:
            mail: The user's address, checked by the caller; empty when there is none.
            held: What the user has and has asked for in this pool already.
        """
        return self._policies.may_use_pool(
            pool.name,
            self._principal(user, mail),
            {
                "type": pool.pool_type.value,
                "kind": pool.resource_type.value,
                "amount": wanted,
                "requested": held + wanted,
                "approval": not pool.approves_itself(mail),
                "time": self._clock.now().instant,
            },
        )

    def may_have_quota(self, resource: ResourceType, *, beneficiary: str, amount: Decimal) -> Decision:
        """Allow a quota for somebody, or its use, or Deny with policy.denied and the reason.

        Whoever gives it has approved it. `amount` is the quota's limit when it is given, later what is to be used.
        """
        return self._policies.may_use_quota(
            resource.value,
            self._principal(beneficiary, ""),
            {"kind": resource.value, "amount": amount, "approval": True, "time": self._clock.now().instant},
        )

    def _principal(self, user: str, mail: str) -> Principal:
        found = {("user", user)}
        role = self._role_of(user)
        if user == self._own:
            found.add(("role", HOST_ROLE))
        elif role is not None:
            found |= {("role", GUEST_ROLE), ("role", role)}
        _, at, domain = mail.rpartition("@")
        if at and domain:
            found.add(("domain", domain.lower()))
        return frozenset(found)


def _nobody(user: str) -> str | None:
    """Where no sessions run there are no guests."""
    return None
