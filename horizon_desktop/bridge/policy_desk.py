"""What doors ask about policies without a session: are they right, what would they decide, what could a guest do."""

from collections.abc import Sequence

import msgspec

from horizon_desktop.domain.access.policy import Policy, PolicyRequest
from horizon_desktop.domain.access.policy_defaults import DEFAULT_POLICIES
from horizon_desktop.domain.access.policy_explaining import Explanation
from horizon_desktop.domain.access.policy_gates import doubts
from horizon_desktop.domain.access.policy_generator import SessionPermissions, opening_policy, session_policies
from horizon_desktop.domain.collaboration.policy_simulation import Foresight, Scene, simulate
from horizon_desktop.domain.collaboration.session import SessionPlan
from horizon_desktop.domain.decision import Deny
from horizon_desktop.errors import UsageError
from horizon_desktop.ports.policies import PolicyFiles, PolicyProblem
from horizon_desktop.services.policies import HARD_LENGTH_S, Policies, load_policies


class PolicyCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of policy files found."""

    files: tuple[str, ...]
    policies: tuple[Policy, ...]
    problems: tuple[PolicyProblem, ...]
    doubts: tuple[tuple[str, str], ...]
    """Name of a policy, and what in it has no effect in this product."""


class PolicyDesk:
    """Answers from files and the pure rules alone; nothing of a profile is opened."""

    def __init__(self, files: PolicyFiles, *, place: str) -> None:
        self._files = files
        self.place = place
        """Where the policies in force are; empty: the built-in ones."""

    def check(self, place: str) -> PolicyCheck:
        """Return everything that is wrong or without effect in a file or a folder."""
        reading = self._files.read(place)
        found = tuple((policy.name, doubt) for policy in reading.policies for doubt in doubts(policy))
        return PolicyCheck(files=reading.files, policies=reading.policies, problems=reading.problems, doubts=found)

    def explain(self, request: PolicyRequest, *, place: str = "") -> Explanation:
        """Decide one request by the policies at a place, else by those in force. Raises ConfigurationRefused."""
        return self._held(place).explain(request)

    def simulate(self, scene: Scene, *, place: str = "") -> tuple[Foresight, ...]:
        """Return what could happen with an invite before it is sent. Raises ConfigurationRefused."""
        policies = self._held(place)
        return simulate(policies.held, msgspec.structs.replace(scene, longest_s=policies.most_length_s))

    def templates(self) -> Sequence[str]:
        """Return the names of the templates, with `default`: the built-in policies."""
        return ("default", *self._files.templates())

    def template(self, name: str) -> str:
        """Return a template as the text of a file. Raises UsageError (policy.template)."""
        if name == "default":
            return self._files.write(DEFAULT_POLICIES)
        text = self._files.templates().get(name)
        if text is None:
            known = ", ".join(self.templates())
            raise UsageError(f"no template {name}; there are {known}", code="policy.template", name=name, known=known)
        return text

    def write_session(self, plan: SessionPlan) -> str:
        """Return the policies of sessions like this one as the text of a file, written from its permissions.

        Raises:
            UsageError: no session can be like this (session.length, session.places, ...).
        """
        decision = plan.decide(longest_s=HARD_LENGTH_S)
        if isinstance(decision, Deny):
            raise UsageError(f"no session is like this: {decision.detail}", code=decision.rule)
        given = SessionPermissions(
            name=f"{plan.session_type.value}-{plan.given_role.value}",
            session="",
            session_type=plan.session_type.value,
            role=plan.given_role,
            channels=plan.chosen_channels(),
            longest_s=plan.length_s,
            guests=plan.places,
        )
        return self._files.write((opening_policy(given), *session_policies(given)))

    def _held(self, place: str) -> Policies:
        return load_policies(place or self.place, self._files)
