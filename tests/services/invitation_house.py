"""A host with invites at a hub in memory, and guests who redeem them: real services over the ports' fakes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.code import ALPHABET, parse_code, shown_code
from horizon_desktop.domain.access.derivation import session_id_of
from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink
from horizon_desktop.domain.access.preview import Preview
from horizon_desktop.domain.access.risk import RiskRules
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token
from horizon_desktop.domain.collaboration.gate_requests import host_principal
from horizon_desktop.domain.decision import Decision
from horizon_desktop.domain.events import Event
from horizon_desktop.domain.ids import DeviceKey, InvitationId, peer_id_of
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import AccessRefused, LinkLost
from horizon_desktop.ports.hub import Mailbox, MailboxClosed, MailboxMessage, MailboxOpened
from horizon_desktop.ports.records import SessionRow
from horizon_desktop.ports.storage import Store
from horizon_desktop.protocol.redemption_effects import Knock, NowWaiting, Redeemed
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.invitations import HostedInviteView, Invitations
from horizon_desktop.services.policies import Policies
from horizon_desktop.services.redeeming import RedemptionDevice, read_preview, redeem
from horizon_desktop.services.session_adapter import EphemeralSessionAdapter
from horizon_desktop.services.session_gates import SessionGates
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.hub import MemoryHub, MemoryHubDialer
from tests.fakes.mirror_folder import MemoryMirrorFolders
from tests.fakes.store import MemoryStore

NOON = Instant(1_790_000_000_000)
HOUR = 3_600_000
NONCE = b"n" * 16
HOST = DeviceKeyPair.from_seed(b"h" * 32)
DEVICE = RedemptionDevice(name="Maya", device="zephyr", system="Linux", version="0.1.0")
PATIENCE_S = 10
EventT = TypeVar("EventT")


class NotUsed:
    """Stands where an invitation must never look."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"invitations do not use {name}")


def session_row(**changes: object) -> SessionRow:
    row = SessionRow(
        session_id=session_id_of(HOST.key, NONCE),
        nonce=NONCE,
        session_type="pair",
        title="Loss spike",
        created_at=NOON,
        expires_at=NOON.plus(HOUR),
        limit_at=NOON.plus(24 * HOUR),
        role="editor",
        channels={"control": 2, "edits": 2, "cursors": 2, "chat": 2},
        is_approval_asked=True,
        is_relay_allowed=True,
        hub="",
        folder="/srv/train",
    )
    return msgspec.structs.replace(row, **changes)


class House:
    """A host's machine. `open` it, then invite."""

    def __init__(
        self, *, row: SessionRow | None = None, store: Store | None = None, policies: Policies | None = None
    ) -> None:
        self.policies = policies or Policies()
        self.row = row or session_row()
        self.clock = FakeClock(NOON)
        self.entropy = SeededEntropy("house")
        self.hub = MemoryHub(clock=self.clock, entropy=SeededEntropy("hub"))
        self.dialer = MemoryHubDialer(self.hub, clock=self.clock)
        self.store: Store = store or MemoryStore()
        self.bus = MemoryBus()
        self.facts: list[Event] = []
        self.seated: list[Knock] = []
        self.no_room = ""
        self.files = 1
        self.parts = self._parts(HOST, self.bus, self.entropy)
        self.adapter = EphemeralSessionAdapter(
            session_id=self.row.session_id.hex(), rules=RiskRules(), bus=self.bus, clock=self.clock
        )
        host = host_principal(peer_id_of(HOST.key), "aurora")
        self.gates = SessionGates(lambda: self.row, self.policies, host=host, clock=self.clock)
        self.invitations = self._invitations()
        self.registered = asyncio.Event()

    def _invitations(self) -> Invitations:
        hubs = (HubAddress(host="hub.example", port=7443, pin=self.hub.address.pin),)
        return Invitations(
            row=self.row,
            parts=self.parts,
            host_name="aurora",
            link_hubs=hubs,
            seat=self.seat,
            unseat=self.unseat,
            assess=self.adapter.knocked,
            may_enter=self.may_enter,
            count_files=lambda: self.files,
        )

    def may_enter(self, device: DeviceKey, role: Role, *, is_known: bool) -> Decision:
        return self.gates.may_redeem(device, role, guests=0, is_known=is_known)

    def _parts(self, key: DeviceKeyPair, bus: MemoryBus, entropy: SeededEntropy) -> Parts:
        unused = NotUsed()
        return Parts(
            key=key,
            device="desk",
            system="Linux",
            store=self.store,
            bus=bus,
            clock=self.clock,
            entropy=entropy,
            dialer=self.dialer,
            tls=unused,  # type: ignore[arg-type]
            direct=None,
            files=unused,  # type: ignore[arg-type]
            replicas=unused,  # type: ignore[arg-type]
            mirrors=MemoryMirrorFolders(),
        )

    async def seat(self, invitation_id: InvitationId, knock: Knock, role: Role) -> bytes:
        if self.no_room:
            raise AccessRefused("no room", code=self.no_room)
        self.seated.append(knock)
        now = self.clock.now().instant
        claims = EphemeralToken(
            jti=self.entropy.draw(16),
            issuer=HOST.key,
            session=self.row.session_id,
            guest=knock.guest,
            issued_at=now,
            not_before=now,
            expires_at=now.plus(600_000),
            capabilities=role_capabilities(role),
            relay=RelayRights(targets=(HOST.key,)),
            epoch=0,
        )
        return issue_token(claims, HOST).raw

    async def unseat(self, guest: DeviceKey) -> None:
        self.seated = [knock for knock in self.seated if knock.guest != guest]

    async def serve(self) -> None:
        """Register at the hub and serve its mailboxes until the hub is lost."""
        hub = await self.dialer.register(
            self.hub.address, self.parts.caller, session=self.row.session_id, session_nonce=self.row.nonce
        )
        await self.invitations.hub_up(hub)
        self.registered.set()
        try:
            async for event in hub.events():
                if isinstance(event, MailboxOpened | MailboxMessage | MailboxClosed):
                    await self.invitations.mailbox_event(hub, event)
        except LinkLost:
            self.invitations.hub_lost(hub)

    async def invite(self, *, places: int = 1, role: Role | None = None) -> HostedInviteView:
        return await self.invitations.create(places=places, role=role, expires_at=NOON.plus(24 * HOUR))

    def note(self, event: Event) -> None:
        self.facts.append(event)

    async def fact(self, kind: type[EventT], *, number: int = 1) -> EventT:
        """Return the `number`th fact of a kind, waiting for it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = [fact for fact in self.facts if isinstance(fact, kind)]
                if len(found) >= number:
                    return found[number - 1]
                await asyncio.sleep(0.002)


class Guest:
    """A guest's machine with its own bus and key."""

    def __init__(self, house: House, name: str = "maya", *, device: RedemptionDevice = DEVICE) -> None:
        self.house = house
        self.key = DeviceKeyPair.from_seed(name.encode().ljust(32, b"."))
        self.device = device
        self.entropy = SeededEntropy(name)
        self.waiting: list[NowWaiting] = []
        self.skews: list[int] = []
        self.open_mailbox: Callable[[InvitationLink], Awaitable[Mailbox]] = self._open_mailbox

    async def _open_mailbox(self, link: InvitationLink) -> Mailbox:
        caller = self.house._parts(self.key, MemoryBus(), self.entropy).caller
        return await self.house.dialer.open_mailbox(self.house.hub.address, caller, locator=link.locator)

    async def preview(self, link: InvitationLink) -> Preview | None:
        sealed = await self.house.dialer.fetch_preview(self.house.hub.address, link.locator)
        return None if sealed is None else read_preview(sealed, link, now=self.house.clock.now().instant)

    async def redeem(self, invite: HostedInviteView, *, code: str = "", shown: Preview | None = None) -> Redeemed:
        """Redeem an invite that the host showed, with its code or another."""
        assert invite.secrets is not None
        link = invite.secrets.link
        return await redeem(
            link,
            code or invite.secrets.shown_code,
            self.device,
            open_mailbox=lambda: self.open_mailbox(link),
            key=self.key,
            clock=self.house.clock,
            entropy=self.entropy,
            shown=shown,
            on_waiting=self.waiting.append,
            on_skew=self.skews.append,
        )


def wrong_code(shown: str) -> str:
    """Return a code that is well formed and not this one."""
    canonical = parse_code(shown)
    other = ALPHABET[(ALPHABET.index(canonical[0]) + 1) % 32]
    return shown_code(other + canonical[1:])


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[House]:
    """Serve a house until the block ends."""
    await house.store.add_session(house.row)
    await house.invitations.load()
    async with asyncio.TaskGroup() as group:
        with house.bus.subscribe() as events:
            tasks = [group.create_task(house.serve()), group.create_task(_listen(house, events))]
            async with asyncio.timeout(PATIENCE_S):
                await house.registered.wait()
            try:
                yield house
            finally:
                for task in tasks:
                    task.cancel()


async def _listen(house: House, events: AsyncIterator[Event]) -> None:
    async for event in events:
        house.note(event)


def waiting_key(house: House) -> DeviceKey:
    """Return the key of the one who waits."""
    return house.invitations.knocks()[0].guest
