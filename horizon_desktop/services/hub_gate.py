"""The gate of a hub: who may register, ask for a mailbox or be relayed, from where and when; asked of its policies."""

from horizon_desktop.domain.access.policy import PolicyRequest
from horizon_desktop.domain.access.policy_gates import ENTER_HUB, GATES, GUEST_ROLE, HOST_ROLE, hub_path
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, peer_id_of
from horizon_desktop.ports.clock import Clock
from horizon_desktop.services.policies import Policies, decided

CLOSED = "hub.closed"
"""What a client is told; which policy it was is for the operator's log."""


class HubGate:
    """Knows of a client what the hub has seen itself: the key it proved, and the address it comes from."""

    def __init__(self, policies: Policies, *, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock

    def may_enter(self, kind: str, key: DeviceKey, *, address: str) -> Decision:
        """Allow a client, or Deny with hub.closed.

        Args:
            kind: host, invitee or member.
            address: As the hub sees it: behind a proxy, the proxy's.
        """
        role = HOST_ROLE if kind == HOST_ROLE else GUEST_ROLE
        request = PolicyRequest(
            principal=frozenset({("role", role), ("device", str(peer_id_of(key)))}),
            action=ENTER_HUB,
            resource_type=GATES[ENTER_HUB].resource_type,
            resource=hub_path(kind),
            attributes={"address": address.partition("%")[0], "time": self._clock.now().instant},
        )
        decision = decided(self._policies, request)
        return Deny(CLOSED, decision.detail) if isinstance(decision, Deny) else Allow()
