"""A hub's own key and self-signed certificate: P-256, made once, owner-only (PROTOCOL section 5)."""

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from horizon_desktop.crypto.certificates import spki_hash_of
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import RemoteProtocolError, UsageError
from horizon_desktop.ports.hub_server import TlsIdentity

CERTIFICATE_FILE: Final = "hub.crt"
PRIVATE_KEY_FILE: Final = "hub.key"
_LIFE: Final = timedelta(days=3650)
"""Long: clients go by the key's pin, which a link holds, and never by dates."""
_BACKDATED: Final = timedelta(days=1)


def own_identity(folder: Path, *, hosts: Sequence[str], now: Instant) -> TlsIdentity:
    """Return the identity kept in `folder`; the first time make a P-256 key and a certificate for `hosts`.

    The folder and both files are the owner's only. The key stays for good: links hold its pin.

    Args:
        folder: Made where it does not exist.
        hosts: Names and addresses that stand in the certificate.
        now: For the certificate's dates.

    Raises:
        UsageError: the folder cannot be used, or what lies in it is no certificate.
    """
    certificate, private_key = folder / CERTIFICATE_FILE, folder / PRIVATE_KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (certificate.exists() and private_key.exists()):
            _make(certificate, private_key, hosts=hosts, now=now)
        os.chmod(private_key, 0o600)
    except OSError as exc:
        raise UsageError(f"the hub's folder cannot be used: {folder}: {exc.strerror}", code="hub.data") from exc
    return _identity(certificate, private_key, is_self_signed=True)


def given_identity(certificate: Path, private_key: Path) -> TlsIdentity:
    """Return the identity of certificate files in PEM that an authority vouches for.

    Raises:
        UsageError: the certificate cannot be read.
    """
    return _identity(certificate, private_key, is_self_signed=False)


def _identity(certificate: Path, private_key: Path, *, is_self_signed: bool) -> TlsIdentity:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        spki_hash = spki_hash_of(found.public_bytes(Encoding.DER))
    except (OSError, ValueError, RemoteProtocolError) as exc:
        raise UsageError(f"the certificate cannot be read: {certificate}", code="hub.certificate") from exc
    return TlsIdentity(
        certificate=certificate, private_key=private_key, spki_hash=spki_hash, is_self_signed=is_self_signed
    )


def _make(certificate: Path, private_key: Path, *, hosts: Sequence[str], now: Instant) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    moment = datetime.fromtimestamp(now.ms // 1000, UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Horizon hub")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _BACKDATED)
        .not_valid_after(moment + _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_name_of(host) for host in hosts or ("localhost",)]), critical=False
        )
    )
    signed = builder.sign(key, SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(private_key, secret, mode=0o600)
    _write(certificate, signed.public_bytes(Encoding.PEM), mode=0o644)


def _name_of(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(path: Path, data: bytes, *, mode: int) -> None:
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
