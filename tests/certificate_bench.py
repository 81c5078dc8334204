"""A bench with something to import: a small CA, its leaves, and PFX files of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from exchange_bench import SPEC, Bench
from um_operator.lab.clock import EPOCH
from um_operator.lab.exchange.builder import OrganizationSpec
from um_operator.lab.hosts.keys import shared_key
from um_operator.lab.hosts.stores import thumbprint
from um_operator.lab.powershell import SecureString
from um_operator.lab.variants import Landing, Variants

EX01, EX02 = "ex01.contoso.com", "ex02.contoso.com"
PASSWORD = SecureString("a password of the test")
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Certified:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def thumbprint(self) -> str:
        return thumbprint(self.certificate)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def pfx(self, *, aes: bool = False, chain: Sequence[x509.Certificate] = ()) -> bytes:
        """The PFX, as old hosts read it, or with AES."""
        old, new = pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, pkcs12.PBES.PBESv2SHA256AndAES256CBC
        encryption = (
            PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(1)
            .key_cert_algorithm(new if aes else old)
            .hmac_hash(hashes.SHA256() if aes else hashes.SHA1())
            .build(PASSWORD.plain.encode())
        )
        return pkcs12.serialize_key_and_certificates(None, self.key, self.certificate, chain, encryption)


def certify(
    name: str,
    by: Certified | None = None,
    *,
    authority: bool = False,
    now: datetime = EPOCH,
    lasts: timedelta = YEAR,
    public: Any = None,
) -> Certified:
    """A certificate of that CN, signed by another or by itself; its key is shared by all of its name."""
    key = shared_key(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(public or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + lasts)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(by.key if by else key, hashes.SHA256())
    )
    return Certified(certificate, key)


@cache
def root() -> Certified:
    """The root of the tests."""
    return certify("Test Root CA", authority=True, lasts=10 * YEAR)


@cache
def intermediate() -> Certified:
    """An intermediate below it."""
    return certify("Test Issuing CA", root(), authority=True, lasts=5 * YEAR)


@cache
def leaf(name: str = EX01) -> Certified:
    """A server's leaf below the intermediate."""
    return certify(name, intermediate())


class CertificateBench(Bench):
    """A bench whose sessions run on ex01."""

    def __init__(self, spec: OrganizationSpec = SPEC, variants: Variants | None = None) -> None:
        super().__init__(spec, variants or Variants(landing=Landing.DIALLED))

    def trust(self, fqdn: str = EX01) -> None:
        """Give a server the chain of the tests."""
        stores = self.organization.host(fqdn).stores
        stores.root.trust(root().certificate)
        stores.ca.trust(intermediate().certificate)

    def mode(self, mode: str = "Dual", server: str = "ex01") -> None:
        """Have both services of a server start in a mode."""
        self.done("Set-UMService", server, UMStartupMode=mode)
        self.done("Set-UMCallRouterSettings", server, UMStartupMode=mode)

    def import_leaf(self, certified: Certified | None = None, server: str = "ex01") -> str:
        """Import a leaf; its thumbprint."""
        found = certified or leaf()
        self.done("Import-ExchangeCertificate", FileData=found.pfx(), Password=PASSWORD, Server=server)
        return found.thumbprint

    def bound(self, server: str = "ex01") -> tuple[Any, Any]:
        """The thumbprints of the UM service and the call router."""
        name = "UMCertificateThumbprint"
        return (
            self.done("Get-UMService", server).row[name],
            self.done("Get-UMCallRouterSettings", server).row[name],
        )

    def thumbprints(self, server: str = "ex01") -> list[str]:
        """What Get-ExchangeCertificate shows of a server."""
        rows = self.done("Get-ExchangeCertificate", Server=server).rows
        raw = [row.properties["RawData"] for row in rows]
        return [thumbprint(x509.load_der_x509_certificate(data)) for data in raw if isinstance(data, bytes)]
