"""EphemeralToken: what the host signs for one guest, one device, ten minutes (PROTOCOL section 4)."""

from collections.abc import Mapping
from typing import Final

import msgspec

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.signing import SIGNATURE_BYTES, statement, verify
from horizon_desktop.domain.access.capability import USE, AccessPeriod, CapabilitySet, Rate, Role
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import MAX_INSTANT_MS, Instant
from horizon_desktop.errors import RemoteProtocolError

TOKEN_VERSION: Final = 1
TOKEN_PREFIX: Final = b"\x01\x01"
"""Format 1, Ed25519: the only one; a token never chooses its algorithm."""
MAX_BODY_BYTES: Final = 2048
MAX_ENTRIES: Final = 32
TOKEN_LIFE_MS: Final = 10 * 60 * 1000
SKEW_MS: Final = 60 * 1000
"""Applied once the offset to the host's clock is known."""
_BODY_AT: Final = len(TOKEN_PREFIX) + SIGNATURE_BYTES


class RelayRights(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub may carry for this guest: the hub's own concern, no access to content."""

    targets: tuple[DeviceKey, ...]
    """Whom it may reach: in a star, the host."""
    lanes: tuple[int, ...] = (1, 2, 3)
    """Lane numbers; (1,) where the host allows no relay."""
    priority: int = 2
    """1 low, 2 normal, 3 high."""
    bytes_per_s: int = 8 * 1024 * 1024


class EphemeralToken(msgspec.Struct, frozen=True, kw_only=True):
    """The claims. Trusted only as part of a SignedToken that `parse_token` returned."""

    jti: bytes
    """16 random bytes that name this token."""
    issuer: DeviceKey
    """The host."""
    session: SessionId
    guest: DeviceKey
    """The device the token is bound to: whoever shows it proves this key."""
    issued_at: Instant
    not_before: Instant
    expires_at: Instant
    """At most 10 minutes after `issued_at`, never later than the lease end."""
    capabilities: CapabilitySet
    relay: RelayRights
    epoch: int
    """Raised by every narrowing, suspension and revocation of this guest."""

    def admits(
        self, *, session: SessionId, guest: DeviceKey, epoch: int, now: Instant, skew_ms: int = SKEW_MS
    ) -> Decision:
        """Allow `guest` into `session` now, or say which rule refuses: to be asked at every frame.

        Args:
            session: The session the bearer wants to act in.
            guest: The device key the bearer has proven.
            epoch: The guest's lowest epoch that is still good.
            now: The host's clock, as far as the asker knows it.
            skew_ms: How far the asker's idea of that clock may be off.
        """
        if session != self.session:
            return Deny("token.session")
        if guest != self.guest:
            return Deny("token.device")
        if self.epoch < epoch:
            return Deny("token.revoked", f"epoch {self.epoch} < {epoch}")
        if now.plus(skew_ms) < self.not_before:
            return Deny("token.early")
        if now.since(self.expires_at) >= skew_ms:
            return Deny("token.expired")
        return Allow()


class SignedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token whose issuer's signature was checked, with the bytes that were signed."""

    token: EphemeralToken
    raw: bytes
    hash: bytes
    """SHA-256 of `raw`: what the bearer signs in its proof of possession."""

    def __repr__(self) -> str:
        return f"SignedToken(jti={self.token.jti.hex()[:8]})"


class _Relay(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    targets: tuple[bytes, ...]
    lanes: tuple[int, ...]
    priority: int
    bytes_per_s: int


class TokenBody(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The signed array, in order. Times are UTC milliseconds; maps and lists are sorted."""

    version: int
    jti: bytes
    issuer: bytes
    session: bytes
    guest: bytes
    role: Role
    iat: int
    nbf: int
    exp: int
    channels: dict[str, int]
    data_types: tuple[str, ...]
    rates: dict[str, tuple[int, int]]
    window: tuple[int, int] | None
    relay: _Relay
    epoch: int


_LANES: Final = frozenset({1, 2, 3})
_ENCODER: Final = msgspec.msgpack.Encoder(order="sorted")
_DECODER: Final = msgspec.msgpack.Decoder(TokenBody, strict=True)


def issue_token(claims: EphemeralToken, keypair: DeviceKeyPair) -> SignedToken:
    """Return `claims` signed by their issuer.

    Raises:
        RemoteProtocolError: the claims break the schema's limits (an issuer other than `keypair`, more than
            32 channels, a body above 2 KiB); what no peer would accept is never signed.
    """
    body = _ENCODER.encode(_to_body(claims))
    signature = keypair.sign(_signed(body))
    return parse_token(TOKEN_PREFIX + signature + body, issuer=keypair.key)


def parse_token(raw: bytes, *, issuer: DeviceKey) -> SignedToken:
    """Return the token in `raw` after its signature by `issuer` was checked, or raise.

    The signature comes first: nothing unsigned reaches the decoder. Expiry, epoch, session and device are
    asked of `EphemeralToken.admits`, at every use.

    Args:
        raw: `0x01 | 0x01 | signature 64 | msgpack array`, body at most 2 KiB.
        issuer: The host the session belongs to: a token of anybody else is refused.

    Raises:
        RemoteProtocolError: wrong format, algorithm, signature, schema or encoding.

    Source: PROTOCOL section 4.
    """
    body = raw[_BODY_AT:]
    if raw[: len(TOKEN_PREFIX)] != TOKEN_PREFIX or not 0 < len(body) <= MAX_BODY_BYTES:
        raise RemoteProtocolError("a token has the format 1 with Ed25519 and at most 2 KiB", code="token.bad")
    if not verify(issuer, _signed(body), raw[len(TOKEN_PREFIX) : _BODY_AT]):
        raise RemoteProtocolError("the token is not signed by the session's host", code="token.bad")
    try:
        decoded = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RemoteProtocolError("the token does not have the schema", code="token.bad") from exc
    fault = _fault_of(decoded, issuer)
    if fault:
        raise RemoteProtocolError(f"the token breaks a rule: {fault}", code="token.bad")
    if _ENCODER.encode(decoded) != body:
        raise RemoteProtocolError("the token is not in its one canonical form", code="token.bad")
    return SignedToken(token=_to_token(decoded), raw=raw, hash=sha256(raw))


def _signed(body: bytes) -> bytes:
    return statement("token", TOKEN_PREFIX, body)


def _fault_of(body: TokenBody, issuer: DeviceKey) -> str:
    sizes = (len(body.jti), len(body.issuer), len(body.session), len(body.guest))
    lists: tuple[Mapping[str, object] | tuple[object, ...], ...] = (
        body.channels,
        body.data_types,
        body.rates,
        body.relay.targets,
        body.relay.lanes,
    )
    accesses = body.channels.values()
    window = body.window or (0, 0)
    rules = {
        "version": body.version == TOKEN_VERSION,
        "sizes": sizes == (16, 32, 32, 32),
        "issuer": body.issuer == issuer and body.guest != issuer,
        "times": 0 <= body.iat <= body.nbf < body.exp <= min(body.iat + TOKEN_LIFE_MS, MAX_INSTANT_MS),
        "entries": max(map(len, lists)) <= MAX_ENTRIES,
        "access": min(accesses, default=USE) > 0 and max(accesses, default=USE) <= USE,
        "types": body.data_types == tuple(sorted(set(body.data_types))),
        "rates": min(map(min, body.rates.values()), default=0) >= 0 and body.rates.keys() <= body.channels.keys(),
        "window": 0 <= window[0] <= window[1] <= MAX_INSTANT_MS,
        "relay": _is_relay_sound(body.relay),
        "epoch": body.epoch >= 0,
    }
    return "" if all(rules.values()) else ", ".join(name for name, holds in rules.items() if not holds)


def _is_relay_sound(relay: _Relay) -> bool:
    return (
        {32}.issuperset(map(len, relay.targets))
        and relay.lanes == tuple(sorted(set(relay.lanes)))
        and _LANES.issuperset(relay.lanes)
        and 1 <= relay.priority <= 3
        and relay.bytes_per_s >= 0
    )


def _to_body(claims: EphemeralToken) -> TokenBody:
    allowed = claims.capabilities.trimmed()
    window = allowed.window
    return TokenBody(
        TOKEN_VERSION,
        claims.jti,
        claims.issuer,
        claims.session,
        claims.guest,
        allowed.role,
        claims.issued_at.ms,
        claims.not_before.ms,
        claims.expires_at.ms,
        dict(allowed.channels),
        tuple(sorted(allowed.data_types)),
        {name: (rate.messages_per_s, rate.bytes_per_s) for name, rate in allowed.rates.items()},
        None if window is None else (window.opens.ms, window.closes.ms),
        _Relay(claims.relay.targets, claims.relay.lanes, claims.relay.priority, claims.relay.bytes_per_s),
        claims.epoch,
    )


def _to_token(body: TokenBody) -> EphemeralToken:
    window = body.window
    return EphemeralToken(
        jti=body.jti,
        issuer=DeviceKey(body.issuer),
        session=SessionId(body.session),
        guest=DeviceKey(body.guest),
        issued_at=Instant(body.iat),
        not_before=Instant(body.nbf),
        expires_at=Instant(body.exp),
        capabilities=CapabilitySet(
            role=body.role,
            channels=body.channels,
            data_types=frozenset(body.data_types),
            rates={name: Rate(*figures) for name, figures in body.rates.items()},
            window=None if window is None else AccessPeriod(Instant(window[0]), Instant(window[1])),
        ),
        relay=RelayRights(
            targets=tuple(DeviceKey(target) for target in body.relay.targets),
            lanes=body.relay.lanes,
            priority=body.relay.priority,
            bytes_per_s=body.relay.bytes_per_s,
        ),
        epoch=body.epoch,
    )
