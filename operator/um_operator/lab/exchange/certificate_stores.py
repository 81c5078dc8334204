"""Which certificates each server has."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from um_operator.lab.clock import Clock

_LIFETIME = timedelta(days=5 * 365)


class CertificateStores:
    """The machine store of each server.

    Every server has the certificate that set-up made: self-signed, for the server's names, 2048 bits, bound
    to no UM service (field notes 1.8). Those share one key here: nothing is served with them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key: rsa.RSAPrivateKey | None = None
        self._stores: dict[str, list[x509.Certificate]] = {}

    def of(self, fqdn: str) -> list[x509.Certificate]:
        """The certificates of a server, by its name in lower case."""
        if fqdn not in self._stores:
            self._stores[fqdn] = [self._factory_certificate(fqdn)]
        return self._stores[fqdn]

    def _factory_certificate(self, fqdn: str) -> x509.Certificate:
        self._key = self._key or rsa.generate_private_key(65537, 2048)
        short_name = fqdn.partition(".")[0]
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, short_name)])
        names = x509.SubjectAlternativeName([x509.DNSName(short_name), x509.DNSName(fqdn)])
        began = self._clock.now() - timedelta(days=400)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after(began + _LIFETIME)
            .add_extension(names, critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
