"""A host and its guests around one invite, without IO: messages travel by hand, and anybody in between may meddle."""

from collections import deque
from collections.abc import Callable, Sequence

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.pake import GuestPake, answer_pake, password_of
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.derivation import locator_of, session_id_of
from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink
from horizon_desktop.domain.access.places import MAX_TRIES
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Instant, Now, Tick
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.redemption_attempt import HostedInvite
from horizon_desktop.protocol.redemption_effects import (
    BeginPake,
    ComputePake,
    CountTry,
    FinishPake,
    GiveBackAndReserve,
    GuestEffect,
    HangUp,
    HostEffect,
    KnockBegan,
    KnockOver,
    PakeComputed,
    Post,
    Redeemed,
    Refused,
)
from horizon_desktop.protocol.redemption_guest import GuestPart, GuestRedemption
from horizon_desktop.protocol.redemption_host import HostRedemption
from horizon_desktop.protocol.redemption_messages import Details
from tests.fakes.entropy import SeededEntropy

CODE = "7Q4MKX2"
WRONG = "7Q4MKX3"
NOON = Instant(1_790_000_000_000)
TERMS = b"t" * 32
SESSION_NONCE = b"n" * 16
HOST = DeviceKeyPair.from_seed(b"h" * 32)
SESSION = session_id_of(HOST.key, SESSION_NONCE)
LINK = InvitationLink(
    locator=locator_of(HOST.key, b"m" * 16),
    host=HOST.key,
    secret=b"s" * 16,
    hubs=(HubAddress(host="hub.example.org", port=7443), HubAddress(host="192.168.1.20", port=40123, pin=b"p" * 16)),
)
DETAILS = Details("Maya", "zephyr", "Linux", "0.1.0")


def keypair_of(name: str) -> DeviceKeyPair:
    return DeviceKeyPair.from_seed(name.encode().ljust(32, b"."))


class World:
    """One invite, its host's machine, its counters, and a clock that both read."""

    def __init__(self, *, places: int = 1, invite: HostedInvite | None = None, key: DeviceKeyPair = HOST) -> None:
        hosted = invite or HostedInvite(link=LINK, code=CODE, session=SESSION, session_nonce=SESSION_NONCE, terms=TERMS)
        self.host = HostRedemption(hosted, key)
        self.key = key
        self.entropy = SeededEntropy("world")
        self.now = Now(NOON, Tick(1_000))
        self.places = places
        self.tries = 0
        self.held: set[DeviceKey] = set()
        self.seen: list[HostEffect] = []
        self.boxes: dict[int, deque[bytes]] = {}

    def advance(self, ms: int) -> None:
        self.now = Now(self.now.instant.plus(ms), self.now.tick.plus(ms))

    def tell(self, route: int, data: bytes) -> list[bytes]:
        """Deliver one message to the host, carry out all that follows, return what it posted to this route."""
        self.do(self.host.receive((route, data), now=self.now))
        return self.take(route)

    def take(self, route: int) -> list[bytes]:
        posted = list(self.boxes.get(route, ()))
        self.boxes[route] = deque()
        return posted

    def do(self, effects: Sequence[HostEffect]) -> None:
        work = deque(effects)
        while work:
            effect = work.popleft()
            self.seen.append(effect)
            match effect:
                case Post():
                    self.boxes.setdefault(effect.route, deque()).append(effect.data)
                case ComputePake():
                    work.extend(self.host.answered(effect.ask, self.compute(effect), now=self.now))
                case CountTry():
                    work.extend(self.host.answered(effect.ask, self.count(), now=self.now))
                case GiveBackAndReserve():
                    work.extend(self.host.answered(effect.ask, self.reserve(effect.guest), now=self.now))
                case KnockOver():
                    self.held.discard(effect.guest)
                case _:
                    pass

    def compute(self, ask: ComputePake) -> PakeComputed | Deny:
        try:
            message, key = answer_pake(
                ask.password,
                ask.guest_message,
                guest=ask.guest,
                host=ask.host,
                locator=ask.locator,
                entropy=self.entropy.draw(64),
            )
        except RemoteProtocolError:
            return Deny("attempt.bad")
        return PakeComputed(message=message, key=key)

    def count(self) -> int | Deny:
        if self.tries >= MAX_TRIES:
            return Deny("code.locked")
        self.tries += 1
        return self.tries

    def reserve(self, guest: DeviceKey) -> Decision:
        self.tries -= 1
        if guest in self.held:
            return Deny("knock.open")
        if len(self.held) >= self.places:
            return Deny("invite.full", str(self.places))
        self.held.add(guest)
        return Allow()

    def let_in(self, guest: DeviceKey, role: Role = Role.EDITOR) -> None:
        assert self.host.claim(guest) == Allow()
        self.do(self.host.admit(guest, role, self.token(guest, role), now=self.now))

    def token(self, guest: DeviceKey, role: Role = Role.EDITOR) -> bytes:
        now = self.now.instant
        claims = EphemeralToken(
            jti=self.entropy.draw(16),
            issuer=self.key.key,
            session=session_id_of(self.key.key, SESSION_NONCE),
            guest=guest,
            issued_at=now,
            not_before=now,
            expires_at=now.plus(600_000),
            capabilities=role_capabilities(role),
            relay=RelayRights(targets=(self.key.key,)),
            epoch=0,
        )
        return issue_token(claims, self.key).raw

    def of(self, kind: type[HostEffect]) -> list[HostEffect]:
        return [effect for effect in self.seen if isinstance(effect, kind)]

    @property
    def knocks(self) -> list[KnockBegan]:
        return [effect for effect in self.seen if isinstance(effect, KnockBegan)]

    @property
    def hang_ups(self) -> list[HangUp]:
        return [effect for effect in self.seen if isinstance(effect, HangUp)]


class Visitor:
    """A guest's machine with its clock and its PAKE, and a record of what it sent and was told."""

    def __init__(
        self,
        world: World,
        *,
        name: str = "maya",
        code: str = CODE,
        link: InvitationLink = LINK,
        terms: bytes | None = TERMS,
        seed: str = "1",
        details: Details = DETAILS,
    ) -> None:
        self.world = world
        self.key = keypair_of(name)
        self.link = link
        self.code = code
        self.entropy = SeededEntropy(name + seed)
        part = GuestPart(
            link=link,
            attempt=self.entropy.draw(16),
            opening=self.entropy.draw(32),
            details=details,
            shown_terms=terms,
        )
        self.machine = GuestRedemption(part, self.key)
        self.route = 0
        self.sent: list[bytes] = []
        self.told: list[GuestEffect] = []
        self.end: Redeemed | Refused | None = None

    def begin(self) -> bytes:
        """Return message 1."""
        self.do(self.machine.begin(now=self.world.now))
        return self.sent[-1]

    def hear(self, data: bytes) -> list[bytes]:
        """Take one message; return what is sent in answer."""
        before = len(self.sent)
        self.do(self.machine.receive(data, now=self.world.now))
        return self.sent[before:]

    def wake(self) -> list[bytes]:
        before = len(self.sent)
        self.do(self.machine.wake(now=self.world.now))
        return self.sent[before:]

    def do(self, effects: Sequence[GuestEffect]) -> None:
        for effect in effects:
            self.told.append(effect)
            match effect:
                case Post():
                    self.sent.append(effect.data)
                case BeginPake():
                    self.do(self.machine.answered(effect.ask, self._begin_pake(), now=self.world.now))
                case FinishPake():
                    self.do(self.machine.answered(effect.ask, _finish(effect), now=self.world.now))
                case Redeemed() | Refused():
                    self.end = effect
                case _:
                    pass

    def _begin_pake(self) -> GuestPake:
        return GuestPake.begin(
            password_of(self.link.secret, self.code),
            guest=self.key.key,
            host=self.link.host,
            locator=self.link.locator,
            entropy=self.entropy.draw(64),
        )

    def knock(self, route: int = 1) -> None:
        """Run messages 1 to 4 through `route`, up to the host's answer."""
        self.route = route
        self.converse(self.begin())

    def converse(self, *outgoing: bytes, meddle: Callable[[bytes], bytes] = bytes) -> None:
        """Carry messages to and fro until both sides are silent."""
        waiting = deque(outgoing)
        while waiting:
            for answer in self.world.tell(self.route, meddle(waiting.popleft())):
                waiting.extend(self.hear(answer))

    def listen(self) -> None:
        """Take what the host has posted meanwhile."""
        for data in self.world.take(self.route):
            self.hear(data)


def _finish(ask: FinishPake) -> bytes | Deny:
    try:
        return ask.pake.finish(ask.host_message)
    except RemoteProtocolError:
        return Deny("attempt.bad")
