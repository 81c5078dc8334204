"""A certificate authority of the company that the estate stands for; it goes by the lab's time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from um_operator.lab.hosts.keys import shared_key
from um_operator.lab.hosts.stores import StoredCertificate

SERVER_AND_CLIENT = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
SERVER_ONLY = (ExtendedKeyUsageOID.SERVER_AUTH,)
_CA_LIFETIME = timedelta(days=10 * 365)
_AGE = timedelta(days=30)


class Validity(NamedTuple):
    """From when, for how long."""

    begins: datetime
    lifetime: timedelta


class Parties(NamedTuple):
    """Whose certificate, and by whom: common names and keys."""

    subject: str
    key: rsa.RSAPrivateKey
    issuer: str
    issuer_key: rsa.RSAPrivateKey


class CertificateAuthority:
    """A root, and an intermediate that issues unless the root does it itself.

    Keys are shared by purpose within a process: those of one CA's name, and that of all leaves.

    Args:
        name: common name of the root.
        now: the lab's time; everything is some weeks old by then.
        intermediate: whether an intermediate issues.
    """

    def __init__(self, name: str, now: datetime, *, intermediate: bool = True) -> None:
        self._now = now
        root_key = shared_key(f"root of {name}")
        since = Validity(now - _AGE, _CA_LIFETIME)
        self.root = _certificate(Parties(name, root_key, name, root_key), since, [_ca()])
        self.intermediate: x509.Certificate | None = None
        self._issuer, self._key = self.root, root_key
        if intermediate:
            self._key = shared_key(f"intermediate of {name}")
            issuing = f"{name} Issuing"
            parties = Parties(issuing, self._key, name, root_key)
            self.intermediate = self._issuer = _certificate(parties, since, [_ca()])

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The issuers of a leaf, the nearest first, the root last."""
        return (self.intermediate, self.root) if self.intermediate else (self.root,)

    @property
    def files(self) -> dict[str, bytes]:
        """PEM of the CA that issues with those above it, of its key and of the root, by usual file names."""
        return {
            "tls.crt": b"".join(one.public_bytes(Encoding.PEM) for one in self.chain),
            "tls.key": self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "ca.crt": self.root.public_bytes(Encoding.PEM),
        }

    def issue(
        self,
        *names: str,
        usages: Sequence[ObjectIdentifier] = SERVER_AND_CLIENT,
        lifetime: timedelta = timedelta(days=730),
        begins: datetime | None = None,
        key: rsa.RSAPrivateKey | None = None,
    ) -> StoredCertificate:
        """Issue a leaf for DNS names, the first of which is its common name.

        Args:
            names: of the host.
            usages: its extended key usages.
            lifetime: from when it begins.
            begins: some weeks ago unless it is said.
            key: of the leaf; the one that all share unless another is given.
        """
        key = key or shared_key("leaves")
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False),
            (x509.ExtendedKeyUsage(usages), False),
        ]
        issuer = str(self._issuer.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        validity = Validity(begins or self._now - _AGE, lifetime)
        leaf = _certificate(Parties(names[0], key, issuer, self._key), validity, extensions)
        return StoredCertificate(leaf, key, exportable=True)


def _ca() -> tuple[x509.ExtensionType, bool]:
    return x509.BasicConstraints(ca=True, path_length=None), True


def _certificate(
    parties: Parties, validity: Validity, extensions: Sequence[tuple[x509.ExtensionType, bool]]
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(parties.subject))
        .issuer_name(_name(parties.issuer))
        .public_key(parties.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.begins)
        .not_valid_after(validity.begins + validity.lifetime)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(parties.issuer_key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
