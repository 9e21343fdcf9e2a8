"""The host's side of redemption for one invite, without IO (PROTOCOL section 3)."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from horizon_desktop.crypto.fingerprint import commitment
from horizon_desktop.crypto.hashing import is_same, sha256
from horizon_desktop.crypto.keys import DeviceKeyPair, verify_signature
from horizon_desktop.crypto.pake import password_of
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.invitation import encode_body as link_bytes
from horizon_desktop.domain.access.places import MAX_TRIES, KnockEnd
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Now, Tick
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.redemption_attempt import (
    IDLE_STATES,
    KNOCK_LIFE_MS,
    MEMORY_MS,
    OPEN_STATES,
    Attempt,
    AttemptEvent,
    AttemptState,
    HostedInvite,
    due_of,
    knock_of,
)
from horizon_desktop.protocol.redemption_effects import (
    CodeFailed,
    ComputePake,
    CountTry,
    GiveBackAndReserve,
    HangUp,
    HostEffect,
    KnockBegan,
    KnockOver,
    PakeComputed,
    Post,
)
from horizon_desktop.protocol.redemption_keys import (
    AttemptKeys,
    confirm_statement,
    figure_of,
    offer_statement,
    refusal_frame,
    start_proof,
    transcript_of,
    withdraw_statement,
)
from horizon_desktop.protocol.redemption_messages import (
    REDEMPTION_VERSION,
    Admitted,
    Confirm,
    Declined,
    Denied,
    Offer,
    RedemptionFrame,
    SealedAnswer,
    Start,
    Tag,
    Waiting,
    Withdraw,
    decode_body,
    decode_frame,
    encode_body,
    encode_frame,
)

MAX_OPEN_ATTEMPTS: Final = 40
MAX_CLOSED: Final = 256
"""Finished attempts whose last answer is kept; with more, the oldest are forgotten."""
MAX_SEEN: Final = 4096
"""Attempt ids remembered against replays; the oldest are forgotten, and a replay then tests nothing."""

Outcome = PakeComputed | int | Decision


class HostRedemption:
    """Answers every mailbox of one invite: offers, counts, reserves, asks, lets in.

    One confirmation is counted and compared at a time, so that six honest guests at once never exhaust the tries.
    """

    def __init__(self, invite: HostedInvite, keypair: DeviceKeyPair) -> None:
        self._invite = invite
        self._keypair = keypair
        self._link_body = link_bytes(invite.link)
        self._password = password_of(invite.link.secret, invite.code)
        self._terms = invite.terms
        self._closed: Deny | None = None
        self._attempts: dict[bytes, Attempt] = {}
        self._seen: dict[bytes, bytes] = {}
        self._asks: dict[int, Attempt] = {}
        self._next_ask = 1
        self._queue: deque[Attempt] = deque()
        self._counting: Attempt | None = None

    def receive(self, frame: tuple[int, bytes], *, now: Now) -> list[HostEffect]:
        """Take one message of the mailbox `frame[0]`.

        Raises:
            RemoteProtocolError: the bytes are no message of ours; the caller closes that mailbox. Nothing changed.
        """
        route, data = frame
        decoded = decode_frame(data)
        handlers: Mapping[Tag, Callable[[int, bytes, RedemptionFrame, Now], list[HostEffect]]] = {
            Tag.START: self._on_start,
            Tag.CONFIRM: self._on_confirm,
            Tag.WITHDRAW: self._on_withdraw,
        }
        handler = handlers.get(decoded.tag)
        if handler is None:
            raise RemoteProtocolError(f"a guest does not send {decoded.tag.name}")
        return handler(route, data, decoded, now)

    def route_closed(self, route: int, *, now: Now) -> None:
        """Note that a mailbox has gone. A waiting guest has 15 s to come back through another."""
        for attempt in self._attempts.values():
            if attempt.route == route:
                attempt.route = None
                attempt.orphaned = now.tick

    def wake(self, *, now: Now) -> list[HostEffect]:
        """End what has taken too long."""
        due = [attempt for attempt in self._attempts.values() if (at := due_of(attempt)) and at <= now.tick]
        return [effect for attempt in due for effect in self._give_up(attempt, now)]

    def deadline(self) -> Tick | None:
        """When wake() is next wanted."""
        return min((due for attempt in self._attempts.values() if (due := due_of(attempt))), default=None)

    def answered(self, ask: int, outcome: Outcome, *, now: Now) -> list[HostEffect]:
        """Take the outcome of an Ask. Deny also stands for an ask that could not be carried out."""
        attempt = self._asks.pop(ask, None)
        if attempt is None or attempt.state is AttemptState.CLOSED:
            return []
        if attempt.state is AttemptState.COMPUTING:
            return self._on_pake(attempt, outcome, now)
        if attempt.state is AttemptState.COUNTING:
            return self._on_counted(attempt, outcome, now)
        return self._on_reserved(attempt, outcome, now)

    def set_terms(self, terms: bytes) -> None:
        """Mean other terms from now on: a guest that was shown the old ones stops and looks again."""
        self._terms = terms

    def close(self, deny: Deny, *, now: Now) -> list[HostEffect]:
        """Take no more guesses: paused, cancelled, expired, full or burned. Knocks that are open stay open."""
        self._closed = deny
        idle = [attempt for attempt in self._attempts.values() if attempt.state in IDLE_STATES]
        return [effect for attempt in idle for effect in self._refuse(attempt, deny, now)]

    def reopen(self) -> None:
        """Take guesses again."""
        self._closed = None

    def claim(self, guest: DeviceKey) -> Decision:
        """Hold a knock while its place is consumed and its token made; it no longer times out."""
        attempt = self._in_state(guest, AttemptState.KNOCKING)
        if attempt is None:
            return Deny("knock.none")
        attempt.move(AttemptEvent.CLAIMED)
        return Allow()

    def release(self, guest: DeviceKey) -> None:
        """Let a claimed knock wait on: it could not be let in as asked."""
        self._claimed(guest).move(AttemptEvent.RELEASED)

    @property
    def is_idle(self) -> bool:
        """Whether nothing of any attempt is left: an invite that is over can then forget its secrets."""
        return not self._attempts

    def admit(self, guest: DeviceKey, role: Role, token: bytes, *, now: Now) -> list[HostEffect]:
        """Send the claimed knock its token."""
        attempt = self._claimed(guest)
        return [*self._answer(attempt, Admitted(role, token)), *self._finish(attempt, now)]

    def deny(self, guest: DeviceKey, deny: Deny, *, now: Now) -> list[HostEffect]:
        """Refuse a claimed knock for a rule's sake: the place could not be consumed after all."""
        return self._deny(self._claimed(guest), deny, now)

    def decline(self, guest: DeviceKey, *, now: Now) -> list[HostEffect]:
        """Tell a waiting guest that the host person said no; nothing when it does not wait."""
        attempt = self._in_state(guest, AttemptState.KNOCKING)
        if attempt is None:
            return []
        return [*self._answer(attempt, Declined(is_unanswered=False)), *self._finish(attempt, now)]

    # --- message 1 ---

    def _on_start(self, route: int, data: bytes, frame: RedemptionFrame, now: Now) -> list[HostEffect]:
        if not is_same(frame.proof, start_proof(self._invite.link.secret, frame.body)):
            return self._refusal(route, frame.body, Deny("invite.bad"))
        start = decode_body(frame.body, Start)
        if start.attempt in self._seen:
            return self._on_seen(route, data, frame, start)
        decision = self._may_start(start)
        if isinstance(decision, Deny):
            return self._refusal(route, frame.body, decision)
        self._remember(start.attempt, data)
        attempt = Attempt(start, frame.body, data, route=route, now=now.tick)
        self._attempts[attempt.id] = attempt
        ask = ComputePake(
            ask=self._ask(attempt),
            password=self._password,
            guest_message=start.pake,
            guest=attempt.guest,
            host=self._keypair.key,
            locator=self._invite.link.locator,
        )
        return [ask]

    def _may_start(self, start: Start) -> Decision:
        open_attempts = sum(attempt.state in OPEN_STATES for attempt in self._attempts.values())
        if self._closed is not None:
            return self._closed
        if REDEMPTION_VERSION not in start.versions:
            return Deny("invite.version")
        if start.guest == self._keypair.key:
            return Deny("invite.own")
        return Deny("attempt.busy") if open_attempts >= MAX_OPEN_ATTEMPTS else Allow()

    def _on_seen(self, route: int, data: bytes, frame: RedemptionFrame, start: Start) -> list[HostEffect]:
        attempt = self._attempts.get(start.attempt)
        if attempt is None or not is_same(self._seen[start.attempt], sha256(data)):
            return self._refusal(route, frame.body, Deny("attempt.stale"))
        self._reroute(attempt, route)
        stored = attempt.offer_frame or attempt.last_answer
        return [Post(route, stored)] if stored else []

    def _remember(self, attempt: bytes, data: bytes) -> None:
        self._seen[attempt] = sha256(data)
        if len(self._seen) > MAX_SEEN:
            oldest = next(name for name in self._seen if name not in self._attempts)
            del self._seen[oldest]

    # --- message 2 ---

    def _on_pake(self, attempt: Attempt, outcome: Outcome, now: Now) -> list[HostEffect]:
        if not isinstance(outcome, PakeComputed):
            return self._refuse(attempt, _deny_of(outcome), now)
        offer = Offer(
            attempt=attempt.id,
            version=REDEMPTION_VERSION,
            pake=outcome.message,
            session=self._invite.session,
            session_nonce=self._invite.session_nonce,
            host_time=now.instant.ms,
            terms=self._terms,
        )
        body = encode_body(offer)
        transcript = transcript_of(self._link_body, attempt.start_body, body)
        attempt.hold(AttemptKeys.derive(outcome.key, transcript))
        attempt.offer_frame = encode_frame(Tag.OFFER, body, self._keypair.sign(offer_statement(transcript)))
        attempt.move(AttemptEvent.OFFER_MADE)
        return self._post(attempt, attempt.offer_frame)

    # --- message 3 ---

    def _on_confirm(self, route: int, data: bytes, frame: RedemptionFrame, now: Now) -> list[HostEffect]:
        confirm = decode_body(frame.body, Confirm)
        attempt = self._attempts.get(confirm.attempt)
        if attempt is None:
            return self._refusal(route, frame.body, Deny("attempt.stale"))
        if attempt.confirm_frame:
            if not is_same(attempt.confirm_frame, data):
                return self._refusal(route, frame.body, Deny("attempt.stale"))
            self._reroute(attempt, route)
            return self._post(attempt, attempt.last_answer) if attempt.last_answer else []
        if attempt.state is not AttemptState.OFFERED:
            return self._refusal(route, frame.body, Deny("attempt.stale"))
        # Neither check tests the code, and a message that fails one is not the guest's: it must cost no try.
        signed = confirm_statement(attempt.keys.transcript, frame.body)
        is_own = verify_signature(attempt.guest, signed, frame.proof)
        if not is_own or not is_same(commitment(confirm.opening), attempt.start.commitment):
            return self._refusal(route, frame.body, Deny("attempt.bad"))
        self._reroute(attempt, route)
        attempt.confirm_frame, attempt.confirm_body = data, frame.body
        attempt.confirmation, attempt.opening = confirm.confirmation, confirm.opening
        attempt.sealed_details = confirm.sealed
        attempt.move(AttemptEvent.CONFIRMED)
        self._queue.append(attempt)
        return self._next_turn()

    def _turn_over(self) -> list[HostEffect]:
        self._counting = None
        return self._next_turn()

    def _next_turn(self) -> list[HostEffect]:
        if self._counting is not None or not self._queue:
            return []
        self._counting = self._queue.popleft()
        self._counting.move(AttemptEvent.TURN_CAME)
        return [CountTry(self._ask(self._counting))]

    # --- message 4 ---

    def _on_counted(self, attempt: Attempt, outcome: Outcome, now: Now) -> list[HostEffect]:
        if not isinstance(outcome, int):
            return [*self._refuse(attempt, _deny_of(outcome), now), *self._turn_over()]
        if not attempt.keys.is_guest_confirmed(attempt.confirmation):
            left = max(0, MAX_TRIES - outcome)
            deny = Deny("code.wrong", str(left)) if left else Deny("code.locked")
            return [CodeFailed(left), *self._refuse(attempt, deny, now), *self._turn_over()]
        attempt.move(AttemptEvent.CODE_RIGHT)
        return [GiveBackAndReserve(self._ask(attempt), attempt.guest)]

    def _on_reserved(self, attempt: Attempt, outcome: Outcome, now: Now) -> list[HostEffect]:
        after = self._turn_over()
        if not isinstance(outcome, Allow):
            return [*self._deny(attempt, _deny_of(outcome), now), *after]
        attempt.move(AttemptEvent.PLACE_RESERVED)
        attempt.deadline = now.tick.plus(KNOCK_LIFE_MS)
        attempt.answer_by = now.instant.plus(KNOCK_LIFE_MS)
        knock = knock_of(attempt)
        if knock is None:
            over = KnockOver(attempt.guest, KnockEnd.WITHDRAWN)
            return [over, *self._deny(attempt, Deny("attempt.bad"), now), *after]
        return [*self._answer(attempt, Waiting(attempt.answer_by.ms)), KnockBegan(knock), *after]

    def _on_withdraw(self, route: int, data: bytes, frame: RedemptionFrame, now: Now) -> list[HostEffect]:
        attempt = self._attempts.get(decode_body(frame.body, Withdraw).attempt)
        if attempt is None or attempt.state is not AttemptState.KNOCKING:
            return [HangUp(route)]
        signed = withdraw_statement(attempt.keys.transcript, frame.body)
        if not verify_signature(attempt.guest, signed, frame.proof):
            raise RemoteProtocolError("a knock is taken back by the device that knocked")
        return [KnockOver(attempt.guest, KnockEnd.WITHDRAWN), *self._finish(attempt, now), HangUp(route)]

    def _give_up(self, attempt: Attempt, now: Now) -> Iterable[HostEffect]:
        if attempt.state is not AttemptState.KNOCKING:
            was_open = attempt.state is not AttemptState.CLOSED
            if was_open:
                attempt.move(AttemptEvent.OVER)
            attempt.drop_keys()
            self._attempts.pop(attempt.id, None)
            return [HangUp(attempt.route)] if was_open and attempt.route is not None else []
        is_orphan = attempt.deadline is None or attempt.deadline > now.tick
        if is_orphan:
            return [KnockOver(attempt.guest, KnockEnd.WITHDRAWN), *self._finish(attempt, now)]
        over = KnockOver(attempt.guest, KnockEnd.UNANSWERED)
        return [over, *self._answer(attempt, Declined(is_unanswered=True)), *self._finish(attempt, now)]

    def _ask(self, attempt: Attempt) -> int:
        ask, self._next_ask = self._next_ask, self._next_ask + 1
        self._asks[ask] = attempt
        return ask

    def _reroute(self, attempt: Attempt, route: int) -> None:
        attempt.route = route
        attempt.orphaned = None

    def _in_state(self, guest: DeviceKey, state: AttemptState) -> Attempt | None:
        found = (each for each in self._attempts.values() if each.guest == guest and each.state is state)
        return next(found, None)

    def _claimed(self, guest: DeviceKey) -> Attempt:
        attempt = self._in_state(guest, AttemptState.ADMITTING)
        if attempt is None:
            raise LocalProtocolError("claim a knock before it is answered")
        return attempt

    def _post(self, attempt: Attempt, data: bytes) -> list[HostEffect]:
        return [] if attempt.route is None else [Post(attempt.route, data)]

    def _answer(self, attempt: Attempt, answer: Waiting | Declined | Admitted | Denied) -> list[HostEffect]:
        sealed = attempt.seal(SealedAnswer(attempt.keys.host_confirmation(), answer))
        attempt.last_answer = encode_frame(Tag.ANSWER, encode_body(sealed), b"")
        return self._post(attempt, attempt.last_answer)

    def _finish(self, attempt: Attempt, now: Now) -> list[HostEffect]:
        """Close an attempt but keep its last answer for a guest that did not get it."""
        attempt.move(AttemptEvent.OVER)
        attempt.drop_keys()
        attempt.deadline = now.tick.plus(MEMORY_MS)
        attempt.orphaned = None
        closed = [each for each in self._attempts.values() if each.state is AttemptState.CLOSED]
        for oldest in closed[:-MAX_CLOSED]:
            del self._attempts[oldest.id]
        return []

    def _deny(self, attempt: Attempt, deny: Deny, now: Now) -> list[HostEffect]:
        return [*self._answer(attempt, Denied(deny.rule, figure_of(deny))), *self._finish(attempt, now)]

    def _refuse(self, attempt: Attempt, deny: Deny, now: Now) -> list[HostEffect]:
        request = attempt.confirm_body or attempt.start_body
        attempt.last_answer = refusal_frame(self._keypair, request, deny)
        return [*self._post(attempt, attempt.last_answer), *self._finish(attempt, now)]

    def _refusal(self, route: int, request_body: bytes, deny: Deny) -> list[HostEffect]:
        return [Post(route, refusal_frame(self._keypair, request_body, deny))]


def _deny_of(outcome: Outcome) -> Deny:
    """The refusal in an outcome; a driver that answers something else was mistaken, and the guest is not let in."""
    return outcome if isinstance(outcome, Deny) else Deny("attempt.bad")
