"""The hub's own certificate: the files that a person named, or one that signs itself, made at first start.

Only files here; what is done with them is `tls`'s. The library that makes a certificate is loaded when one has
to be made and not before.
"""

import datetime
import hashlib
import os
import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

from livechat.errors import LiveChatError

SELF_SIGNED = "tls-self-signed.pem"  # in the data directory: the key, then the certificate
_VALID_DAYS = 3650  # nobody renews it by hand, and who pins its fingerprint wants it to stay
_MODE = 0o600
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class CertificateError(LiveChatError):
    """A certificate or its key cannot be used."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files: the certificate with those of its issuers, and its key; `given` by a person or made here."""

    chain: Path
    key: Path
    given: bool


def locate(chain: Path | None, key: Path | None, data_dir: Path) -> CertificateFiles:
    """The files that the settings name (the key may lie in the same file), else the place of our own."""
    if chain is not None:
        return CertificateFiles(chain, key or chain, given=True)
    own = data_dir / SELF_SIGNED
    return CertificateFiles(own, own, given=False)


def check(files: CertificateFiles) -> None:
    """Raise CertificateError with a sentence when the files cannot be used; cheap enough for the start."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.chain, files.key, password=_no_password)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise CertificateError(
            f"The certificate {files.chain} with the key {files.key} cannot be used: {reason}."
        ) from error


def fingerprint(files: CertificateFiles) -> str:
    """SHA-256 of the certificate in lower-case hex. Raises CertificateError."""
    try:
        text = files.chain.read_text("ascii")
        pem = text[text.index(_BEGIN) : text.index(_END) + len(_END)]
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    except (OSError, ValueError) as error:
        raise CertificateError(f"The certificate {files.chain} cannot be read: {error}.") from error


def make_self_signed(path: Path, server_name: str) -> None:
    """Write a P-256 key and a certificate signed with it to `path`, at once. Raises CertificateError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_private(path, _self_signed(server_name))
    except OSError as error:
        raise CertificateError(f"The certificate {path} cannot be made: {error.strerror}.") from error


def _self_signed(server_name: str) -> bytes:
    # Loaded here because it takes longer than the rest of the start and is needed once in ten years.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, server_name)])
    names = x509.SubjectAlternativeName([x509.DNSName(server_name), x509.DNSName("localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=_VALID_DAYS))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(pem)


def _write_private(path: Path, data: bytes) -> None:
    """A reader sees the whole file or none, and nobody else sees it at any time."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _no_password() -> str:
    """A service has nobody to ask: an encrypted key is a fault and not a question on the terminal."""
    raise ValueError("the key is encrypted")
