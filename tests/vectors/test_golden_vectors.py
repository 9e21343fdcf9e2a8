"""Signed, hashed, MACed and sealed bytes are what they were: a peer of another build must read them."""

import hashlib
import hmac
import json

import pytest

from tests.vectors.recipes import FOLDER, RECIPES

VECTORS = {name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in RECIPES}


@pytest.mark.parametrize("name", RECIPES)
def test_the_bytes_are_those_of_the_golden_file(name: str) -> None:
    assert RECIPES[name]() == VECTORS[name]


def test_a_subkey_is_hkdf_of_rfc_5869() -> None:
    extracted = hmac.digest(bytes(32), b"shared secret", "sha256")
    expanded = hmac.new(extracted, b"horizon/link-preview/v1\x00" + b"\x01", hashlib.sha256).hexdigest()
    assert VECTORS["statements"]["subkey"] == expanded


def test_a_statement_is_label_zero_and_fields_with_lengths() -> None:
    expected = b"horizon/session/v1\x00" + bytes(4) + b"\x00\x00\x00\x03one" + b"\x00\x00\x01\x2c" + bytes(300)
    assert VECTORS["statements"]["statement"] == expected.hex()


def test_a_link_body_is_laid_out_as_the_protocol_says() -> None:
    body = bytes.fromhex(VECTORS["invite"]["body"])
    assert body[:2] == b"\x01\x00"
    assert body[50:66] == b"s" * 16
    assert body[66:] == (b"\x02" + b"\x00\x14hub.example.org:7443" + b"\x01\x12192.168.1.20:40123" + b"p" * 16)
