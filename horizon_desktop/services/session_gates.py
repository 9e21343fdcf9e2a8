"""The gates of one hosted session: the profile's policies, narrowed by those of the session's own permissions."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

from horizon_desktop.domain.access.capability import CLOSED, VIEW, Role
from horizon_desktop.domain.access.policy_engine import PolicySet
from horizon_desktop.domain.access.policy_generator import SessionPermissions, session_policies
from horizon_desktop.domain.access.policy_hours import next_opening
from horizon_desktop.domain.access.policy_narrowing import NarrowedPolicies
from horizon_desktop.domain.collaboration.channel import ChannelKind
from horizon_desktop.domain.collaboration.gate_requests import (
    GuestFacts,
    Principal,
    SessionFacts,
    channel_requests,
    extend_request,
    invite_request,
    redeem_request,
)
from horizon_desktop.domain.collaboration.session import MAX_PLACES
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, peer_id_of, session_text
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.records import SessionRow
from horizon_desktop.services.policies import Policies, decided, required

LATER: Final = "policy.hours"
_NAME_DIGITS: Final = 8


class SessionGates:
    """Asked before a guest comes in, a channel opens, an invite is made, the end moves."""

    def __init__(self, row: Callable[[], SessionRow], policies: Policies, *, host: Principal, clock: Clock) -> None:
        self._row = row
        self._host = host
        self._clock = clock
        self._held = policies.held
        self._permissions = permissions_of(row())
        self._known: dict[DeviceKey, bool] = {}
        """Of those who knocked in this run: whether they were let in here before."""
        self.risk_of: Callable[[DeviceKey], str | None] = _no_signal
        self.address_of: Callable[[DeviceKey], str | None] = _not_seen

    def require_extension(self, *, expires_at: Instant, until: Instant, guests: int) -> None:
        """Raise PolicyRefused unless the end may move."""
        request = extend_request(
            self._facts, host=self._host, expires_at=expires_at, until=until, guests=guests, now=self._now()
        )
        required(self._policies, request)

    def require_invite(self, *, role: Role, guests: int, expires_at: Instant) -> None:
        """Raise PolicyRefused unless such an invite may be made."""
        request = invite_request(
            self._facts, host=self._host, role=role, guests=guests, expires_at=expires_at, now=self._now()
        )
        required(self._policies, request)

    def may_redeem(self, guest: DeviceKey, role: Role, *, guests: int, is_known: bool) -> Decision:
        """Allow a guest who came by an invite, so many being in already.

        Denies with policy.hours (detail: in how many minutes, before the session ends, it would be let in) or
        policy.denied (detail: the reason in words, for the host alone: policies are none of a guest's business).
        """
        now = self._now()
        self._known[guest] = is_known
        facts = self._guest(guest, role, is_known=is_known)
        request = redeem_request(self._facts, facts, guests=guests, now=now)
        decision = decided(self._policies, request)
        if isinstance(decision, Deny):
            opening = next_opening(self._policies, request, now=now)
            if opening is not None and opening < self._row().expires_at:
                return Deny(LATER, str(-(-opening.since(now) // 60_000)))
        return decision

    def require_redemption(self, guest: DeviceKey, role: Role, *, guests: int) -> None:
        """Raise PolicyRefused unless this guest, who knocked, may come in now."""
        facts = self._guest(guest, role, is_known=self._known.get(guest))
        required(self._policies, redeem_request(self._facts, facts, guests=guests, now=self._now()))

    def allowed_channels(self, guest: DeviceKey, role: Role, channels: Mapping[str, int]) -> dict[str, int]:
        """Return the channels cut down to what the policies let this guest have now; `control` stays as it is."""
        request = channel_requests(self._facts, self._guest(guest, role), now=self._now())
        allowed = {}
        for channel, most in channels.items():
            access = most
            while access > CLOSED and channel != ChannelKind.CONTROL.value:
                if self._policies.decide(request(channel, access)).is_allowed:
                    break
                access -= VIEW
            allowed[channel] = access
        return allowed

    @cached_property
    def _policies(self) -> NarrowedPolicies:
        """Written when first asked: a new session waits for nothing that only its guests need."""
        return NarrowedPolicies(self._held, PolicySet(session_policies(self._permissions)))

    @property
    def _facts(self) -> SessionFacts:
        row = self._row()
        return SessionFacts(
            session=session_text(row.session_id),
            session_type=row.session_type,
            channels=row.channels,
            is_approval_asked=row.is_approval_asked,
            created_at=row.created_at,
        )

    def _guest(self, guest: DeviceKey, role: Role, *, is_known: bool | None = None) -> GuestFacts:
        return GuestFacts(
            peer_id=peer_id_of(guest),
            role=role,
            risk=self.risk_of(guest),
            address=self.address_of(guest),
            is_known=is_known,
        )

    def _now(self) -> Instant:
        return self._clock.now().instant


def permissions_of(row: SessionRow) -> SessionPermissions:
    """Return what a session's host gave, as its policies are written from it."""
    text = session_text(row.session_id)
    return SessionPermissions(
        name=f"session-{text[:_NAME_DIGITS]}",
        session=text,
        session_type=row.session_type,
        role=Role(row.role),
        channels=row.channels,
        longest_s=row.limit_at.since(row.created_at) // 1000,
        guests=MAX_PLACES,
    )


def _no_signal(guest: DeviceKey) -> str | None:
    """Where nothing watches for signs of risk, nobody is told to be safe: conditions about risk fail closed."""
    return None


def _not_seen(guest: DeviceKey) -> str | None:
    """The host does not see where a guest comes from while all goes through a hub."""
    return None
