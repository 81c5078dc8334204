"""Certificates of the lab's HTTPS listeners and of its clients, by a CA that lives as long as the lab."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from .server import ListenerTLS

_VALIDITY: Final = timedelta(days=825)
_SKEW: Final = timedelta(hours=1)
_USER_PRINCIPAL_NAME: Final = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_UTF8_STRING: Final = 0x0C


@dataclass(frozen=True)
class Issued:
    """A leaf and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        """The leaf in DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def certificate_pem(self) -> bytes:
        """The leaf in PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key in PEM, unencrypted: it is the lab's."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """A certificate authority of the lab.

    Args:
        now: real time, not the lab's: TLS libraries read the machine's clock.
        name: the CA's common name.
    """

    def __init__(self, now: datetime, name: str = "Lab Remoting CA") -> None:
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = (
            self._builder(subject, subject, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        """The CA's certificate in PEM: what a client trusts."""
        return self._certificate.public_bytes(Encoding.PEM)

    def server(self, names: Sequence[str]) -> Issued:
        """Issue a server's leaf for DNS names and IP addresses."""
        san = x509.SubjectAlternativeName([_general_name(name) for name in names])
        return self._issue(names[0], san, ExtendedKeyUsageOID.SERVER_AUTH)

    def client(self, upn: str) -> Issued:
        """Issue a client's leaf that WinRM maps to the account of this user principal name."""
        encoded = upn.encode()
        if len(encoded) >= 0x80:
            raise ValueError(f'the user principal name "{upn}" is longer than 127 bytes')
        value = bytes((_UTF8_STRING, len(encoded))) + encoded
        san = x509.SubjectAlternativeName([x509.OtherName(_USER_PRINCIPAL_NAME, value)])
        return self._issue(upn.partition("@")[0], san, ExtendedKeyUsageOID.CLIENT_AUTH)

    def listener(self, names: Sequence[str]) -> ListenerTLS:
        """Return what an HTTPS listener of these names needs; client certificates of this CA are welcome."""
        issued = self.server(names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        load(context, issued)
        context.load_verify_locations(cadata=self.pem.decode())
        context.verify_mode = ssl.CERT_OPTIONAL
        return ListenerTLS(context, issued.der)

    def _issue(self, name: str, san: x509.SubjectAlternativeName, purpose: ObjectIdentifier) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._builder(subject, self._certificate.subject, key.public_key())
            .add_extension(san, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(authority, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Issued(certificate, key)

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _SKEW)
            .not_valid_after(self._now + _VALIDITY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def load(context: ssl.SSLContext, issued: Issued) -> None:
    """Give a context its leaf and key; OpenSSL reads them from a file, ours alone and gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="leaf-", suffix=".pem") as file:
        file.write(issued.certificate_pem + issued.key_pem)
        file.flush()
        context.load_cert_chain(file.name)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
