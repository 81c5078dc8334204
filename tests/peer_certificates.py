"""Certificates of real peers, and of servers that call them, valid by the clock of this machine."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BOTH = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
SERVER, CLIENT = BOTH[:1], BOTH[1:]
DAY = timedelta(days=1)


@functools.cache
def _key(role: str) -> rsa.RSAPrivateKey:
    """Making a key takes longer than a test: peers share one, and each CA has its own."""
    return rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Certified:
    """A certificate, its key, and what is sent along with it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    issuers: tuple[x509.Certificate, ...] = field(default=())

    @property
    def chain_pem(self) -> bytes:
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.issuers))

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def subject(self) -> str:
        return self.certificate.subject.rfc4514_string()

    def alone(self) -> Certified:
        """The same, nothing sent along."""
        return Certified(self.certificate, self.key)

    def issue(
        self,
        name: str,
        *,
        ca: bool = False,
        names: Sequence[str] | None = None,
        usages: Sequence[x509.ObjectIdentifier] = BOTH,
        begins: timedelta = -DAY,
        ends: timedelta = 30 * DAY,
    ) -> Certified:
        """Issue a certificate; ``names``: its DNS names, else the one it is called; ends count from now."""
        key = _key(name if ca else "leaf")
        return _made(name, key, self, ca=ca, names=names, usages=usages, begins=begins, ends=ends)


def root(name: str) -> Certified:
    """A CA that signed itself."""
    return _made(name, _key(name), None, ca=True, names=(), usages=(), begins=-DAY, ends=365 * DAY)


def self_signed(name: str) -> Certified:
    """A certificate that is its own issuer, as Exchange makes them."""
    return _made(name, _key(name), None, ca=False, names=None, usages=SERVER, begins=-DAY, ends=30 * DAY)


def _made(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: Certified | None,
    *,
    ca: bool,
    names: Sequence[str] | None,
    usages: Sequence[x509.ObjectIdentifier],
    begins: timedelta,
    ends: timedelta,
) -> Certified:
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    dns = (name,) if names is None and not ca else tuple(names or ())
    if dns:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in dns]), False
        )
    if usages and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    made = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    above = (issuer.certificate, *issuer.issuers) if issuer and issuer.issuers else ()
    above = above or ((issuer.certificate,) if issuer and not _is_root(issuer) else ())
    return Certified(made, key, tuple(one for one in above if one.issuer != one.subject))


def _is_root(certified: Certified) -> bool:
    return certified.certificate.issuer == certified.certificate.subject


def by_openssl(folder: Path, name: str, *options: str) -> tuple[Path, Path]:
    """Make what ``cryptography`` refuses to, such as SHA-1 and small keys: certificate and key, PEM."""
    own, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-subj", f"/CN={name}", "-days", "30",
         "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", own, *options],
        check=True, capture_output=True,
    )  # fmt: skip
    return own, key
