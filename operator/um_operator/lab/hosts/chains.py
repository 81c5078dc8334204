"""What a machine makes of a certificate with its own stores: the path upwards, and a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from um_operator.lab.hosts.stores import MachineStores

Status = Literal["Valid", "DateInvalid", "Untrusted"]
"""As Get-ExchangeCertificate names it."""

_LONGEST = 8


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Whether subject and issuer are one name: the end of every path."""
    return certificate.subject == certificate.issuer


def path(
    certificate: x509.Certificate, stores: MachineStores, sent: Iterable[x509.Certificate] = ()
) -> tuple[x509.Certificate, ...]:
    """The issuers of a certificate, the nearest first, as far as Root, CA and what a peer sent show them."""
    known = [
        *(entry.certificate for entry in stores.root),
        *(entry.certificate for entry in stores.ca),
        *sent,
    ]
    found: list[x509.Certificate] = []
    current = certificate
    while not is_self_issued(current) and len(found) < _LONGEST:
        issuer = next((one for one in known if _issued(one, current)), None)
        if issuer is None:
            break
        found.append(issuer)
        current = issuer
    return tuple(found)


def to_send(certificate: x509.Certificate, stores: MachineStores) -> tuple[x509.Certificate, ...]:
    """The intermediates that SChannel sends with a leaf: those of its path, without the root.

    One that is in no store of the machine is not sent (field notes SIP/TLS 0, 3).
    """
    return tuple(issuer for issuer in path(certificate, stores) if not is_self_issued(issuer))


def status(
    certificate: x509.Certificate,
    stores: MachineStores,
    now: datetime,
    sent: Iterable[x509.Certificate] = (),
) -> Status:
    """What the machine says of a certificate: in date, and on a path that ends in its Root store.

    A self-signed certificate of Exchange counts as trusted where it has its key: set-up's own is Valid in
    Get-ExchangeCertificate though it is in no Root store.
    """
    above = path(certificate, stores, sent)
    if not all(_in_date(one, now) for one in (certificate, *above)):
        return "DateInvalid"
    last = above[-1] if above else certificate
    own = stores.my.holds(certificate) if last is certificate else None
    if own is not None and own.key is not None and is_self_issued(certificate):
        return "Valid"
    return "Valid" if stores.root.holds(last) else "Untrusted"


def _in_date(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def _issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    if issuer.subject != subject.issuer:
        return False
    try:
        subject.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
