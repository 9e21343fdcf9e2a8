"""The desk of one invite: drives its redemption machine over mailboxes, store and bus."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from horizon_desktop.crypto.pake import ENTROPY_BYTES, answer_pake
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.invitation import invite_name
from horizon_desktop.domain.access.places import InviteState, KnockEnd, is_open
from horizon_desktop.domain.access.risk import Response
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.events import ActionRefused, CodeTried, KnockClosed, PeerKnocked
from horizon_desktop.domain.ids import DeviceKey, peer_id_of, session_text
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import AccessRefused, HorizonError, RemoteProtocolError, StoreUnavailable, UsageError
from horizon_desktop.ports.records import InviteRow, SessionRow
from horizon_desktop.protocol.redemption_attempt import HostedInvite
from horizon_desktop.protocol.redemption_effects import (
    CodeFailed,
    ComputePake,
    CountTry,
    GiveBackAndReserve,
    HangUp,
    HostEffect,
    Knock,
    KnockBegan,
    KnockOver,
    PakeComputed,
    Post,
)
from horizon_desktop.protocol.redemption_host import HostRedemption, Outcome
from horizon_desktop.protocol.redemption_keys import refusal_frame
from horizon_desktop.protocol.redemption_messages import decode_frame
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.invite_doors import Assess, MailboxPost, MayEnter, Seat, Unseat
from horizon_desktop.services.invite_secrets import InviteSecrets
from horizon_desktop.services.policies import DENIED

_log = structlog.get_logger(__name__)

_OUTCOMES: Final = {
    KnockEnd.DECLINED: "declined",
    KnockEnd.UNANSWERED: "expired",
    KnockEnd.WITHDRAWN: "withdrawn",
}
_OVER: Final = frozenset({InviteState.FULL, InviteState.BURNED, InviteState.EXPIRED, InviteState.CANCELLED})
_TAKEN_BACK: Final = frozenset({InviteState.EXPIRED, InviteState.CANCELLED})
"""Ends that send waiting guests away; one who waits at a burned or paused invite had the right code before."""

INVITE_DOOR: Final = "invite"
"""Where a refused guest stood, beside the names of channels."""

GUESTS_WORD: Final = "policy.closed"
"""What a guest is told where a policy keeps it out."""


class InviteDesk:
    """One invite in service. Every step that changes what a try or a place counts is on disk before it is answered."""

    def __init__(
        self,
        *,
        row: InviteRow,
        session: SessionRow,
        secrets: InviteSecrets | None,
        terms: bytes,
        parts: Parts,
        mail: MailboxPost,
        seat: Seat,
        unseat: Unseat,
        assess: Assess,
        may_enter: MayEnter,
        on_change: Callable[["InviteDesk"], None],
    ) -> None:
        self.row = row
        self.secrets = secrets
        self._session = session
        self._parts = parts
        self._mail = mail
        self._seat = seat
        self._unseat = unseat
        self._assess = assess
        self._may_enter = may_enter
        self._on_change = on_change
        self._knocks: dict[DeviceKey, Knock] = {}
        self._responses: dict[DeviceKey, Response] = {}
        """What the risk of each who waits asks for."""
        self._machine: HostRedemption | None = None
        if secrets is not None:
            invite = HostedInvite(
                link=secrets.link,
                code=secrets.code,
                session=session.session_id,
                session_nonce=session.nonce,
                terms=terms,
            )
            self._machine = HostRedemption(invite, parts.key)
            if row.state is not InviteState.OPEN:
                self._machine.close(self._why_closed(), now=parts.clock.now())

    @property
    def name(self) -> str:
        return invite_name(self.row.locator)

    @property
    def knocks(self) -> Sequence[Knock]:
        """Who waits, in the order of knocking."""
        return tuple(self._knocks.values())

    @property
    def open_places(self) -> int:
        """Places that a hub may count on; none once the invite is over."""
        return 0 if self.row.state in _OVER else self.row.places - self.row.places_taken

    # --- from the mailboxes ---

    async def receive(self, route: int, data: bytes) -> None:
        """Take a mailbox message. Raises RemoteProtocolError: it is none of ours."""
        if self._machine is None:
            frame = decode_frame(data)
            await self._mail.send(route, refusal_frame(self._parts.key, frame.body, self._why_closed()))
            await self._mail.close(route)
            return
        await self._carry_out(self._machine.receive((route, data), now=self._parts.clock.now()))

    def route_lost(self, route: int) -> None:
        """Note that a mailbox has gone; who waits in it has some seconds to come back."""
        if self._machine is not None:
            self._machine.route_closed(route, now=self._parts.clock.now())

    # --- time ---

    def deadline(self) -> Tick | None:
        """When `wake` is next wanted, besides the invite's own expiry."""
        return None if self._machine is None else self._machine.deadline()

    async def wake(self) -> None:
        """End knocks and attempts that took too long, the invite at its expiry, and forget secrets that are over."""
        now = self._parts.clock.now()
        if self._machine is not None:
            await self._carry_out(self._machine.wake(now=now))
        if self.row.state in {InviteState.OPEN, InviteState.PAUSED} and now.instant >= self.row.expires_at:
            await self.shut(InviteState.EXPIRED)
        if self.row.state in _OVER and self._machine is not None and self._machine.is_idle:
            self._machine = None

    # --- what the host person does ---

    async def admit(self, guest: DeviceKey, role: Role | None) -> None:
        """Let a waiting guest in, with the invite's role or a lower one; returns when its token is on the way.

        Raises:
            UsageError: it does not wait, or the role is above the invite's.
            AccessRefused: there is no room for it in that role; it waits on.
        """
        knock = self._knocks.get(guest)
        offered = Role(self.row.role)
        is_watched = self._responses.get(guest) is Response.READ_ONLY
        chosen = role or (Role.OBSERVER if is_watched else offered)
        if chosen.rank > offered.rank:
            raise UsageError(f"this invite gives {offered} at most", code="role.above")
        if knock is None or self._machine is None or isinstance(self._machine.claim(guest), Deny):
            raise UsageError("nobody waits under this key any more", code="knock.none")
        try:
            token = await self._sit(knock, chosen)
        except HorizonError:
            self._machine.release(guest)
            raise
        await self._carry_out(self._machine.admit(guest, chosen, token, now=self._parts.clock.now()))
        self._close_knock(guest, "admitted")
        await self._refresh()
        await self._parts.store.remember_key(guest, knock.name, now=self._parts.clock.now().instant)
        await self._parts.identities.redeem(self._session.session_id, guest)

    async def _sit(self, knock: Knock, role: Role) -> bytes:
        token = await self._seat(self.row.invitation_id, knock, role)
        try:
            await self._consume(knock.guest)
        except HorizonError:
            await self._unseat(knock.guest)
            raise
        return token

    async def decline(self, guest: DeviceKey) -> None:
        """Send a waiting guest away; its code stays valid, its key waits a minute. Raises UsageError: none waits."""
        if guest not in self._knocks or self._machine is None:
            raise UsageError("nobody waits under this key any more", code="knock.none")
        effects = self._machine.decline(guest, now=self._parts.clock.now())
        if not effects:
            raise UsageError("somebody is letting this guest in already", code="knock.none")
        await self._free(guest, KnockEnd.DECLINED)
        await self._carry_out(effects)

    async def shut(self, state: InviteState) -> None:
        """Close the invite for good, or pause it; everyone who waits is told. Secrets on disk are wiped at an end."""
        now = self._parts.clock.now()
        await self._parts.store.set_invite_state(self.row.invitation_id, state)
        await self._refresh()
        if self._machine is None:
            return
        deny = self._why_closed()
        await self._carry_out(self._machine.close(deny, now=now))
        for guest in list(self._knocks):
            if state in _TAKEN_BACK and isinstance(self._machine.claim(guest), Allow):
                await self._free(guest, KnockEnd.WITHDRAWN)
                await self._carry_out(self._machine.deny(guest, deny, now=now))

    async def resume(self) -> None:
        """Take knocks again after a pause. Raises UsageError: the invite is over."""
        if self.row.state is not InviteState.PAUSED or self._machine is None:
            raise UsageError(f"invite {self.name} is {self.row.state}, not paused", code="invite.not_paused")
        await self._parts.store.set_invite_state(self.row.invitation_id, InviteState.OPEN)
        self._machine.reopen()
        await self._refresh()

    def set_terms(self, terms: bytes, session: SessionRow) -> None:
        """Mean other terms from now on."""
        self._session = session
        if self._machine is not None:
            self._machine.set_terms(terms)

    # --- carrying out what the machine wants ---

    async def _carry_out(self, effects: Sequence[HostEffect]) -> None:
        waiting = list(effects)
        while waiting:
            waiting = [*await self._carry_out_one(waiting[0]), *waiting[1:]]

    async def _carry_out_one(self, effect: HostEffect) -> Sequence[HostEffect]:
        match effect:
            case Post():
                await self._mail.send(effect.route, effect.data)
            case HangUp():
                await self._mail.close(effect.route)
            case ComputePake():
                return self._answered(effect.ask, await self._compute(effect))
            case CountTry():
                return self._answered(effect.ask, await self._count())
            case GiveBackAndReserve():
                return self._answered(effect.ask, await self._reserve(effect.guest))
            case CodeFailed():
                await self._code_failed(effect.tries_left)
            case KnockBegan():
                await self._began(effect.knock)
            case KnockOver():
                await self._free(effect.guest, effect.how)
        return ()

    def _answered(self, ask: int, outcome: Outcome) -> Sequence[HostEffect]:
        if self._machine is None:
            return ()
        return self._machine.answered(ask, outcome, now=self._parts.clock.now())

    async def _compute(self, ask: ComputePake) -> PakeComputed | Deny:
        # 11 ms of arithmetic without IO: a thread keeps it off the loop, and no adapter has anything to add.
        entropy = self._parts.entropy.draw(ENTROPY_BYTES)
        try:
            message, key = await asyncio.to_thread(
                answer_pake,
                ask.password,
                ask.guest_message,
                guest=ask.guest,
                host=ask.host,
                locator=ask.locator,
                entropy=entropy,
            )
        except RemoteProtocolError:
            return Deny("attempt.bad")
        return PakeComputed(message=message, key=key)

    async def _count(self) -> int | Deny:
        try:
            return await self._parts.store.count_try(self.row.invitation_id, now=self._parts.clock.now().instant)
        except StoreUnavailable as trouble:
            return Deny(trouble.key)

    async def _reserve(self, guest: DeviceKey) -> Allow | Deny:
        now = self._parts.clock.now().instant
        try:
            decision = await self._parts.store.give_back_and_reserve(self.row.invitation_id, guest, now=now)
        except StoreUnavailable as trouble:
            return Deny(trouble.key)
        if isinstance(decision, Deny) and decision.rule == "invite.full":
            return Deny(decision.rule, str(self.row.places))
        return decision

    async def _consume(self, guest: DeviceKey) -> None:
        now = self._parts.clock.now().instant
        decision = await self._parts.store.consume_place(self.row.invitation_id, guest, now=now)
        if isinstance(decision, Deny):
            raise AccessRefused("the place is gone", code=decision.rule)

    async def _code_failed(self, tries_left: int) -> None:
        session = session_text(self._session.session_id)
        _log.info("invite.code.wrong", invite=self.name, tries_left=tries_left)
        self._parts.bus.publish(CodeTried(session_id=session, invite_name=self.name, tries_left=tries_left))
        if tries_left == 0:
            await self.shut(InviteState.BURNED)
        else:
            await self._refresh()

    async def _began(self, knock: Knock) -> None:
        self._knocks[knock.guest] = knock
        known = await self._parts.store.known_key(knock.guest)
        await self._refresh()
        found = self._assess(knock.guest, is_known=known is not None, failed_codes=self.row.tries)
        decision = self._may_enter(knock.guest, Role(self.row.role), is_known=known is not None)
        if isinstance(decision, Deny):
            await self._turn_away(knock, decision)
            return
        self._responses[knock.guest] = found.response
        self._parts.bus.publish(
            PeerKnocked(
                session_id=session_text(self._session.session_id),
                peer_id=peer_id_of(knock.guest),
                name=knock.name,
                role=self.row.role,
                device=knock.device,
                pictures=knock.pictures,
                answer_by=knock.answer_by,
                is_known=known is not None,
                risk=found.level.name.lower(),
                reasons=tuple(signal.value for signal in found.reasons),
            )
        )
        if found.response is Response.REFUSE:
            await self.decline(knock.guest)
        elif not self._session.is_approval_asked and found.response is not Response.ASK_HOST:
            await self._admit_unasked(knock.guest)

    async def _admit_unasked(self, guest: DeviceKey) -> None:
        try:
            await self.admit(guest, None)
        except AccessRefused as refusal:
            await self._deny(guest, Deny(refusal.key))

    async def _turn_away(self, knock: Knock, deny: Deny) -> None:
        """Send somebody away whom a policy keeps out; the host person is told, not asked."""
        _log.info("knock.refused", invite=self.name, peer_id=peer_id_of(knock.guest), rule=deny.rule)
        await self._deny(knock.guest, deny)
        session = session_text(self._session.session_id)
        told = ActionRefused(session_id=session, peer_id=peer_id_of(knock.guest), channel=INVITE_DOOR, rule=deny.rule)
        self._parts.bus.publish(told)

    async def _deny(self, guest: DeviceKey, deny: Deny) -> None:
        if self._machine is None or isinstance(self._machine.claim(guest), Deny):
            return
        told = Deny(GUESTS_WORD) if deny.rule == DENIED else deny  # the reason is none of a guest's business
        await self._free(guest, KnockEnd.WITHDRAWN)
        await self._carry_out(self._machine.deny(guest, told, now=self._parts.clock.now()))

    async def _free(self, guest: DeviceKey, how: KnockEnd) -> None:
        now = self._parts.clock.now().instant
        self._close_knock(guest, _OUTCOMES[how])
        await self._parts.store.free_place(self.row.invitation_id, guest, how=how, now=now)
        await self._refresh()

    def _close_knock(self, guest: DeviceKey, outcome: str) -> None:
        self._responses.pop(guest, None)
        if self._knocks.pop(guest, None) is not None:
            session = session_text(self._session.session_id)
            self._parts.bus.publish(KnockClosed(session_id=session, peer_id=peer_id_of(guest), outcome=outcome))

    async def _refresh(self) -> None:
        """Read the row again; tell the machine and the bus what has changed."""
        row = await self._parts.store.invite(self.row.invitation_id)
        if row is None or row == self.row:
            return
        was_open = self.row.state is InviteState.OPEN
        self.row = row
        if not row.sealed:
            self.secrets = None  # wiped on disk: nothing shows them again; the machine forgets its own when idle
        if was_open and row.state is not InviteState.OPEN and self._machine is not None:
            await self._carry_out(self._machine.close(self._why_closed(), now=self._parts.clock.now()))
        self._on_change(self)

    def _why_closed(self) -> Deny:
        now = self._parts.clock.now().instant
        decision = is_open(self.row, now=now)
        deny = decision if isinstance(decision, Deny) else Deny("invite.cancelled")
        return Deny(deny.rule, str(self.row.places)) if deny.rule == "invite.full" else deny
