"""The certificate authority of the simulated company, and the HTTPS listeners' certificates."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

_USER_PRINCIPAL_NAME = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_UTF8_STRING = 0x0C
_AHEAD = timedelta(days=3650)


class Authority:
    """A root that issues leaves. Dates go by the machine's clock, because TLS libraries do.

    Args:
        name: common name of the root.
        folder: where keys are put for as long as a context needs them as files.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._root = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """The root, as clients have to trust it."""
        return self._root.public_bytes(Encoding.PEM).decode()

    def listener(self, fqdn: str) -> tuple[ssl.SSLContext, bytes]:
        """A server's context, which asks for a client certificate, and its leaf in DER."""
        short_name = fqdn.partition(".")[0]
        names = x509.SubjectAlternativeName([x509.DNSName(fqdn), x509.DNSName(short_name)])
        leaf, chain, key = self._issue(fqdn, names, ExtendedKeyUsageOID.SERVER_AUTH)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        context.load_verify_locations(cadata=self.pem)
        context.verify_mode = ssl.CERT_OPTIONAL
        return context, leaf.public_bytes(Encoding.DER)

    def client(self, upn: str) -> tuple[Path, Path]:
        """Files with a client certificate for an account, and its key."""
        encoded = upn.encode()
        other = x509.OtherName(_USER_PRINCIPAL_NAME, bytes((_UTF8_STRING, len(encoded))) + encoded)
        names = x509.SubjectAlternativeName([other])
        _, chain, key = self._issue(upn.partition("@")[0], names, ExtendedKeyUsageOID.CLIENT_AUTH)
        return chain, key

    def _issue(
        self, common_name: str, names: x509.SubjectAlternativeName, usage: ObjectIdentifier
    ) -> tuple[x509.Certificate, Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        leaf = (
            self._builder(subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(names, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        chain_file, key_file = self._folder / f"{common_name}.pem", self._folder / f"{common_name}.key"
        chain_file.write_bytes(leaf.public_bytes(Encoding.PEM))
        key_file.touch(mode=0o600)
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return leaf, chain_file, key_file

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + _AHEAD)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(issued_by, critical=False)
        )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
