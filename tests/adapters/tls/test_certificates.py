"""A hub's own key and certificate: made once, P-256, the owner's only."""

import stat
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from horizon_desktop.adapters.tls.certificates import given_identity, own_identity
from horizon_desktop.crypto.certificates import pin_of, spki_hash_of
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import RemoteProtocolError, UsageError

NOON = Instant(1_795_262_400_000)


def test_the_key_stays_the_same_for_good(tmp_path: Path) -> None:
    first = own_identity(tmp_path / "hub", hosts=("127.0.0.1",), now=NOON)
    second = own_identity(tmp_path / "hub", hosts=("10.0.0.5",), now=NOON.plus(86_400_000))
    assert first == second and first.is_self_signed


def test_two_hubs_have_two_keys(tmp_path: Path) -> None:
    one, other = (own_identity(tmp_path / name, hosts=(), now=NOON) for name in ("one", "other"))
    assert one.spki_hash != other.spki_hash


def test_the_certificate_is_p_256_and_names_the_hosts(tmp_path: Path) -> None:
    identity = own_identity(tmp_path, hosts=("127.0.0.1", "hub.example"), now=NOON)
    certificate = x509.load_pem_x509_certificate(identity.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    assert names.get_values_for_type(x509.DNSName) == ["hub.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert spki_hash_of(certificate.public_bytes(Encoding.DER)) == identity.spki_hash
    assert pin_of(identity.spki_hash) == identity.spki_hash[:16]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_folder_and_key_are_the_owners_only(tmp_path: Path) -> None:
    identity = own_identity(tmp_path / "hub", hosts=(), now=NOON)
    assert stat.S_IMODE(identity.private_key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "hub").stat().st_mode) == 0o700


def test_the_folder_holds_key_and_certificate_and_nothing_else(tmp_path: Path) -> None:
    own_identity(tmp_path / "hub", hosts=(), now=NOON)
    assert sorted(path.name for path in (tmp_path / "hub").iterdir()) == ["hub.crt", "hub.key"]


def test_a_folder_that_cannot_be_used_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError) as wrong:
        own_identity(tmp_path / "file" / "hub", hosts=(), now=NOON)
    assert wrong.value.key == "hub.data"


def test_a_given_certificate_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "cert").write_text("no certificate")
    with pytest.raises(UsageError) as wrong:
        given_identity(tmp_path / "cert", tmp_path / "key")
    assert wrong.value.key == "hub.certificate"


@pytest.mark.parametrize("data", [b"", b"\x30\x03\x02\x01\x01", bytes(500)])
def test_bytes_that_are_no_certificate_have_no_key(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        spki_hash_of(data)
