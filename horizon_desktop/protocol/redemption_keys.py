"""What redemption signs, MACs and seals: transcript and subkeys, the same for both sides (PROTOCOL section 3)."""

from typing import Self

import msgspec

from horizon_desktop.crypto.hashing import is_same, mac, sha256, subkey
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.sealing import counter_nonce, seal, unseal
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.access.places import MAX_TRIES
from horizon_desktop.domain.decision import Deny
from horizon_desktop.protocol.redemption_messages import (
    Answer,
    Details,
    Refusal,
    SealedAnswer,
    Tag,
    decode_body,
    encode_body,
    encode_frame,
)


def start_proof(link_secret: bytes, start_body: bytes) -> bytes:
    """Return the MAC of a Start under the link's subkey `link-mac`: 32 bytes."""
    return mac(subkey(link_secret, "link-mac"), "redeem-start", start_body)


def transcript_of(link_body: bytes, start_body: bytes, offer_body: bytes) -> bytes:
    """Return the hash of every byte of the link and of both messages without their proofs: 32 bytes."""
    return sha256(statement("redeem-transcript", link_body, start_body, offer_body))


def offer_statement(transcript: bytes) -> bytes:
    """Return what the host key signs in an Offer."""
    return statement("redeem-offer", transcript)


def confirm_statement(transcript: bytes, confirm_body: bytes) -> bytes:
    """Return what the guest's device key signs in a Confirm."""
    return statement("redeem-confirm", transcript, confirm_body)


def refusal_statement(request_body: bytes, refusal_body: bytes) -> bytes:
    """Return what the host key signs in a Refusal of the request with that body."""
    return statement("redeem-refusal", sha256(request_body), refusal_body)


def figure_of(deny: Deny) -> int:
    """Return the figure of a refusal's sentence (tries left, seconds to wait, places), 0 when it has none."""
    if deny.rule == "code.locked":
        return MAX_TRIES
    return int(deny.detail) if deny.detail.isdecimal() else 0


def refusal_frame(keypair: DeviceKeyPair, request_body: bytes, deny: Deny) -> bytes:
    """Return a signed refusal of the request with that body: also for an invite that is over."""
    body = encode_body(Refusal(deny.rule, figure_of(deny)))
    return encode_frame(Tag.REFUSAL, body, keypair.sign(refusal_statement(request_body, body)))


def withdraw_statement(transcript: bytes, withdraw_body: bytes) -> bytes:
    """Return what the guest's device key signs in a Withdraw."""
    return statement("redeem-withdraw", transcript, withdraw_body)


class AttemptKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The four subkeys of one attempt's PAKE key, bound to its transcript."""

    transcript: bytes
    confirm_guest: bytes
    confirm_host: bytes
    seal_to_guest: bytes
    seal_to_host: bytes

    @classmethod
    def derive(cls, pake_key: bytes, transcript: bytes) -> Self:
        return cls(
            transcript=transcript,
            confirm_guest=subkey(pake_key, "confirm-guest"),
            confirm_host=subkey(pake_key, "confirm-host"),
            seal_to_guest=subkey(pake_key, "seal-to-guest"),
            seal_to_host=subkey(pake_key, "seal-to-host"),
        )

    def __repr__(self) -> str:
        return "AttemptKeys()"

    def guest_confirmation(self) -> bytes:
        """Return the 32 bytes that show the host that the guest had the right code."""
        return mac(self.confirm_guest, "confirm-guest", self.transcript)

    def host_confirmation(self) -> bytes:
        """Return the 32 bytes that show the guest that the host has the same code."""
        return mac(self.confirm_host, "confirm-host", self.transcript)

    def is_guest_confirmed(self, confirmation: bytes) -> bool:
        return is_same(confirmation, self.guest_confirmation())

    def is_host_confirmed(self, confirmation: bytes) -> bool:
        return is_same(confirmation, self.host_confirmation())

    def seal_details(self, details: Details) -> bytes:
        """Return `details` for the host: the one message under its key, nonce 0."""
        context = statement("redeem-details", self.transcript)
        return seal(self.seal_to_host, encode_body(details), nonce=counter_nonce(0), context=context)

    def open_details(self, sealed: bytes) -> Details:
        """Return what `seal_details` sealed. Raises RemoteProtocolError."""
        context = statement("redeem-details", self.transcript)
        return decode_body(unseal(self.seal_to_host, sealed, nonce=counter_nonce(0), context=context), Details)

    def seal_answer(self, attempt: bytes, number: int, answer: SealedAnswer) -> Answer:
        """Return `answer` for the guest under a nonce that counts; a number is never sealed twice."""
        context = statement("redeem-answer", self.transcript, number.to_bytes(4, "big"))
        sealed = seal(self.seal_to_guest, encode_body(answer), nonce=counter_nonce(number), context=context)
        return Answer(attempt, number, sealed)

    def open_answer(self, answer: Answer) -> SealedAnswer:
        """Return what `seal_answer` sealed, the host's confirmation not yet compared. Raises RemoteProtocolError."""
        context = statement("redeem-answer", self.transcript, answer.number.to_bytes(4, "big"))
        plain = unseal(self.seal_to_guest, answer.sealed, nonce=counter_nonce(answer.number), context=context)
        return decode_body(plain, SealedAnswer)
