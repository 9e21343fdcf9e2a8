"""Feeds the session adapter with what the running session sees of its guests, and does what the level asks for."""

from typing import Final

import structlog

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.risk import Assessment, Response
from horizon_desktop.domain.ids import DeviceKey, peer_id_of
from horizon_desktop.errors import HorizonError
from horizon_desktop.protocol.link_events import AddressesTold, LinkEvent, LinkUp, MessageRefused, PeerMuted
from horizon_desktop.services.hosted_core import HostedCore
from horizon_desktop.services.roster import Seat

_log = structlog.get_logger(__name__)

SKEW_MS: Final = 10 * 60_000
_RATE: Final = "rate."


class RiskWatch:
    """One for each hosted session."""

    def __init__(self, core: HostedCore) -> None:
        self._core = core
        self._roles: dict[DeviceKey, Role] = {}
        """What guests were before they could only look."""

    async def saw(self, seat: Seat, event: LinkEvent) -> None:
        """Take a link event of a guest who has a seat; most say nothing about risk."""
        found = self._signal(seat.key, event)
        if found is not None:
            await self._respond(seat, found)

    async def answer_late(self) -> None:
        """Let those look only about whom the host was asked for two minutes in vain."""
        for device in self._core.adapter.unanswered():
            seat = self._core.guests.roster.find(device)
            if seat is not None and not seat.is_suspended:
                await self._let_look(seat)

    async def trust(self, seat: Seat) -> None:
        """The host looked into it: give back what was taken, the role and, after a suspension, the access."""
        self._core.adapter.trust(seat.key)
        if seat.is_suspended:
            await self._core.guests.resume(seat)
            self._core.links.forgive(seat.key)
            await self._core.publish_revocations()
        role = self._roles.pop(seat.key, None)
        if role is not None:
            await self._core.change_role(peer_id_of(seat.key), role)

    def _signal(self, device: DeviceKey, event: LinkEvent) -> Assessment | None:
        adapter = self._core.adapter
        match event:
            case AddressesTold():
                return adapter.came_from(device, event.networks)
            case LinkUp() if abs(self._core.links.peer_offset_ms(device)) > SKEW_MS:
                return adapter.clock_off(device)
            case MessageRefused() if not event.is_ours and event.rule.startswith(_RATE):
                return adapter.over_the_rate(device)
            case PeerMuted() if event.rule.startswith(_RATE):
                return adapter.over_the_rate(device)
            case _:
                return None

    async def _respond(self, seat: Seat, found: Assessment) -> None:
        if found.response is Response.READ_ONLY:
            await self._let_look(seat)
        elif found.response is Response.REFUSE and not seat.is_suspended:
            await self._suspend(seat)

    async def _let_look(self, seat: Seat) -> None:
        role = Role(seat.role)
        if role is Role.OBSERVER:
            return
        self._roles[seat.key] = role
        try:
            await self._core.change_role(peer_id_of(seat.key), Role.OBSERVER)
        except HorizonError as trouble:
            _log.warning("risk.read_only.failed", peer_id=peer_id_of(seat.key), code=trouble.key)

    async def _suspend(self, seat: Seat) -> None:
        core = self._core
        await core.guests.suspend(seat, reason="risk")
        core.documents.guest_gone(seat.key)
        await core.links.drop(seat.key, "risk.critical")
        await core.publish_revocations()
        core.roster_moved()
