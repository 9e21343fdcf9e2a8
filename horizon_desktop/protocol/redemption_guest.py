"""The guest's side of redemption: one attempt, without IO (PROTOCOL section 3)."""

from enum import Enum, auto
from typing import Final

import msgspec

from horizon_desktop.crypto.fingerprint import OPENING_BYTES, commitment, session_pictures
from horizon_desktop.crypto.keys import DeviceKeyPair, verify_signature
from horizon_desktop.crypto.pake import GuestPake
from horizon_desktop.domain.access.derivation import session_id_of
from horizon_desktop.domain.access.invitation import InvitationLink
from horizon_desktop.domain.access.invitation import encode_body as link_bytes
from horizon_desktop.domain.access.token import parse_token
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant, Now, Tick
from horizon_desktop.errors import InviteRefused, LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.redemption_effects import (
    BeginPake,
    ClockOff,
    FinishPake,
    GuestEffect,
    NowWaiting,
    Post,
    Redeemed,
    Refused,
)
from horizon_desktop.protocol.redemption_keys import (
    AttemptKeys,
    confirm_statement,
    offer_statement,
    refusal_statement,
    start_proof,
    transcript_of,
    withdraw_statement,
)
from horizon_desktop.protocol.redemption_messages import (
    REDEMPTION_VERSION,
    Admitted,
    Answer,
    Confirm,
    Declined,
    Denied,
    Details,
    Offer,
    RedemptionFrame,
    Refusal,
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

REPEAT_MS: Final = 2_000
"""A message without an answer is sent again, the same bytes."""
POLL_MS: Final = 15_000
"""How often a waiting guest asks again, in case the answer was lost."""
PATIENCE_MS: Final = 28_000
"""Shorter than an attempt's life at the host: after it, a new attempt is the better try."""
GRACE_MS: Final = 15_000
"""How long past the host's two minutes an answer may still come."""
PROMPT_MS: Final = 5_000
"""The host's time is taken from an answer that came within this."""
SKEW_TOLD_MS: Final = 600_000


class GuestState(Enum):
    """Where the attempt stands."""

    FRESH = auto()
    PREPARING = auto()
    STARTED = auto()
    COMPUTING = auto()
    CONFIRMED = auto()
    WAITING = auto()
    DONE = auto()


class GuestEvent(Enum):
    """What moves it on."""

    BEGUN = auto()
    START_READY = auto()
    OFFER_ACCEPTED = auto()
    CONFIRM_READY = auto()
    HOST_ASKED = auto()
    OVER = auto()


_NEXT: Final[dict[tuple[GuestState, GuestEvent], GuestState]] = {
    (GuestState.FRESH, GuestEvent.BEGUN): GuestState.PREPARING,
    (GuestState.PREPARING, GuestEvent.START_READY): GuestState.STARTED,
    (GuestState.STARTED, GuestEvent.OFFER_ACCEPTED): GuestState.COMPUTING,
    (GuestState.COMPUTING, GuestEvent.CONFIRM_READY): GuestState.CONFIRMED,
    (GuestState.CONFIRMED, GuestEvent.HOST_ASKED): GuestState.WAITING,
    (GuestState.WAITING, GuestEvent.HOST_ASKED): GuestState.WAITING,
    **{(state, GuestEvent.OVER): GuestState.DONE for state in GuestState if state is not GuestState.DONE},
}


class GuestPart(msgspec.Struct, frozen=True, kw_only=True):
    """What the guest brings to one attempt."""

    link: InvitationLink
    attempt: bytes
    """16 random bytes."""
    opening: bytes
    """32 random bytes, for the session pictures."""
    details: Details
    shown_terms: bytes | None
    """Hash of the preview's terms that the person was shown; None when none was."""

    def __repr__(self) -> str:
        return f"GuestPart({self.link!r})"


class GuestRedemption:
    """Starts, checks the host, confirms, waits. The same bytes are sent again until an answer comes."""

    def __init__(self, part: GuestPart, keypair: DeviceKeyPair) -> None:
        if keypair.key == part.link.host:
            raise InviteRefused("this invite is your own", code="invite.own")
        if len(part.attempt) != 16 or len(part.opening) != OPENING_BYTES:
            raise LocalProtocolError("an attempt has 16 random bytes, an opening 32")
        self._part = part
        self._keypair = keypair
        self._link_body = link_bytes(part.link)
        self._state = GuestState.FRESH
        self._pake: GuestPake | None = None
        self._keys: AttemptKeys | None = None
        self._session: SessionId | None = None
        self._transcript = b""
        self._start_body = b""
        self._confirm_body = b""
        self._current = b""
        """The message that waits for an answer."""
        self._sent: Tick | None = None
        self._since: Tick | None = None
        """Since when the current message waits."""
        self._give_up: Tick | None = None
        self._answers_seen = 0
        self._offset_ms: int | None = None

    @property
    def state(self) -> GuestState:
        return self._state

    def begin(self, *, now: Now) -> list[GuestEffect]:
        """Ask for the PAKE's first half."""
        self._move(GuestEvent.BEGUN)
        return [BeginPake(1)]

    # --- events ---

    def answered(self, ask: int, outcome: GuestPake | bytes | Deny, *, now: Now) -> list[GuestEffect]:
        """Take the outcome of BeginPake (1) or FinishPake (2)."""
        if self._state is GuestState.DONE:
            return []
        if isinstance(outcome, Deny):
            raise RemoteProtocolError("the host's part of the key exchange is broken", code="host.false")
        if isinstance(outcome, GuestPake):
            return self._start(outcome, now)
        return self._confirm(outcome, now)

    def receive(self, frame: bytes, *, now: Now) -> list[GuestEffect]:
        """Take one message of the mailbox.

        Raises:
            RemoteProtocolError: it does not come from the host of the link; nothing was sent in answer.
        """
        decoded = decode_frame(frame)
        if decoded.tag is Tag.OFFER and self._state is GuestState.STARTED:
            return self._on_offer(decoded, now)
        if decoded.tag is Tag.ANSWER and self._state in {GuestState.CONFIRMED, GuestState.WAITING}:
            return self._on_answer(decoded, now)
        if decoded.tag is Tag.REFUSAL and self._state in {GuestState.STARTED, GuestState.CONFIRMED, GuestState.WAITING}:
            return self._on_refusal(decoded)
        if decoded.tag in {Tag.OFFER, Tag.ANSWER, Tag.REFUSAL}:
            return []  # an answer to something we no longer ask: repeats cross on the way
        raise RemoteProtocolError(f"a host does not send {decoded.tag.name}")

    def reconnected(self, *, now: Now) -> list[GuestEffect]:
        """Send the current message again, through a new mailbox."""
        return self._send(now) if self._current else []

    def wake(self, *, now: Now) -> list[GuestEffect]:
        """Repeat what has no answer; give up when patience ends."""
        if self._give_up is None or self._sent is None or self._state is GuestState.DONE:
            return []
        if now.tick >= self._give_up:
            rule = "join.declined" if self._state is GuestState.WAITING else "host.away"
            return self._over(Refused(rule))
        return self._send(now) if now.tick >= self._sent.plus(self._interval()) else []

    def deadline(self) -> Tick | None:
        """When wake() is next wanted."""
        if self._give_up is None or self._sent is None or self._state is GuestState.DONE:
            return None
        return min(self._give_up, self._sent.plus(self._interval()))

    def withdraw(self) -> list[GuestEffect]:
        """Take the knock back, when there is one; the attempt is over."""
        is_known = self._state in {GuestState.CONFIRMED, GuestState.WAITING}
        self._move(GuestEvent.OVER)
        if not is_known:
            return []
        body = encode_body(Withdraw(self._part.attempt))
        proof = self._keypair.sign(withdraw_statement(self._transcript, body))
        return [Post(0, encode_frame(Tag.WITHDRAW, body, proof))]

    # --- message 1 ---

    def _start(self, pake: GuestPake, now: Now) -> list[GuestEffect]:
        self._pake = pake
        start = Start(
            attempt=self._part.attempt,
            versions=(REDEMPTION_VERSION,),
            guest=self._keypair.key,
            pake=pake.message,
            commitment=commitment(self._part.opening),
        )
        self._start_body = encode_body(start)
        proof = start_proof(self._part.link.secret, self._start_body)
        self._move(GuestEvent.START_READY)
        return self._send_new(encode_frame(Tag.START, self._start_body, proof), now)

    # --- message 2 ---

    def _on_offer(self, frame: RedemptionFrame, now: Now) -> list[GuestEffect]:
        transcript = transcript_of(self._link_body, self._start_body, frame.body)
        if not verify_signature(self._part.link.host, offer_statement(transcript), frame.proof):
            raise RemoteProtocolError("the answer does not come from the host of the link", code="host.false")
        offer = decode_body(frame.body, Offer)
        session = session_id_of(self._part.link.host, offer.session_nonce)
        if offer.attempt != self._part.attempt or offer.version != REDEMPTION_VERSION or offer.session != session:
            raise RemoteProtocolError("the host's offer does not fit what was asked", code="host.false")
        self._session = session
        self._transcript = transcript
        told = self._note_time(session, offer.host_time, now)
        if self._part.shown_terms is not None and self._part.shown_terms != offer.terms:
            return [*told, *self._over(Refused("invite.changed"))]
        if self._pake is None:
            raise LocalProtocolError("an offer was accepted before the PAKE began")
        self._move(GuestEvent.OFFER_ACCEPTED)
        self._current = b""
        self._sent = None
        return [*told, FinishPake(2, self._pake, offer.pake)]

    def _note_time(self, session: SessionId, host_time: int, now: Now) -> list[GuestEffect]:
        """Keep the offset to the host's clock, when the answer came fast enough to trust it."""
        took_ms = PROMPT_MS if self._since is None else now.tick.since(self._since)
        if took_ms >= PROMPT_MS:
            return []
        self._offset_ms = host_time - (now.instant.ms - took_ms // 2)
        if abs(self._offset_ms) <= SKEW_TOLD_MS:
            return []
        return [ClockOff(session, round(abs(self._offset_ms) / 60_000))]

    # --- message 3 ---

    def _confirm(self, pake_key: bytes, now: Now) -> list[GuestEffect]:
        keys = AttemptKeys.derive(pake_key, self._transcript)
        self._keys, self._pake = keys, None
        confirm = Confirm(
            attempt=self._part.attempt,
            confirmation=keys.guest_confirmation(),
            opening=self._part.opening,
            sealed=keys.seal_details(self._part.details),
        )
        self._confirm_body = encode_body(confirm)
        proof = self._keypair.sign(confirm_statement(self._transcript, self._confirm_body))
        self._move(GuestEvent.CONFIRM_READY)
        return self._send_new(encode_frame(Tag.CONFIRM, self._confirm_body, proof), now)

    # --- message 4 ---

    def _on_answer(self, frame: RedemptionFrame, now: Now) -> list[GuestEffect]:
        sealed = decode_body(frame.body, Answer)
        if self._keys is None or sealed.attempt != self._part.attempt:
            raise RemoteProtocolError("the answer belongs to another attempt")
        if sealed.number <= self._answers_seen:
            return []
        opened = self._keys.open_answer(sealed)
        if not self._keys.is_host_confirmed(opened.confirmation):
            raise RemoteProtocolError("the host did not confirm the code", code="host.false")
        self._answers_seen = sealed.number
        return self._on_opened(opened, now)

    def _on_opened(self, opened: SealedAnswer, now: Now) -> list[GuestEffect]:
        session, answer = self._session, opened.answer
        if session is None:
            raise LocalProtocolError("an answer was opened before an offer was accepted")
        match answer:
            case Waiting():
                answer_by = Instant(answer.answer_by)
                self._move(GuestEvent.HOST_ASKED)
                # Host and guest may differ about the time: what is left is counted from here.
                self._give_up = now.tick.plus(120_000 + GRACE_MS)
                return [NowWaiting(session, self._pictures(), answer_by)]
            case Admitted():
                return self._on_admitted(answer, session)
            case Declined():
                return self._over(Refused("join.declined"))
            case Denied():
                return self._over(Refused(answer.rule, answer.count))

    def _on_admitted(self, answer: Admitted, session: SessionId) -> list[GuestEffect]:
        token = parse_token(answer.token, issuer=self._part.link.host)
        claims = token.token
        if claims.session != session or claims.guest != self._keypair.key:
            raise RemoteProtocolError("the token is for another session or device", code="token.bad")
        redeemed = Redeemed(
            token=token,
            session=session,
            host=self._part.link.host,
            role=claims.capabilities.role,
            pictures=self._pictures(),
            host_offset_ms=self._offset_ms,
        )
        return self._over(redeemed)

    def _on_refusal(self, frame: RedemptionFrame) -> list[GuestEffect]:
        requests = (self._confirm_body, self._start_body)
        host = self._part.link.host
        is_ours = any(
            verify_signature(host, refusal_statement(request, frame.body), frame.proof)
            for request in requests
            if request
        )
        if not is_ours:
            return []  # anybody in between could write it; the host's own answer may still come
        refusal = decode_body(frame.body, Refusal)
        return self._over(Refused(refusal.rule, refusal.count))

    # --- small parts ---

    def _pictures(self) -> tuple[int, ...]:
        return session_pictures(self._transcript, self._part.opening)

    def _interval(self) -> int:
        return POLL_MS if self._state is GuestState.WAITING else REPEAT_MS

    def _send_new(self, message: bytes, now: Now) -> list[GuestEffect]:
        self._current = message
        self._since = now.tick
        self._give_up = now.tick.plus(PATIENCE_MS)
        return self._send(now)

    def _send(self, now: Now) -> list[GuestEffect]:
        self._sent = now.tick
        return [Post(0, self._current)]

    def _over(self, end: Redeemed | Refused) -> list[GuestEffect]:
        self._move(GuestEvent.OVER)
        self._keys = None
        self._pake = None
        return [end]

    def _move(self, event: GuestEvent) -> None:
        state = _NEXT.get((self._state, event))
        if state is None:
            raise LocalProtocolError(f"a redemption that is {self._state.name} cannot go on by {event.name}")
        self._state = state
