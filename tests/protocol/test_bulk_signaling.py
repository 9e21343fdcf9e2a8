"""Tests of the fast bulk path's offer and answer: strict, bounded, and bound to one connection."""

import hashlib

import msgspec
import pytest

from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.bulk_signaling import (
    MAX_BYTES,
    MAX_CANDIDATES,
    BulkAnswer,
    BulkOffer,
    Candidate,
    bulk_exporter,
    carrier_cookie,
    encode,
    parse_answer,
    parse_offer,
    worth_a_try,
)

HOST = Candidate("host", "198.51.100.7", 40_000, 2_130_706_431, "f1")
OFFER = BulkOffer(1, "user", "p" * 22, (HOST,))
ANSWER = BulkAnswer(1, "user", "p" * 22, (HOST,), b"c" * 32)


def test_an_offer_and_an_answer_come_back_as_they_were() -> None:
    assert parse_offer(encode(OFFER)) == OFFER
    assert parse_answer(encode(ANSWER)) == ANSWER


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2},
        {"user": ""},
        {"user": "a:b"},
        {"password": "p" * 257},
        {"password": "p\n"},
        {"candidates": (HOST,) * (MAX_CANDIDATES + 1)},
        {"candidates": (msgspec.structs.replace(HOST, port=0),)},
        {"candidates": (msgspec.structs.replace(HOST, port=65_536),)},
        {"candidates": (msgspec.structs.replace(HOST, priority=0),)},
        {"candidates": (msgspec.structs.replace(HOST, foundation="f" * 33),)},
        {"candidates": (msgspec.structs.replace(HOST, address="1" * 46),)},
        {"candidates": (msgspec.structs.replace(HOST, kind="relay"),)},
    ],
)
def test_what_is_out_of_its_bounds_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(RemoteProtocolError, match="cannot be read"):
        parse_offer(encode(msgspec.structs.replace(OFFER, **changed)))


def test_a_hash_of_another_length_more_fields_and_more_bytes_are_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        parse_answer(encode(msgspec.structs.replace(ANSWER, certificate_hash=b"c" * 31)))
    with pytest.raises(RemoteProtocolError):
        parse_offer(encode(ANSWER))
    with pytest.raises(RemoteProtocolError):
        parse_answer(encode(OFFER))
    with pytest.raises(RemoteProtocolError, match="too long"):
        parse_offer(bytes(MAX_BYTES + 1))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "169.254.1.1", "fe80::1", "224.0.0.1", "ff02::1", "0.0.0.0", "::", "host", ""]
)
def test_nobody_can_have_us_knock_at_addresses_that_are_not_a_peer_s(address: str) -> None:
    assert worth_a_try([msgspec.structs.replace(HOST, address=address), HOST]) == [HOST]


def test_the_exporter_is_the_hash_of_the_statement_that_the_protocol_names() -> None:
    fields = [b"offer", b"answer", b"c" * 32, b"r" * 32]
    framed = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    expected = hashlib.sha256(b"horizon/bulk-exporter/v1\x00" + framed).digest()
    found = bulk_exporter(offer=b"offer", answer=b"answer", certificate_hash=b"c" * 32, challenge=b"r" * 32)
    assert found == expected


def test_every_part_changes_the_exporter_and_the_signaling_the_cookie() -> None:
    parts = {"offer": b"o", "answer": b"a", "certificate_hash": b"c" * 32, "challenge": b"r" * 32}
    found = {bulk_exporter(**parts)} | {bulk_exporter(**(parts | {name: b"other"})) for name in parts}
    assert len(found) == 5
    assert len({carrier_cookie(b"o", b"a"), carrier_cookie(b"oa", b""), carrier_cookie(b"o", b"b")}) == 3
