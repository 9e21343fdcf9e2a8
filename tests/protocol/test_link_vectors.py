"""Golden bytes of the link: whoever changes one of them changes the protocol (append only, STYLE 11)."""

from nacl.signing import SigningKey

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.protocol.handshake import FirstMessage, LaneContext, Refusal, encode_binding, encode_first
from horizon_desktop.protocol.signaling import CallBook, CallParty
from horizon_desktop.protocol.wire import Frame, FrameKind, encode_frame

SEED = bytes(range(32))
PAIR = DeviceKeyPair.from_seed(SEED)
HOST = DeviceKeyPair.from_seed(b"h" * 32)
SESSION = SessionId(b"s" * 32)
MINE, THEIRS, EXPORTER = b"m" * 16, b"t" * 16, b"e" * 32


def by_hand(label: bytes, *fields: bytes) -> bytes:
    """A statement as PROTOCOL's notation says it."""
    return label + b"\0" + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def test_the_bytes_of_a_binding() -> None:
    context = LaneContext(
        session=SESSION, peer=HOST.key, path="relay", lane=Lane.INTERACTIVE, is_client=True, exporter=EXPORTER
    )
    body = encode_binding(context, PAIR, incarnation=MINE, known_incarnation=THEIRS)
    fields = (SESSION, MINE, THEIRS, b"\x01", b"\x02", b"\x01", PAIR.key, HOST.key, EXPORTER)
    signature = SigningKey(SEED).sign(by_hand(b"horizon/link-bind/v1", *fields)).signature
    assert body == b"\x01\x01\x02\x01" + PAIR.key + MINE + THEIRS + signature


def test_the_bytes_of_a_first_message() -> None:
    first = FirstMessage(MINE, THEIRS, 1_800_000_000_000, {2: 7, 4: 1}, (Refusal(2, 5, "rate.exceeded"),))
    assert encode_first(first).hex() == (
        "96c4106d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6dc41074747474747474747474747474747474"
        "cf000001a3185c5000820207040191930205ad726174652e6578636565646564c3"
    )


def test_the_bytes_of_an_offer() -> None:
    party = CallParty(session=SESSION, peer=HOST.key, incarnation=MINE, peer_incarnation=THEIRS)
    envelope = CallBook(PAIR).offer(party, b"v=0\r\n", call=b"c" * 16, host_time=Instant(1_800_000_000_000))
    body = bytes.fromhex(
        "9ba56f66666572"
        f"c420{PAIR.key.hex()}c420{HOST.key.hex()}c420{SESSION.hex()}c410{MINE.hex()}c410{THEIRS.hex()}"
        f"c410{b'c'.hex() * 16}cf000001a3185c5000c420{'00' * 32}c405763d300d0aa773657373696f6e"
    )
    signature = SigningKey(SEED).sign(by_hand(b"horizon/sdp/v1", body)).signature
    assert envelope == signature + body


def test_the_bytes_of_a_frame() -> None:
    frame = Frame(kind=FrameKind.DATA, channel=2, data_type=3, flags=1, seq=258, body=b"hi")
    assert encode_frame(frame).hex() == "0000000e03020301" + "0000000000000102" + "6869"


def test_the_tags_of_frames_never_move() -> None:
    tags = {kind.name: kind.value for kind in FrameKind}
    assert tags == {
        "BINDING": 1,
        "FIRST": 2,
        "DATA": 3,
        "ACK": 4,
        "REFUSED": 5,
        "PING": 6,
        "PONG": 7,
        "SIGNAL": 8,
        "WANTED": 9,
        "CAME": 10,
    }
