"""The two halves of an invite without a network: a link and a code, a token, and what its bearer may do."""

import os
import sys

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.code import CODE_ENTROPY_BYTES, code_from_entropy, parse_code, shown_code
from horizon_desktop.domain.access.derivation import locator_of, session_id_of
from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink, app_link, parse_link
from horizon_desktop.domain.access.token import TOKEN_LIFE_MS, EphemeralToken, RelayRights, issue_token, parse_token
from horizon_desktop.domain.instants import Instant


def main() -> None:
    """Make an invite, read it back, and issue a token that is good for one device and ten minutes."""
    host, guest = DeviceKeyPair.from_seed(os.urandom(32)), DeviceKeyPair.from_seed(os.urandom(32))
    now = Instant(1_800_000_000_000)
    link = InvitationLink(
        locator=locator_of(host.key, os.urandom(16)),
        host=host.key,
        secret=os.urandom(16),
        hubs=(HubAddress(host="hub.example", port=443),),
    )
    code = shown_code(code_from_entropy(os.urandom(CODE_ENTROPY_BYTES)))
    sys.stdout.write(f"send {app_link(link)[:40]}... and tell {code}, which reads as {parse_code(code.lower())}\n")
    assert parse_link(app_link(link)) == link
    session = session_id_of(host.key, os.urandom(16))
    claims = EphemeralToken(
        jti=os.urandom(16),
        issuer=host.key,
        session=session,
        guest=guest.key,
        issued_at=now,
        not_before=now,
        expires_at=now.plus(TOKEN_LIFE_MS),
        capabilities=role_capabilities(Role.OBSERVER),
        relay=RelayRights(targets=(host.key,)),
        epoch=0,
    )
    token = parse_token(issue_token(claims, host).raw, issuer=host.key).token
    for device in (guest.key, host.key):
        sys.stdout.write(f"{device.hex()[:8]}: {token.admits(session=session, guest=device, epoch=0, now=now)}\n")
    sys.stdout.write(f"an edit: {token.capabilities.may_send('edits', 'edit', now=now)}\n")


if __name__ == "__main__":
    main()
