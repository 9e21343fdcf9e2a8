"""What an invite hides: made, sealed under the device key, and opened again after a restart (PROTOCOL section 2)."""

from typing import Final
from uuid import UUID

import msgspec

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.sealing import NONCE_BYTES, seal, unseal
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.code import (
    CODE_ENTROPY_BYTES,
    RANDOM_SYMBOLS,
    code_from_entropy,
    shown_code,
    spelled,
)
from horizon_desktop.domain.access.derivation import NONCE_BYTES as LOCATOR_NONCE_BYTES
from horizon_desktop.domain.access.derivation import locator_of
from horizon_desktop.domain.access.invitation import (
    SECRET_BYTES,
    HubAddress,
    InvitationLink,
    app_link,
    encode_body,
    parse_body,
    web_link,
)
from horizon_desktop.domain.ids import DeviceKey, InvitationId, Locator
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import UsageError
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.records import InviteRow, SessionRow

MAX_PLACES: Final = 30


class InviteSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """Both halves of an invite: shown to the host person, never logged."""

    link: InvitationLink
    code: str
    """Canonical form, 7 symbols."""

    @property
    def app_link(self) -> str:
        return app_link(self.link)

    @property
    def web_link(self) -> str:
        """Empty when no hub of the link has a public certificate."""
        return web_link(self.link)

    @property
    def shown_code(self) -> str:
        """XXXX-XXXX."""
        return shown_code(self.code)

    @property
    def spelling(self) -> tuple[str, ...]:
        """A word for each of the eight symbols."""
        return spelled(self.shown_code)

    def __repr__(self) -> str:
        return f"InviteSecrets({self.link!r})"


def check_places(places: int) -> None:
    """Raise UsageError (invite.places) unless an invite may have so many places."""
    if not 1 <= places <= MAX_PLACES:
        raise UsageError(f"an invite has 1 to {MAX_PLACES} places, not {places}", code="invite.places")


def draft_invite(
    session: SessionRow,
    *,
    key: DeviceKeyPair,
    entropy: Entropy,
    hubs: tuple[HubAddress, ...],
    places: int,
    role: Role,
    expires_at: Instant,
    now: Instant,
) -> InviteRow:
    """Return a new invite of `session`, its secrets sealed; nothing is stored or published yet.

    Args:
        hubs: Best first; those that do not fit into a link are left out.
        places: 1 to 30.
        expires_at: Cut to the session's end.

    Raises:
        UsageError: places out of range, or no hub that fits.
    """
    check_places(places)
    nonce = entropy.draw(LOCATOR_NONCE_BYTES)
    locator = locator_of(key.key, nonce)
    link = InvitationLink(locator=locator, host=key.key, secret=entropy.draw(SECRET_BYTES), hubs=hubs)
    code = code_from_entropy(entropy.draw(CODE_ENTROPY_BYTES))
    invitation_id = InvitationId(str(UUID(bytes=entropy.draw(16), version=4)))
    return InviteRow(
        invitation_id=invitation_id,
        session_id=session.session_id,
        locator=locator,
        nonce=nonce,
        role=role,
        created_at=now,
        expires_at=min(expires_at, session.expires_at),
        places=places,
        sealed=seal_secrets(encode_body(link), code, invitation_id, locator, key=key, entropy=entropy),
    )


def seal_secrets(
    body: bytes, code: str, invitation_id: InvitationId, locator: Locator, *, key: DeviceKeyPair, entropy: Entropy
) -> bytes:
    """Return `nonce 12 | sealed (code 7 | link body)` under a subkey that only this device can derive."""
    nonce = entropy.draw(NONCE_BYTES)
    context = _context(key.key, invitation_id, locator)
    return nonce + seal(key.subkey("invite-at-rest"), code.encode("ascii") + body, nonce=nonce, context=context)


def open_secrets(row: InviteRow, key: DeviceKeyPair) -> InviteSecrets | None:
    """Return an invite's secrets, None when they are wiped.

    Raises:
        RemoteProtocolError: the row was changed from outside, or belongs to another device key.
    """
    if not row.sealed:
        return None
    context = _context(key.key, row.invitation_id, row.locator)
    plain = unseal(
        key.subkey("invite-at-rest"), row.sealed[NONCE_BYTES:], nonce=row.sealed[:NONCE_BYTES], context=context
    )
    return InviteSecrets(link=parse_body(plain[RANDOM_SYMBOLS:]), code=plain[:RANDOM_SYMBOLS].decode("ascii"))


def _context(host: DeviceKey, invitation_id: InvitationId, locator: Locator) -> bytes:
    return statement("invite-at-rest", host, invitation_id.encode("ascii"), locator)
