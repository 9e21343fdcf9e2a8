"""Surfaces that are switched off: their channels can be chosen for no session and opened by nobody."""

from collections.abc import Collection, Mapping

import msgspec

from horizon_desktop.domain.collaboration.channel import ChannelKind
from horizon_desktop.domain.collaboration.session import SESSION_TYPES, SessionPlan
from horizon_desktop.domain.decision import Deny


def plan_without(plan: SessionPlan, off: Collection[str]) -> SessionPlan | Deny:
    """Return the plan with every channel closed that is off; Deny (config.off) when it asks for one by name.

    Args:
        off: Names of channel kinds. Control is part of every session and stays.
    """
    for name, access in plan.channels.items():
        if name in off and access > 0:
            return Deny("config.off", name)
    shut = {kind.value: 0 for kind in SESSION_TYPES[plan.session_type].channels if _is_off(kind.value, off)}
    return msgspec.structs.replace(plan, channels={**plan.channels, **shut})


def channels_without(channels: Mapping[str, int], off: Collection[str]) -> dict[str, int]:
    """Return the access of a session that exists already, with what is off closed."""
    return {name: 0 if _is_off(name, off) else access for name, access in channels.items()}


def _is_off(name: str, off: Collection[str]) -> bool:
    return name in off and name != ChannelKind.CONTROL.value
