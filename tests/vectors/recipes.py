"""How every golden vector is made, from fixed seeds. `python -m tests.vectors.recipes` writes the files anew."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec

from horizon_desktop.crypto.fingerprint import commitment, key_pictures, session_pictures
from horizon_desktop.crypto.hashing import content_hash, mac, sha256, subkey
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.pake import GuestPake, answer_pake, password_of
from horizon_desktop.crypto.sealing import counter_nonce, seal
from horizon_desktop.crypto.signing import sign, statement
from horizon_desktop.domain.access.capability import AccessPeriod, Role, role_capabilities
from horizon_desktop.domain.access.code import code_from_entropy, shown_code, spelled
from horizon_desktop.domain.access.derivation import locator_of, session_id_of
from horizon_desktop.domain.access.invitation import app_link, encode_body, invite_name, web_link
from horizon_desktop.domain.access.preview import Preview, seal_preview
from horizon_desktop.domain.access.revocation import RevocationList, sign_revocations
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import InvitationId, LinkId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.protocol.bulk_signaling import (
    VERSION,
    BulkAnswer,
    BulkOffer,
    Candidate,
    bulk_exporter,
    carrier_cookie,
    encode,
)
from horizon_desktop.protocol.hub_frames import control_frame, hello_statement, relay_frame
from horizon_desktop.protocol.hub_messages import Challenge, ClientClass, HostHello
from horizon_desktop.protocol.redemption_effects import Redeemed
from horizon_desktop.protocol.redemption_keys import AttemptKeys
from horizon_desktop.services.invite_secrets import seal_secrets
from tests.fakes.entropy import SeededEntropy
from tests.protocol.redemption_world import CODE, HOST, LINK, NOON, SESSION, WRONG, Visitor, World, keypair_of

FOLDER = Path(__file__).resolve().parent
GUEST = keypair_of("maya")


def statements() -> dict[str, object]:
    signed = statement("session", b"", b"one", bytes(300))
    return {
        "statement": signed.hex(),
        "sha256": sha256(signed).hex(),
        "blake3": content_hash(signed).hex(),
        "signature": sign(b"s" * 32, signed).hex(),
        "public_key": DeviceKeyPair.from_seed(b"s" * 32).key.hex(),
        "mac": mac(b"k" * 32, "link-mac", b"field").hex(),
        "subkey": subkey(b"shared secret", "link-preview").hex(),
        "device_subkey": DeviceKeyPair.from_seed(b"s" * 32).subkey("invite-at-rest").hex(),
        "sealed": seal(b"k" * 32, b"plain", nonce=counter_nonce(7), context=b"context").hex(),
    }


def names() -> dict[str, object]:
    return {
        "session_id": session_id_of(HOST.key, b"n" * 16).hex(),
        "locator": locator_of(HOST.key, b"m" * 16).hex(),
        "invite_name": invite_name(LINK.locator),
        "key_pictures": list(key_pictures(HOST.key)),
        "session_pictures": list(session_pictures(b"t" * 32, b"o" * 32)),
        "commitment": commitment(b"o" * 32).hex(),
        "code": code_from_entropy(bytes.fromhex("0123456789")),
        "shown_code": shown_code(code_from_entropy(bytes.fromhex("0123456789"))),
        "spelling": list(spelled(shown_code(CODE))),
    }


def _claims() -> EphemeralToken:
    return EphemeralToken(
        jti=b"j" * 16,
        issuer=HOST.key,
        session=SESSION,
        guest=GUEST.key,
        issued_at=NOON,
        not_before=NOON,
        expires_at=NOON.plus(600_000),
        capabilities=role_capabilities(Role.EDITOR),
        relay=RelayRights(targets=(HOST.key,)),
        epoch=3,
    )


def access() -> dict[str, object]:
    claims = _claims()
    window = AccessPeriod(NOON, NOON.plus(60_000))
    narrow = msgspec.structs.replace(
        role_capabilities(Role.OBSERVER).limited_to({"control": 2, "edits": 1}), window=window
    )
    revoked = RevocationList(session=SESSION, number=0).raised(GUEST.key).without(HOST.key)
    return {
        "token": issue_token(claims, HOST).raw.hex(),
        "token_hash": issue_token(claims, HOST).hash.hex(),
        "narrow_token": issue_token(msgspec.structs.replace(claims, capabilities=narrow), HOST).raw.hex(),
        "revocations": sign_revocations(revoked, HOST).hex(),
    }


def invite() -> dict[str, object]:
    preview = Preview(
        host_name="aurora",
        title="Loss spike",
        session_type="pair",
        role=Role.EDITOR,
        channels={"edits": 2, "chat": 2, "cursors": 0},
        starts_at=NOON,
        expires_at=NOON.plus(3_600_000),
        invite_expires_at=NOON.plus(3_600_000),
        is_approval_asked=True,
        signed_at=Instant(NOON.ms + 5),
        files=4,
    )
    body = encode_body(LINK)
    invitation_id = InvitationId("00000000-0000-4000-8000-000000000000")
    return {
        "body": body.hex(),
        "app_link": app_link(LINK),
        "web_link": web_link(LINK),
        "terms": preview.terms_hash.hex(),
        "preview": seal_preview(preview, LINK, HOST, counter=9, nonce=b"n" * 12).hex(),
        "at_rest": seal_secrets(body, CODE, invitation_id, LINK.locator, key=HOST, entropy=SeededEntropy("rest")).hex(),
    }


def pake() -> dict[str, object]:
    password = password_of(LINK.secret, CODE)
    sides = {"guest": GUEST.key, "host": HOST.key, "locator": LINK.locator}
    guest = GuestPake.begin(password, **sides, entropy=b"g" * 64)
    message, key = answer_pake(password, guest.message, **sides, entropy=b"h" * 64)
    keys = AttemptKeys.derive(key, b"t" * 32)
    return {
        "password": password.hex(),
        "guest_message": guest.message.hex(),
        "host_message": message.hex(),
        "key": key.hex(),
        "confirm_guest": keys.guest_confirmation().hex(),
        "confirm_host": keys.host_confirmation().hex(),
        "seal_to_guest": keys.seal_to_guest.hex(),
        "seal_to_host": keys.seal_to_host.hex(),
    }


def redemption() -> dict[str, object]:
    """Every message of a redemption that ends well, and of one with a wrong code."""
    world = World()
    maya = Visitor(world)
    start = maya.begin()
    offer = world.tell(1, start)[0]
    confirm = maya.hear(offer)[0]
    waiting = world.tell(1, confirm)[0]
    maya.hear(waiting)
    world.let_in(maya.key.key)
    admitted = world.take(1)[0]
    maya.hear(admitted)
    assert isinstance(maya.end, Redeemed)
    guesser = Visitor(World(), code=WRONG)
    guess = guesser.hear(guesser.world.tell(1, guesser.begin())[0])[0]
    return {
        "start": start.hex(),
        "offer": offer.hex(),
        "confirm": confirm.hex(),
        "waiting": waiting.hex(),
        "admitted": admitted.hex(),
        "pictures": list(maya.end.pictures),
        "wrong_confirm": guess.hex(),
        "refusal": guesser.world.tell(1, guess)[0].hex(),
    }


def hub() -> dict[str, object]:
    nonces = {"hub_nonce": b"h" * 32, "client_nonce": b"c" * 32, "spki_hash": b"k" * 32}
    statements_of = {
        "host": hello_statement(client_class=ClientClass.HOST, subject=SESSION, host_time=NOON, **nonces),
        "invitee": hello_statement(client_class=ClientClass.INVITEE, subject=LINK.locator, **nonces),
        "member": hello_statement(
            client_class=ClientClass.MEMBER, subject=SESSION, token_hash=sha256(b"token"), **nonces
        ),
    }
    signed = HOST.sign(statements_of["host"])
    hello = HostHello(nonces["client_nonce"], HOST.key, SESSION, b"n" * 16, NOON.ms, signed)
    return {
        **{name: statement_of.hex() for name, statement_of in statements_of.items()},
        "host_signature": signed.hex(),
        "host_hello": control_frame(hello).hex(),
        "challenge": control_frame(Challenge(1, nonces["hub_nonce"])).hex(),
        "relay_frame": relay_frame(LinkId(7), Lane.INTERACTIVE, b"records").hex(),
    }


def bulk() -> dict[str, object]:
    candidate = Candidate("host", "192.0.2.7", 40_000, 2_130_706_431, "f1")
    offer = encode(BulkOffer(VERSION, "user", "p" * 22, (candidate,)))
    answer = encode(BulkAnswer(VERSION, "resu", "q" * 22, (), b"c" * 32))
    return {
        "offer": offer.hex(),
        "answer": answer.hex(),
        "exporter": bulk_exporter(offer=offer, answer=answer, certificate_hash=b"c" * 32, challenge=b"r" * 32).hex(),
        "cookie": carrier_cookie(offer, answer).hex(),
    }


RECIPES: dict[str, Callable[[], dict[str, object]]] = {
    "statements": statements,
    "names": names,
    "access": access,
    "invite": invite,
    "pake": pake,
    "redemption": redemption,
    "hub": hub,
    "bulk": bulk,
}


def main() -> None:
    for name, make in RECIPES.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(make(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
