"""Signed SDP offers and answers: a direct path is as trustworthy as the link it comes from (PROTOCOL section 6, 3).

Envelope: `signature 64 | body`; body = msgpack array of kind, from, to, session, both incarnations (sender's
first), call id, time on the host's clock, hash of the offer being answered, the SDP, byte for byte, and the engine.
"""

from typing import Final, Literal

import msgspec

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.crypto.keys import DeviceKeyPair, verify_signature
from horizon_desktop.crypto.signing import SIGNATURE_BYTES, statement
from horizon_desktop.domain.collaboration.channel import Engine
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError

CALL_ID_BYTES: Final = 16
MAX_AGE_MS: Final = 60_000
MAX_SDP_BYTES: Final = 32 * 1024
_KEPT_CALLS: Final = 128
_NO_OFFER: Final = bytes(32)
_BAD: Final = "signal.bad"
_ENGINES: Final = frozenset(Engine)

Kind = Literal["offer", "answer"]


class CallParty(msgspec.Struct, frozen=True, kw_only=True):
    """Both ends of a call, as this side knows them by itself."""

    session: SessionId
    peer: DeviceKey
    incarnation: bytes
    peer_incarnation: bytes


class _Body(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    kind: str
    sender: bytes
    receiver: bytes
    session: bytes
    sender_incarnation: bytes
    receiver_incarnation: bytes
    call: bytes
    time_ms: int
    offer_hash: bytes
    sdp: bytes
    engine: str


class OfferTaken(msgspec.Struct, frozen=True):
    """A good offer: answer it once, under its call id and by the same engine."""

    call: bytes
    sdp: bytes
    engine: str


class AnswerTaken(msgspec.Struct, frozen=True):
    """The good answer to the offer of this call."""

    call: bytes
    sdp: bytes


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Body)


class CallBook:
    """The calls of one link: what we offered and wait for, what we were offered and may answer once.

    Bounded: 128 calls of each kind are remembered for 60 s; a full book refuses new offers (`signal.rate`).
    """

    def __init__(self, pair: DeviceKeyPair) -> None:
        self._pair = pair
        self._offered: dict[bytes, tuple[bytes, str, Instant]] = {}
        self._seen: dict[bytes, Instant] = {}
        self._to_answer: dict[bytes, tuple[bytes, str]] = {}
        """Call id to the hash of the offer and its engine."""

    def offer(
        self, party: CallParty, sdp: bytes, *, call: bytes, host_time: Instant, engine: str = Engine.SESSION
    ) -> bytes:
        """Return the envelope of a new offer under a fresh 16-byte call id.

        Raises LocalProtocolError for an SDP above 32 KiB or a call id used before.
        """
        if len(call) != CALL_ID_BYTES or call in self._offered:
            raise LocalProtocolError("a call id is 16 fresh bytes")
        envelope = self._seal(party, "offer", sdp, call=call, host_time=host_time, offered=(_NO_OFFER, engine))
        self._forget_old(host_time)
        self._offered[call] = (sha256(envelope), engine, host_time)
        return envelope

    def answer(self, party: CallParty, sdp: bytes, *, call: bytes, host_time: Instant) -> bytes:
        """Return the envelope of the one answer to an offer that was taken.

        Raises LocalProtocolError for a call that was not offered to us, or was answered already.
        """
        offered = self._to_answer.pop(call, None)
        if offered is None:
            raise LocalProtocolError("no offer of this call waits for an answer")
        return self._seal(party, "answer", sdp, call=call, host_time=host_time, offered=offered)

    def receive(self, envelope: bytes, party: CallParty, *, host_time: Instant) -> OfferTaken | AnswerTaken:
        """Return the offer or answer in `envelope` when every signed word of it fits this link and moment.

        Raises:
            RemoteProtocolError: `signal.bad` (signature, party, session, incarnation, call, hash),
                `signal.stale` (over 60 s off), `signal.replay` (call id seen), `signal.rate` (book full).
        """
        signature, body_bytes = envelope[:SIGNATURE_BYTES], envelope[SIGNATURE_BYTES:]
        if not verify_signature(party.peer, statement("sdp", body_bytes), signature):
            raise RemoteProtocolError("signature of an offer or answer is wrong", code=_BAD)
        body = _decode(body_bytes)
        self._check_party(body, party)
        if abs(body.time_ms - host_time.ms) > MAX_AGE_MS:
            raise RemoteProtocolError("offer or answer is over 60 s off", code="signal.stale")
        self._forget_old(host_time)
        if body.kind == "offer":
            return self._take_offer(body, envelope, host_time)
        return self._take_answer(body)

    def _take_offer(self, body: _Body, envelope: bytes, host_time: Instant) -> OfferTaken:
        if body.offer_hash != _NO_OFFER:
            raise RemoteProtocolError("an offer answers nothing", code=_BAD)
        if body.call in self._seen:
            raise RemoteProtocolError("this call was offered before", code="signal.replay")
        if len(self._seen) >= _KEPT_CALLS:
            raise RemoteProtocolError("too many offers in a minute", code="signal.rate")
        self._seen[body.call] = host_time
        self._to_answer[body.call] = (sha256(envelope), body.engine)
        return OfferTaken(body.call, body.sdp, body.engine)

    def _take_answer(self, body: _Body) -> AnswerTaken:
        offered = self._offered.get(body.call)
        if offered is None or (body.offer_hash, body.engine) != offered[:2]:
            raise RemoteProtocolError("answer to another offer, or a second one", code=_BAD)
        del self._offered[body.call]
        return AnswerTaken(body.call, body.sdp)

    def _check_party(self, body: _Body, party: CallParty) -> None:
        found = (body.sender, body.receiver, body.session, body.sender_incarnation, body.receiver_incarnation)
        expected = (
            party.peer,
            self._pair.key,
            party.session,
            party.peer_incarnation,
            party.incarnation,
        )
        is_known = body.kind in ("offer", "answer") and body.engine in _ENGINES and len(body.call) == CALL_ID_BYTES
        if found != expected or not is_known or len(body.sdp) > MAX_SDP_BYTES:
            raise RemoteProtocolError("offer or answer for another link", code=_BAD)

    def _seal(
        self, party: CallParty, kind: Kind, sdp: bytes, *, call: bytes, host_time: Instant, offered: tuple[bytes, str]
    ) -> bytes:
        if len(sdp) > MAX_SDP_BYTES:
            raise LocalProtocolError(f"an SDP has at most {MAX_SDP_BYTES} bytes, not {len(sdp)}")
        body = _ENCODER.encode(
            _Body(
                kind,
                self._pair.key,
                party.peer,
                party.session,
                party.incarnation,
                party.peer_incarnation,
                call,
                host_time.ms,
                offered[0],
                sdp,
                offered[1],
            )
        )
        return self._pair.sign(statement("sdp", body)) + body

    def _forget_old(self, now: Instant) -> None:
        """Drop what is older than twice 60 s: an envelope of that age is refused by its time alone."""
        limit_ms = 2 * MAX_AGE_MS
        self._offered = {c: o for c, o in self._offered.items() if abs(now.since(o[2])) <= limit_ms}
        self._seen = {c: at for c, at in self._seen.items() if abs(now.since(at)) <= limit_ms}
        self._to_answer = {c: h for c, h in self._to_answer.items() if c in self._seen}


def _decode(body: bytes) -> _Body:
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as exc:
        raise RemoteProtocolError("an offer or answer cannot be read", code=_BAD) from exc
