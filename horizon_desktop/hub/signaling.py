"""The first words with a client: challenge, hello, proof, and the seat it gets (PROTOCOL section 5)."""

from collections.abc import Sequence

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.crypto.keys import verify_signature
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Instant, Now
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.hub.admission import Admission
from horizon_desktop.protocol.hub_frames import NO_TOKEN_HASH, hello_statement, parse_at_hub
from horizon_desktop.protocol.hub_messages import (
    MAX_HELLO_BYTES,
    ClientClass,
    Hello,
    HostHello,
    InviteeHello,
    MemberHello,
    Refused,
)
from horizon_desktop.protocol.relay import ClientId, Effect
from horizon_desktop.protocol.rooms import Rooms


def parse_hello(frame: bytes) -> Hello:
    """Return the hello in a client's first frame.

    Raises:
        RemoteProtocolError: it is longer than 4 KiB, or anything else than a hello.
    """
    if len(frame) > MAX_HELLO_BYTES:
        raise RemoteProtocolError(f"a hello has at most {MAX_HELLO_BYTES} bytes, not {len(frame)}")
    message = parse_at_hub(frame)
    if not isinstance(message, Hello):
        raise RemoteProtocolError("the first message is a hello")
    return message


def is_proven(hello: Hello, *, hub_nonce: bytes, spki_hash: bytes) -> bool:
    """Whether the hello is signed by its key, for this hub's key and this very challenge."""
    client_class, subject = _subject_of(hello)
    signed = hello_statement(
        client_class=client_class,
        hub_nonce=hub_nonce,
        client_nonce=hello.client_nonce,
        spki_hash=spki_hash,
        subject=subject,
        token_hash=sha256(hello.token) if isinstance(hello, MemberHello) else NO_TOKEN_HASH,
        host_time=Instant(hello.host_time_ms) if isinstance(hello, HostHello) else None,
    )
    return verify_signature(DeviceKey(hello.key), signed, hello.signature)


def _subject_of(hello: Hello) -> tuple[ClientClass, bytes]:
    match hello:
        case HostHello():
            return ClientClass.HOST, hello.session
        case InviteeHello():
            return ClientClass.INVITEE, hello.locator
        case MemberHello():
            return ClientClass.MEMBER, hello.session


def kind_of(hello: Hello) -> str:
    """Return host, invitee or member, as policies write it."""
    return _subject_of(hello)[0].name.lower()


def seat(rooms: Rooms, admission: Admission, client: ClientId, hello: Hello, *, now: Now) -> Sequence[Effect] | Refused:
    """Give a client whose key is proven its seat, or say which rule refuses."""
    match hello:
        case HostHello():
            decision = admission.admits_host(DeviceKey(hello.key))
            if isinstance(decision, Deny):
                return Refused(decision.rule, 0)
            return rooms.register(client, hello, now=now)
        case InviteeHello():
            return rooms.open_mailbox(client, hello, now=now)
        case MemberHello():
            return rooms.join(client, hello, now=now)
