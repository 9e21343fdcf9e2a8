"""Previews: signed by the host, sealed from the hub, and compared by their terms."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.crypto.hashing import subkey
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.sealing import seal
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.derivation import locator_of
from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink
from horizon_desktop.domain.access.preview import Preview, PreviewBody, open_preview, seal_preview
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import RemoteProtocolError

HOST = DeviceKeyPair.from_seed(b"h" * 32)
LINK = InvitationLink(
    locator=locator_of(HOST.key, b"m" * 16),
    host=HOST.key,
    secret=b"s" * 16,
    hubs=(HubAddress(host="hub.example.org", port=7443),),
)
NOON = Instant(1_790_000_000_000)
DAY = 86_400_000
PREVIEW = Preview(
    host_name="aurora",
    title="Loss spike",
    session_type="pair",
    role=Role.EDITOR,
    channels={"edits": 2, "chat": 0},
    starts_at=NOON,
    expires_at=NOON.plus(3_600_000),
    invite_expires_at=NOON.plus(3_600_000),
    is_approval_asked=True,
    signed_at=NOON,
)


def sealed(preview: Preview = PREVIEW, link: InvitationLink = LINK, pair: DeviceKeyPair = HOST) -> bytes:
    return seal_preview(preview, link, pair, counter=3, nonce=b"n" * 12)


def sealed_body(body: bytes) -> bytes:
    """Return a preview around any body, signed by the host and sealed under the link."""
    plain = HOST.sign(statement("preview", LINK.locator, body)) + body
    context = statement("link-preview", LINK.locator, b"\x00\x00\x00\x03")
    return (
        b"n" * 12
        + b"\x00\x00\x00\x03"
        + seal(subkey(LINK.secret, "link-preview"), plain, nonce=b"n" * 12, context=context)
    )


def test_what_was_sealed_opens_with_the_link() -> None:
    assert open_preview(sealed(), LINK) == PREVIEW


def test_a_hub_without_the_link_secret_reads_nothing() -> None:
    blind = msgspec.structs.replace(LINK, secret=b"x" * 16)
    with pytest.raises(RemoteProtocolError):
        open_preview(sealed(), blind)


def test_a_preview_of_another_host_is_refused() -> None:
    forger = DeviceKeyPair.from_seed(b"f" * 32)
    with pytest.raises(RemoteProtocolError, match="not signed"):
        open_preview(sealed(pair=forger), LINK)


def test_a_preview_of_another_invite_is_refused() -> None:
    other = msgspec.structs.replace(LINK, locator=locator_of(HOST.key, b"o" * 16))
    with pytest.raises(RemoteProtocolError):
        open_preview(sealed(link=other), LINK)


@given(st.binary(max_size=200))
def test_any_bytes_raise_one_error(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        open_preview(data, LINK)


@given(st.binary(max_size=120))
def test_any_signed_and_sealed_bytes_raise_one_error(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        open_preview(sealed_body(body), LINK)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"host_name": "au\u202erora"},
        {"title": "x" * 81},
        {"session_type": "pair\n"},
        {"role": "owner"},
        {"channels": {"edits": 3}},
        {"channels": {f"c{number}": 1 for number in range(33)}},
        {"expires_at": 2**60},
        {"starts_at": -1},
        {"files": -1},
        {"files": 100_001},
    ],
)
def test_a_host_that_breaks_the_schema_is_refused(changes: dict[str, object]) -> None:
    body = PreviewBody(
        1, "aurora", "Loss spike", "pair", Role.EDITOR, {"edits": 2}, NOON.ms, NOON.ms, NOON.ms, True, NOON.ms, 4
    )
    encoder = msgspec.msgpack.Encoder(order="sorted")
    assert open_preview(sealed_body(encoder.encode(body)), LINK).title == "Loss spike"
    with pytest.raises(RemoteProtocolError):
        open_preview(sealed_body(encoder.encode(msgspec.structs.replace(body, **changes))), LINK)


def test_signing_anew_leaves_the_terms_as_they_were() -> None:
    renewed = msgspec.structs.replace(PREVIEW, signed_at=NOON.plus(DAY), files=5)
    assert renewed.terms_hash == PREVIEW.terms_hash


@pytest.mark.parametrize(
    "changes",
    [{"title": "Other"}, {"role": Role.OBSERVER}, {"channels": {"edits": 1}}, {"expires_at": NOON}],
)
def test_other_terms_have_another_hash(changes: dict[str, object]) -> None:
    assert msgspec.structs.replace(PREVIEW, **changes).terms_hash != PREVIEW.terms_hash


@pytest.mark.parametrize(("age_ms", "is_fresh"), [(0, True), (-DAY, True), (DAY + 59_999, True), (DAY + 60_000, False)])
def test_a_preview_dies_after_a_day(age_ms: int, is_fresh: bool) -> None:
    assert isinstance(PREVIEW.is_fresh(now=NOON.plus(age_ms)), Allow if is_fresh else Deny)
