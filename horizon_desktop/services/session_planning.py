"""A session as its host wants it: whether it may be, and the rows that it begins with."""

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from horizon_desktop.domain.access.capability import Rate
from horizon_desktop.domain.access.derivation import NONCE_BYTES, session_id_of
from horizon_desktop.domain.collaboration.gate_requests import create_request, host_principal
from horizon_desktop.domain.collaboration.session import MAX_LENGTH_S, Session, SessionPlan
from horizon_desktop.domain.collaboration.shared_paths import common_root
from horizon_desktop.domain.collaboration.surfaces import plan_without
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import peer_id_of
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.purse import PurseWish
from horizon_desktop.errors import AccessRefused, ConfigurationRefused
from horizon_desktop.ports.hub_home import HubPlan
from horizon_desktop.ports.records import InviteRow, SessionRow
from horizon_desktop.services.file_registry import absolute_path
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.invite_secrets import draft_invite
from horizon_desktop.services.policies import required

EMBEDDED = "embedded"
"""What policies read in `hub` for the one inside this process."""


class HostChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a host wants: the plan, the files, and how guests come in."""

    plan: SessionPlan
    files: tuple[Path, ...]
    is_approval_asked: bool
    is_relay_allowed: bool
    hub: str
    """URL, or empty for the configured or embedded hub."""
    rates: Mapping[str, Rate] = {}
    """Channel name to the most that a guest may send; a channel that is missing keeps its own rate."""
    purse: PurseWish | None = None
    """What the session may spend; None: it is not metered."""


def allowed_plan(plan: SessionPlan, *, off: Collection[str], longest_s: int = MAX_LENGTH_S) -> SessionPlan:
    """Return the plan with what is switched off closed.

    Args:
        off: Names of channels that this Horizon does not have.
        longest_s: What policies may lift a session to.

    Raises:
        ConfigurationRefused: config.off, a channel was asked for by name that is switched off.
        AccessRefused: session.length, session.places, session.invite, session.title or session.channels.
    """
    cut = plan_without(plan, off)
    if isinstance(cut, Deny):
        raise ConfigurationRefused(f"{cut.detail} is switched off", code=cut.rule, name=cut.detail)
    decision = cut.decide(longest_s=longest_s)
    if isinstance(decision, Deny):
        raise AccessRefused(f"a session like this is not allowed: {decision.detail}", code=decision.rule)
    return cut


def allowed_length(plan: SessionPlan, choice: HostChoice, parts: Parts, *, hub: str, name: str, now: Instant) -> int:
    """Return how long the session may be extended to, in seconds: the longest that the policies would open.

    Raises:
        PolicyRefused: policy.denied, they do not open this one.
    """
    request = create_request(
        plan,
        host=host_principal(peer_id_of(parts.key.key), name),
        hub=hub or EMBEDDED,
        is_approval_asked=choice.is_approval_asked,
        is_relay_allowed=choice.is_relay_allowed,
        now=now,
    )
    required(parts.policies, request)
    most = parts.policies.held.ceiling(request, "length", most=parts.policies.most_length_s)
    return max(plan.length_s, most or 0)


def draft_session(
    plan: SessionPlan, choice: HostChoice, parts: Parts, *, hub: HubPlan, longest_s: int, now: Instant
) -> tuple[SessionRow, InviteRow]:
    """Return the rows of a new session and its first invite; nothing is stored or published yet."""
    nonce = parts.entropy.draw(NONCE_BYTES)
    session = Session.planned(plan, session_id_of(parts.key.key, nonce), now=now, longest_s=longest_s)
    row = SessionRow(
        session_id=session.session_id,
        nonce=nonce,
        session_type=session.session_type,
        title=session.title,
        created_at=session.created_at,
        expires_at=session.expires_at,
        limit_at=session.limit_at,
        role=plan.given_role,
        channels=dict(session.channels),
        is_approval_asked=choice.is_approval_asked,
        is_relay_allowed=choice.is_relay_allowed,
        hub=hub.url,
        folder=str(common_root([absolute_path(file) for file in choice.files]) or ""),
    )
    invite = draft_invite(
        row,
        key=parts.key,
        entropy=parts.entropy,
        hubs=hub.link,
        places=plan.places,
        role=plan.given_role,
        expires_at=session.invite_end(minutes=plan.invite_minutes, now=now),
        now=now,
    )
    return row, invite
