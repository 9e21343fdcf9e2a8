"""What follows from the events of a hosted session: EphemeralOrchestrator, CollaborationOrchestrator (SPEC 11)."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from horizon_desktop.domain.access.capability import CLOSED, USE, VIEW
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.events import (
    EphemeralQuotaCreated,
    EphemeralQuotaExpired,
    Event,
    IdentityRevoked,
    InvitationRedeemed,
    ParticipantJoined,
    ParticipantLeft,
    SessionExpired,
)
from horizon_desktop.domain.ids import DeviceKey, peer_id_of
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import HorizonError
from horizon_desktop.services.hosted_core import HostedCore

_log = structlog.get_logger(__name__)

_LEVELS: Final = {"view": VIEW, "use": USE}
Act = Callable[[str], Awaitable[None]]


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """One guest as the orchestrator knows it."""

    joined_at: Instant
    left_at: Instant | None = None
    joins: int = 1


class CollaborationOrchestrator:
    """Who joined and left, and whether what a guest wants to do is allowed at this moment."""

    def __init__(self, core: HostedCore) -> None:
        self._core = core
        self.presence: dict[str, Presence] = {}
        """Peer id to when it was here; those who left stay for the summary."""

    def handle_ephemeral_join(self, fact: ParticipantJoined) -> None:
        """Note that a guest is here. A fact of another session, or of nobody with a seat, changes nothing."""
        core = self._core
        if fact.session_id != core.text_id or core.guests.roster.by_peer_id(fact.peer_id) is None:
            return
        now, before = core.parts.clock.now().instant, self.presence.get(fact.peer_id)
        joins = before.joins + 1 if before else 1
        self.presence[fact.peer_id] = Presence(joined_at=before.joined_at if before else now, joins=joins)

    def handle_ephemeral_leave(self, fact: ParticipantLeft) -> None:
        """Note that a guest has gone."""
        before = self.presence.get(fact.peer_id)
        if fact.session_id == self._core.text_id and before is not None:
            now = self._core.parts.clock.now().instant
            self.presence[fact.peer_id] = msgspec.structs.replace(before, left_at=now)

    def validate_ephemeral_action(self, peer_id: str, action: str) -> Decision:
        """Allow what a guest wants to do now, or say which rule refuses.

        Args:
            action: CHANNEL.view or CHANNEL.use.

        Denies with peer.unknown, peer.suspended, action.unknown, channel.closed, or what the session adapter
        refuses (identity.*, access.revoked, time.*, risk.critical).
        """
        core = self._core
        try:
            seat = core.guests.roster.find(DeviceKey(bytes.fromhex(peer_id)))
        except ValueError:
            seat = None
        if seat is None:
            return Deny("peer.unknown")
        if seat.is_suspended:
            return Deny("peer.suspended")
        channel, _, word = action.partition(".")
        if word not in _LEVELS or channel not in core.row.channels:
            return Deny("action.unknown", action)
        decision = core.adapter.admits(seat.key, now=core.parts.clock.now().instant)
        if isinstance(decision, Deny):
            return decision
        return Allow() if seat.channels.get(channel, CLOSED) >= _LEVELS[word] else Deny("channel.closed", channel)


class EphemeralOrchestrator:
    """Reads the bus for one hosted session and lets each event have its consequences."""

    def __init__(
        self, core: HostedCore, collaboration: CollaborationOrchestrator, *, cut_off: Act, stop_spending: Act
    ) -> None:
        """Store what to react with.

        Args:
            cut_off: Takes a peer id: that guest's access was revoked, by whomever; it is to be out.
            stop_spending: Takes a quota id: it is over.
        """
        self._core = core
        self._collaboration = collaboration
        self._cut_off = cut_off
        self._stop_spending = stop_spending
        self.redeemed = 0
        self.quotas: set[str] = set()
        """Quotas for guests of this session, by beneficiary, that were made while it ran."""

    async def run(self) -> None:
        """React until cancelled. A consequence that fails is logged; the next event is taken all the same."""
        with self._core.parts.bus.subscribe() as facts:
            async for fact in facts:
                try:
                    await self.take(fact)
                except HorizonError as trouble:
                    _log.warning("orchestrator.trouble", about=type(fact).__name__, code=trouble.key)

    async def take(self, fact: Event) -> None:
        """Let one event have its consequences."""
        match fact:
            case ParticipantJoined():
                self._collaboration.handle_ephemeral_join(fact)
            case ParticipantLeft():
                self._collaboration.handle_ephemeral_leave(fact)
            case InvitationRedeemed():
                self.redeemed += any(seat.identity_id == str(fact.identity_id) for seat in self._core.guests.roster)
            case IdentityRevoked():
                await self._revoked(str(fact.identity_id))
            case EphemeralQuotaCreated() if self._is_ours(fact.beneficiary_id):
                self.quotas.add(str(fact.quota_id))
            case EphemeralQuotaExpired():
                self.quotas.discard(str(fact.quota_id))
                await self._stop_spending(str(fact.quota_id))
            case SessionExpired() if fact.session_id == self._core.text_id:
                for quota_id in tuple(self.quotas):
                    await self._stop_spending(quota_id)
            case _:
                pass

    async def _revoked(self, identity_id: str) -> None:
        for seat in self._core.guests.roster:
            if seat.identity_id == identity_id:
                await self._cut_off(peer_id_of(seat.key))

    def _is_ours(self, beneficiary: str) -> bool:
        return any(beneficiary in (seat.name, peer_id_of(seat.key)) for seat in self._core.guests.roster)
