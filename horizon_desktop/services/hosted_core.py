"""The parts of a hosted session that its use cases share: guests, links, documents, chat, and how a guest is told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import msgspec
import structlog

from horizon_desktop.domain.access.capability import Rate, Role
from horizon_desktop.domain.access.derivation import sponsor_id_of
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind, DataType
from horizon_desktop.domain.collaboration.gate_requests import host_principal
from horizon_desktop.domain.collaboration.lease import Lease, LeaseStage
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.events import ParticipantLeft, PeerGone
from horizon_desktop.domain.ids import DeviceKey, FileId, peer_id_of, session_text
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.purse import SPENT_CHANNELS, PurseWish
from horizon_desktop.errors import LinkLost, UsageError
from horizon_desktop.ports.records import SessionRow
from horizon_desktop.protocol.payloads.codec import encode
from horizon_desktop.protocol.payloads.control import AccessGiven, HostControl, Renewal
from horizon_desktop.protocol.payloads.control import Lease as LeaseMessage
from horizon_desktop.protocol.payloads.edits import HostEdits
from horizon_desktop.services.access import AccessLedger
from horizon_desktop.services.conversation import Conversation
from horizon_desktop.services.host_links import HostLinks
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.hosted_guests import HostedGuests
from horizon_desktop.services.invite_secrets import check_places
from horizon_desktop.services.measuring import Measuring
from horizon_desktop.services.purse import PurseParts, SessionPurse
from horizon_desktop.services.roster import Seat
from horizon_desktop.services.session_adapter import EphemeralSessionAdapter
from horizon_desktop.services.session_gates import SessionGates
from horizon_desktop.services.session_hours import SessionHours
from horizon_desktop.services.shared_documents import HostDocuments

_log = structlog.get_logger(__name__)

MOST_EDITS_WAITING: Final = 12
"""Messages of documents to one guest that are not acknowledged: each 256 KiB at most, a queue takes 4 MiB."""
PAUSED_CHANNELS: Final[Mapping[str, int]] = {ChannelKind.EDITS.value: int(ChannelAccess.VIEW)}
"""What is left to guests while the host has paused their input: they watch, and talk on."""
_LOOK_MS: Final = 10
_RATES_ENCODER: Final = msgspec.json.Encoder()
_RATES_DECODER: Final = msgspec.json.Decoder(dict[str, Rate])


class HostedCore:
    """Built once a session; `row` and `lease` are replaced when they change."""

    def __init__(self, *, row: SessionRow, parts: Parts, name: str, lease: Lease) -> None:
        self.row = row
        self.parts = parts
        self.name = name
        self.lease = lease
        self.text_id = session_text(row.session_id)
        self.roster_moved_event = asyncio.Event()
        self._own_place: tuple[bytes, int] = (b"", 0)
        self._tokens_told: dict[DeviceKey, tuple[int, bytes]] = {}
        """The epoch of the newest token a guest was sent, and the conversation it was queued in."""
        self.ledger = AccessLedger(
            session=row.session_id,
            key=parts.key,
            channels=row.channels,
            is_relay_allowed=row.is_relay_allowed,
            entropy=parts.entropy,
        )
        self.identities = parts.identities
        self.adapter = EphemeralSessionAdapter(
            session_id=self.text_id, rules=parts.configuration.risk, bus=parts.bus, clock=parts.clock
        )
        self.gates = SessionGates(
            lambda: self.row, parts.policies, host=host_principal(peer_id_of(parts.key.key), name), clock=parts.clock
        )
        self.gates.risk_of = self.adapter.level_word
        self.guests = HostedGuests(
            adapter=self.adapter,
            gates=self.gates,
            session=row.session_id,
            ledger=self.ledger,
            identities=self.identities,
            clock=parts.clock,
            lease_end=lambda: self.lease.expires_at,
        )
        self.links = HostLinks(
            session=row.session_id,
            key=parts.key,
            admission=self._admission,
            scopes=self.guests.scopes,
            tls=parts.tls,
            direct=parts.direct,
            clock=parts.clock,
            entropy=parts.entropy,
            is_relay_allowed=row.is_relay_allowed,
            bulk=parts.bulk,
        )
        self.measuring = Measuring(self.links, clock=parts.clock, entropy=parts.entropy, is_host=True)
        self.documents = HostDocuments(
            session_id=row.session_id,
            files=parts.files(),
            replicas=parts.replicas,
            store=parts.store,
            bus=parts.bus,
            clock=parts.clock,
            entropy=parts.entropy,
            send=self._send_document,
            folder=row.folder,
        )
        self.chat = Conversation(session=row.session_id, store=parts.store, bus=parts.bus)
        self.hours = SessionHours(row.session_id, parts.usage.windows if parts.usage else None, parts.clock)
        self.purse = self._make_purse()
        self.is_input_paused = False
        self.publish_revocations: Callable[[], Awaitable[None]] = _to_no_hub

    def _make_purse(self) -> SessionPurse | None:
        parts = self.parts
        if parts.usage is None or parts.meters is None:
            return None
        return SessionPurse(
            PurseParts(
                session=self.row.session_id,
                usage=parts.usage,
                meters=parts.meters,
                bus=parts.bus,
                clock=parts.clock,
                interval_s=parts.configuration.metering.interval_s,
                carried_bytes=lambda: self.links.carried_bytes,
                set_costly=self._set_costly,
            )
        )

    async def _set_costly(self, *, is_on: bool) -> None:
        """Stop what costs, or let it go on: guests are told by their next tokens, at once."""
        self.ledger.limit({} if is_on else SPENT_CHANNELS, why="purse")
        await self.renew_all()

    async def pause_input(self, *, is_paused: bool) -> None:
        """Let no guest change anything, whatever the role, or let everyone go on as before; a restart keeps it.

        Guests are read-only here before this returns, and are told by their next tokens at once.
        """
        self._limit_input(is_paused=is_paused)
        await self.renew_all()
        await self.parts.store.put_setting(self._paused_name, "paused" if is_paused else "")

    async def load_pause(self) -> None:
        """Take up whether input of a resumed session is paused. Raises StoreUnavailable: it cannot be read."""
        self._limit_input(is_paused=bool(await self.parts.store.setting(self._paused_name)))

    def _limit_input(self, *, is_paused: bool) -> None:
        self.is_input_paused = is_paused
        self.ledger.limit(PAUSED_CHANNELS if is_paused else {}, why="pause")

    @property
    def _paused_name(self) -> str:
        return f"session.paused.{self.text_id}"

    async def limit_rates(self, rates: Mapping[str, Rate]) -> None:
        """Let no guest send more than this on these channels, for as long as the session lives."""
        self.ledger.limit_rates(rates)
        if rates:
            await self.parts.store.put_setting(self._rates_name, _RATES_ENCODER.encode(rates).decode())

    async def load_rates(self) -> None:
        """Take up the rates that a resumed session was given. Raises StoreUnavailable: they cannot be read."""
        text = await self.parts.store.setting(self._rates_name)
        if text:
            self.ledger.limit_rates(_RATES_DECODER.decode(text))

    @property
    def _rates_name(self) -> str:
        return f"session.rates.{self.text_id}"

    async def give_purse(self, wish: PurseWish) -> None:
        """Let the session spend so much. Raises UsageError (purse.no_gpu, purse.none), AccessRefused, QuotaRefused."""
        if self.purse is None:
            raise UsageError("nothing is metered here", code="purse.none")
        await self.purse.open(
            wish,
            sponsor=self.own_peer_id,
            identity=sponsor_id_of(self.parts.key.key),
            beneficiary=f"session {self.text_id[:8]}",
            until=self.row.limit_at,
        )

    # --- who is here ---
    @property
    def own_peer_id(self) -> str:
        return peer_id_of(self.parts.key.key)

    def own_participant(self) -> Participant:
        """Return the host's own line of the roster."""
        file_id, line = self._own_place
        return Participant(
            peer_id=self.own_peer_id,
            name=self.name,
            role="host",
            device=self.parts.device,
            color=0,
            joined_at=self.row.created_at,
            channels=dict(self.row.channels),
            file=self.path_of(file_id),
            line=line,
        )

    def participants(self) -> tuple[Participant, ...]:
        """Return everyone who is in: the host first, guests in join order."""
        return (self.own_participant(), *self.guests.participants(self.path_of))

    def stand_at(self, file_id: bytes, line: int) -> None:
        """Note the file and line that the host looks at."""
        self._own_place = (file_id, line)
        self.roster_moved()

    def path_of(self, file_id: bytes) -> str:
        """Return the shared path of a file, empty for none."""
        return self.documents.path_of(FileId(file_id)) if file_id else ""

    def roster_moved(self) -> None:
        """Somebody's line of the roster changed; everyone hears within a tenth of a second."""
        self.roster_moved_event.set()

    def gone(self, seat: Seat, reason: str) -> None:
        """Tell the bus that somebody left for good."""
        participant = seat.participant(self.path_of(seat.file_id))
        self.parts.bus.publish(PeerGone(session_id=self.text_id, participant=participant, reason=reason))
        self.parts.bus.publish(ParticipantLeft(session_id=self.text_id, peer_id=participant.peer_id))
        self.roster_moved()

    # --- the gates ---
    def _admission(self, key: DeviceKey) -> Decision:
        """Whether a device may bind a path now: at a good hour, with a seat."""
        decision = self.hours.admits()
        return decision if isinstance(decision, Deny) else self.guests.admission(key)

    def may_enter(self, device: DeviceKey, role: Role, *, is_known: bool) -> Decision:
        """Whether hours and policies let somebody in who had link and right code, beside those who are in."""
        decision = self.hours.admits()
        if isinstance(decision, Deny):
            return decision
        return self.gates.may_redeem(device, role, guests=len(self.guests.beside(device)), is_known=is_known)

    def require_extension(self, *, until: Instant) -> None:
        """Raise PolicyRefused unless the session may end at `until`."""
        self.gates.require_extension(expires_at=self.lease.expires_at, until=until, guests=len(self.guests.roster))

    def require_invite(self, *, places: int) -> None:
        """Allow an invite with so many places until the session ends. Raises UsageError, PolicyRefused."""
        check_places(places)
        self.gates.require_invite(role=Role(self.row.role), guests=places, expires_at=self.lease.expires_at)

    # --- telling guests ---
    async def send(
        self,
        peer: DeviceKey,
        channel: ChannelKind,
        data_type: DataType,
        body: bytes,
        *,
        latest_key: bytes | None = None,
    ) -> None:
        """Queue a message for a guest who has a link; nothing for one who has none: they catch up at their next one."""
        try:
            await self.links.send(peer, channel, data_type, body, latest_key=latest_key)
        except LinkLost:
            _log.debug("guest.unreachable", peer_id=peer_id_of(peer), channel=channel)

    async def tell(self, peer: DeviceKey, message: HostControl) -> None:
        """Queue a control message."""
        await self.send(peer, ChannelKind.CONTROL, DataType.CONTROL, encode(message))

    async def tell_lease(self) -> None:
        """Tell every guest when the session ends."""
        message = self.lease_message()
        async with asyncio.TaskGroup() as group:  # one who takes nothing holds up nobody
            for seat in self.guests.roster:
                group.create_task(self.tell(seat.key, message))

    def lease_message(self) -> LeaseMessage:
        """Return what guests are told of the end."""
        now = self.parts.clock.now()
        return LeaseMessage(
            self.lease.expires_at, now.instant, is_read_only=self.lease.stage(now=now) >= LeaseStage.READ_ONLY
        )

    async def renew(self, seat: Seat) -> None:
        """Send a guest a fresh token; nothing to one who has gone meanwhile or is suspended, or after the end."""
        current = self.guests.roster.find(seat.key)
        is_over = self.parts.clock.now().instant >= self.lease.expires_at
        if current is None or current.is_suspended or is_over:
            return
        fresh = self.guests.renew(current)
        if fresh.channels != current.channels:
            await self._tell_access(fresh)
            return
        self._token_goes_out(fresh)
        await self.tell(fresh.key, Renewal(fresh.token, self.parts.clock.now().instant))

    async def renew_due(self) -> None:
        """Send every guest a fresh token whose own wants renewing."""
        await self._renew(self.guests.due(now=self.parts.clock.now()))

    async def renew_all(self) -> None:
        """Send every guest a fresh token: what it may has changed."""
        await self._renew(self.guests.roster)

    async def _renew(self, seats: Iterable[Seat]) -> None:
        async with asyncio.TaskGroup() as group:
            for seat in seats:
                group.create_task(self.renew(seat))

    async def change_role(self, peer_id: str, role: Role) -> None:
        """Give a guest another role from now on; what the old token allowed is over at once."""
        await self._tell_access(await self.guests.change_role(peer_id, role))

    async def _tell_access(self, seat: Seat) -> None:
        """A guest's channels are others now: by the host's choice, or because a policy opened or closed one."""
        self.documents.guest_access(seat.key, may_edit=self.guests.may_edit(seat))
        self._token_goes_out(seat)
        await self.tell(seat.key, AccessGiven(seat.role, dict(seat.channels), seat.token))
        self.roster_moved()

    async def list_epochs(self) -> None:
        """Void older tokens at the hub, too, for every guest that has its newer one: nobody is cut off before."""
        ready = [
            seat.key
            for seat in self.guests.roster
            if not self.ledger.is_listed(seat.key)
            and self._tokens_told.get(seat.key) == (seat.epoch, self.links.conversation(seat.key))
            and self.links.backlog(seat.key) == 0
        ]
        for key in ready:
            self.ledger.list_epoch(key)
        if ready:
            await self.publish_revocations()

    def _token_goes_out(self, seat: Seat) -> None:
        self._tokens_told[seat.key] = (seat.epoch, self.links.conversation(seat.key))

    async def _send_document(self, peer: DeviceKey, data_type: DataType, message: HostEdits) -> None:
        """Send one guest's documents in its own time: a slow link is not taken for one that is stuck."""
        while self.links.backlog(peer, ChannelKind.EDITS) >= MOST_EDITS_WAITING:
            await self.parts.clock.sleep(_LOOK_MS)
        await self.send(peer, ChannelKind.EDITS, data_type, encode(message))


async def _to_no_hub() -> None:
    """Before a hub is attached there is nobody to tell; the list goes out at registration."""
