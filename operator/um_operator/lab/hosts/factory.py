"""The certificate that Exchange's set-up makes on every server (field notes 1.8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from um_operator.lab.hosts.keys import shared_key
from um_operator.lab.hosts.stores import StoredCertificate

LIFETIME = timedelta(days=5 * 365)
FRIENDLY_NAME = "Microsoft Exchange"
AGE = timedelta(days=400)
"""How old an estate is when it begins."""


def factory_certificate(fqdn: str, now: datetime) -> StoredCertificate:
    """Self-signed, for the server's names, 2048 bits, serverAuth only, its key not exportable.

    All of a process share one key, and estates of one day the certificates: making them takes its time.
    """
    return _made_on(fqdn, now.date() - AGE)


@lru_cache(maxsize=1024)
def _made_on(fqdn: str, day: date) -> StoredCertificate:
    key = shared_key("Exchange set-up")
    short_name = fqdn.partition(".")[0]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, short_name)])
    names = x509.SubjectAlternativeName([x509.DNSName(short_name), x509.DNSName(fqdn)])
    began = datetime(day.year, day.month, day.day, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + LIFETIME)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return StoredCertificate(certificate, key, friendly_name=FRIENDLY_NAME)
