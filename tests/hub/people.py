"""People for hub tests: a host with a session, guests with tokens, all from seeds."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.hub_server import WebHubListener
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.derivation import locator_of, session_id_of
from horizon_desktop.domain.access.revocation import RevocationList, sign_revocations
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token
from horizon_desktop.domain.ids import DeviceKey, Locator, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.hub.admission import AdmissionLimits
from horizon_desktop.hub.server import Hub, HubPolicy
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import Caller, SealedPreview

ROOMY = HubPolicy(admission=AdmissionLimits(attempt_burst=10_000, knock_burst=10_000))
"""For tests that are not about admission: everybody here has the same address."""


class Host:
    """A host with one session, its invites and its guests' tokens."""

    def __init__(self, seed: int = 1) -> None:
        self.keypair = DeviceKeyPair.from_seed(bytes([seed]) * 32)
        self.nonce = bytes([seed]) * 16
        self.session: SessionId = session_id_of(self.keypair.key, self.nonce)
        self.caller = Caller(key=self.keypair.key, sign=self.keypair.sign)

    def move_to(self, nonce: bytes) -> None:
        """Host another session with this nonce of 16 bytes."""
        self.nonce = nonce
        self.session = session_id_of(self.keypair.key, nonce)

    def locator(self, number: int = 1) -> Locator:
        return locator_of(self.keypair.key, bytes([number]) * 16)

    def preview(self, number: int = 1, *, sealed: bytes = b"sealed", places: int = 1) -> SealedPreview:
        return SealedPreview(
            locator=self.locator(number),
            invite_nonce=bytes([number]) * 16,
            sealed=sealed,
            open_places=places,
        )

    def token(self, guest: "Guest", *, now: Instant, life_ms: int = 600_000, **changes: object) -> bytes:
        """Return a token for `guest`, issued now (or, with a negative life, ten minutes ago and already over)."""
        issued = now if life_ms > 0 else now.plus(life_ms - 600_000)
        rights = RelayRights(targets=(self.keypair.key,))
        claims = EphemeralToken(
            jti=b"j" * 16,
            issuer=self.keypair.key,
            session=self.session,
            guest=guest.keypair.key,
            issued_at=issued,
            not_before=issued,
            expires_at=issued.plus(min(abs(life_ms), 600_000)) if life_ms > 0 else now.plus(life_ms),
            capabilities=role_capabilities(Role.EDITOR),
            relay=rights,
            epoch=0,
        )
        return issue_token(msgspec.structs.replace(claims, **changes), self.keypair).raw

    def revocations(
        self, number: int, *, removed: tuple["Guest", ...] = (), epochs: Mapping[DeviceKey, int] | None = None
    ) -> bytes:
        listed = RevocationList(
            session=self.session,
            number=number,
            epochs=epochs or {},
            removed=frozenset(guest.keypair.key for guest in removed),
        )
        return sign_revocations(listed, self.keypair)


class Guest:
    """A device that is not the host's."""

    def __init__(self, seed: int = 100) -> None:
        self.keypair = DeviceKeyPair.from_seed(bytes([seed]) * 32)
        self.caller = Caller(key=self.keypair.key, sign=self.keypair.sign)


def open_test_hub(
    folder: Path,
    *,
    clock: Clock,
    entropy: Entropy,
    policy: HubPolicy = ROOMY,
    port: int = 0,
    kind: type[Hub] = Hub,
) -> Hub:
    """Return a whole hub on the loopback, to be entered by the test."""
    identity = own_identity(folder, hosts=("127.0.0.1",), now=clock.now().instant)
    listener = WebHubListener(host="127.0.0.1", port=port, identity=identity)
    return kind(listener=listener, clock=clock, entropy=entropy, policy=policy)
