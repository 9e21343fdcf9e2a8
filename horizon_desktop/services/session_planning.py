"""Whether a session may be made as its host wants it: the rules of its type, and what is switched off here."""

from collections.abc import Collection

from horizon_desktop.domain.collaboration.session import SessionPlan
from horizon_desktop.domain.collaboration.surfaces import plan_without
from horizon_desktop.domain.decision import Deny
from horizon_desktop.errors import AccessRefused, ConfigurationRefused


def allowed_plan(plan: SessionPlan, *, off: Collection[str]) -> SessionPlan:
    """Return the plan with what is switched off closed.

    Args:
        off: Names of channels that this Horizon does not have.

    Raises:
        ConfigurationRefused: config.off, a channel was asked for by name that is switched off.
        AccessRefused: session.length, session.places, session.invite, session.title or session.channels.
    """
    cut = plan_without(plan, off)
    if isinstance(cut, Deny):
        raise ConfigurationRefused(f"{cut.detail} is switched off", code=cut.rule, name=cut.detail)
    decision = cut.decide()
    if isinstance(decision, Deny):
        raise AccessRefused(f"a session like this is not allowed: {decision.detail}", code=decision.rule)
    return cut
