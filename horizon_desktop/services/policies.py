"""The policies of a profile or a hub: loaded once, asked at every gate; a denial is told in words."""

from collections.abc import Sequence
from typing import Protocol

import structlog

from horizon_desktop.domain.access.policy import Attribute, Policy, PolicyRequest, PolicyVerdict
from horizon_desktop.domain.access.policy_defaults import DEFAULT_LENGTH_S, DEFAULT_POLICIES
from horizon_desktop.domain.access.policy_engine import PolicySet
from horizon_desktop.domain.access.policy_explaining import Explanation, explain
from horizon_desktop.domain.access.policy_gates import GATES, USE_POOL, USE_QUOTA, pool_path, quota_path
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.errors import ConfigurationRefused, PolicyRefused
from horizon_desktop.ports.policies import PolicyFiles

_log = structlog.get_logger(__name__)

DENIED = "policy.denied"
HARD_LENGTH_S = 14 * 24 * 3600
"""The longest session, whatever a policy lifts."""
Principal = frozenset[tuple[str, str]]


class Deciding(Protocol):
    """A set of policies, or one inside another."""

    def decide(self, request: PolicyRequest) -> PolicyVerdict: ...
    def explain(self, request: PolicyRequest) -> Explanation: ...


class Policies:
    """The policies in force. Configured ones take the place of the built-in ones, they do not add to them."""

    def __init__(self, policies: Sequence[Policy] | None = None, *, source: str = "") -> None:
        self.held = PolicySet(DEFAULT_POLICIES if policies is None else policies)
        self.is_default = policies is None
        self.source = source
        """The file or folder; empty for the built-in ones."""

    def decide(self, request: PolicyRequest) -> PolicyVerdict:
        return self.held.decide(request)

    def explain(self, request: PolicyRequest) -> Explanation:
        return explain(self.held, request)

    @property
    def most_length_s(self) -> int:
        """The longest session that is worth asking a policy about."""
        return DEFAULT_LENGTH_S if self.is_default else HARD_LENGTH_S

    # --- gates without a session ---
    def may_use_pool(self, pool: str, principal: Principal, attributes: dict[str, Attribute]) -> Decision:
        """Allow a request for a part of a pool, or Deny with policy.denied and the reason.

        Args:
            principal: Pairs of type and value: role, user, device, domain (of the mail address), group.
            attributes: time (Instant), type, kind, amount, requested (this and what is held already), approval.
        """
        return decided(self, _of_resources(USE_POOL, pool_path(pool), principal, attributes))

    def may_use_quota(self, kind: str, principal: Principal, attributes: dict[str, Attribute]) -> Decision:
        """Allow the use of a quota, or Deny with policy.denied and the reason: time, kind, amount, approval."""
        return decided(self, _of_resources(USE_QUOTA, quota_path(kind), principal, attributes))


def decided(policies: Deciding, request: PolicyRequest) -> Decision:
    """Return Allow, or Deny with policy.denied and the reason in words."""
    verdict = policies.decide(request)
    if verdict.is_allowed:
        return Allow()
    name = verdict.policy.name if verdict.policy else ""
    _log.info("policy.denied", action=request.action, resource=request.resource, policy=name)
    return Deny(DENIED, policies.explain(request).words)


def required(policies: Deciding, request: PolicyRequest) -> None:
    """Raise PolicyRefused (policy.denied; values: reason, action, policy) unless it is allowed."""
    decision = decided(policies, request)
    if isinstance(decision, Deny):
        verdict = policies.decide(request)
        gate = GATES.get(request.action)
        action = gate.words if gate else request.action
        raise PolicyRefused(
            f"the policy does not let you {action}: {decision.detail}",
            reason=decision.detail,
            action=action,
            policy=verdict.policy.name if verdict.policy else "",
        )


def load_policies(place: str, files: PolicyFiles) -> Policies:
    """Return the policies of a file or a folder; none configured (an empty place): the built-in ones.

    Raises:
        ConfigurationRefused: policy.broken; values: why (the first problem, in words), n (how many there are).
    """
    if not place:
        return Policies()
    reading = files.read(place)
    if reading.problems:
        first, count = reading.problems[0], len(reading.problems)
        raise ConfigurationRefused(
            f"the policies cannot be used: {first.text}", code="policy.broken", why=first.text, n=count
        )
    return Policies(reading.policies, source=place)


def _of_resources(action: str, path: str, principal: Principal, attributes: dict[str, Attribute]) -> PolicyRequest:
    return PolicyRequest(
        principal=principal,
        action=action,
        resource_type=GATES[action].resource_type,
        resource=path,
        attributes=attributes,
    )
