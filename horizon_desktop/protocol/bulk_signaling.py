"""Offer and answer of the fast bulk path (QUIC over ICE), and what binds its connection (PROTOCOL section 6)."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.crypto.signing import statement
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.addresses import may_be_knocked_at

VERSION: Final = 1
MAX_BYTES: Final = 8 * 1024
MAX_CANDIDATES: Final = 40
CHALLENGE_BYTES: Final = 32
HASH_BYTES: Final = 32
COOKIE_BYTES: Final = 3
_CODE: Final = "signal.bulk"

IceText = Annotated[str, Meta(min_length=1, max_length=256, pattern="^[a-zA-Z0-9+/]+\\Z")]


class Candidate(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One address to knock at (RFC 8445); component 1, UDP."""

    kind: Literal["host", "srflx"]
    address: Annotated[str, Meta(max_length=45)]
    port: Annotated[int, Meta(ge=1, le=65535)]
    priority: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    foundation: Annotated[str, Meta(min_length=1, max_length=32, pattern="^[a-zA-Z0-9+/]+\\Z")]


class BulkOffer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the guest, the QUIC client, says of itself."""

    version: Literal[1]
    user: IceText
    password: IceText
    candidates: Annotated[tuple[Candidate, ...], Meta(max_length=MAX_CANDIDATES)]


class BulkAnswer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the host, the QUIC server, says of itself."""

    version: Literal[1]
    user: IceText
    password: IceText
    candidates: Annotated[tuple[Candidate, ...], Meta(max_length=MAX_CANDIDATES)]
    certificate_hash: Annotated[bytes, Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
    """SHA-256 of the one certificate in DER that the client takes."""


_Message = TypeVar("_Message", BulkOffer, BulkAnswer)
_encoder: Final = msgspec.msgpack.Encoder()
_offers: Final = msgspec.msgpack.Decoder(BulkOffer)
_answers: Final = msgspec.msgpack.Decoder(BulkAnswer)


def encode(message: BulkOffer | BulkAnswer) -> bytes:
    """Return the bytes that the link signs and carries."""
    return _encoder.encode(message)


def parse_offer(data: bytes) -> BulkOffer:
    """Return the offer. Raises RemoteProtocolError (`signal.bulk`) for anything that is none."""
    return _parse(_offers, data)


def parse_answer(data: bytes) -> BulkAnswer:
    """Return the answer. Raises RemoteProtocolError (`signal.bulk`) for anything that is none."""
    return _parse(_answers, data)


def worth_a_try(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return those candidates whose addresses a peer may have us knock at."""
    return [candidate for candidate in candidates if may_be_knocked_at(candidate.address)]


def bulk_exporter(*, offer: bytes, answer: bytes, certificate_hash: bytes, challenge: bytes) -> bytes:
    """Return the 32 bytes that both device keys sign for this connection, in place of a TLS exporter.

    SHA-256 of the statement `bulk-exporter` of the offer, the answer, the hash of the server's certificate as
    the TLS handshake showed it, and the challenge that the server sent first inside the encryption. Whoever
    holds another key, certificate or connection arrives at other bytes.
    """
    return sha256(statement("bulk-exporter", offer, answer, certificate_hash, challenge))


def carrier_cookie(offer: bytes, answer: bytes) -> bytes:
    """Return the three bytes in every datagram of this path: who has not seen the signaling has to guess them."""
    return sha256(statement("bulk-carrier", offer, answer))[:COOKIE_BYTES]


def _parse(decoder: msgspec.msgpack.Decoder[_Message], data: bytes) -> _Message:
    if len(data) > MAX_BYTES:
        raise RemoteProtocolError("an offer of the bulk path is too long", code=_CODE)
    try:
        return decoder.decode(data)
    except msgspec.DecodeError as exc:
        raise RemoteProtocolError("an offer of the bulk path cannot be read", code=_CODE) from exc
