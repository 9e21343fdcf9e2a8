"""Policies inside policies: what is allowed must be allowed by both; so nobody's own rules widen another's."""

import msgspec

from horizon_desktop.domain.access.policy import Condition, Policy, PolicyRequest, PolicyVerdict
from horizon_desktop.domain.access.policy_engine import PolicySet
from horizon_desktop.domain.access.policy_explaining import Explanation, explain


class NarrowedPolicies(msgspec.Struct, frozen=True):
    """The rules of the house, and within them those of one session."""

    outer: PolicySet
    inner: PolicySet

    def decide(self, request: PolicyRequest) -> PolicyVerdict:
        """Return the first verdict that denies, else the inner one."""
        verdict = self.outer.decide(request)
        return self.inner.decide(request) if verdict.is_allowed else verdict

    def explain(self, request: PolicyRequest) -> Explanation:
        """Return the reasons of the verdict that `decide` returns."""
        return explain(self.inner if self.outer.decide(request).is_allowed else self.outer, request)


def with_condition(policy: Policy, condition: Condition) -> Policy:
    """Return a policy that matches where it did and a condition holds besides."""
    return msgspec.structs.replace(policy, conditions=(*policy.conditions, condition))
