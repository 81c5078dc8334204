"""Facts about certificates: what a DER shows, what a server's store holds, how far a revision has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from um_operator.observed.values import name_key

ServiceName: TypeAlias = Literal["UM", "UMCallRouter"]
"""A service as ``Enable-ExchangeCertificate -Services`` names it."""


@dataclass(frozen=True, slots=True)
class CertificateFact:
    """What the bytes of a certificate show; nothing in it needs the key or a server.

    Attributes:
        thumbprint: SHA-1 of the DER, 40 upper-case hex digits, as Windows names a certificate.
        sha256: SHA-256 of the DER, lower-case hex.
        subject: RFC 4514.
        common_name: the last CN of the subject, ``None`` if it has none.
        dns_names: DNS names of the SAN, in lower case, in the certificate's order.
        issuer: RFC 4514.
        key_algorithm: such as ``RSA`` or ``EC``.
        key_size: in bits; 0 where the algorithm has no such number.
        public_key_sha256: of the DER of SubjectPublicKeyInfo: a request and its certificate share it.
        signature_hash: such as ``sha256``; empty where the signature names none.
        self_issued: whether subject and issuer are the same name.
        extended_key_usages: short names such as ``serverAuth``, others as dotted OID; empty if it has none.
        is_ca: whether its basic constraints say so.
    """

    thumbprint: str
    sha256: str
    subject: str
    common_name: str | None
    dns_names: tuple[str, ...]
    issuer: str
    serial_number: str
    not_before: datetime
    not_after: datetime
    key_algorithm: str
    key_size: int
    public_key_sha256: str
    signature_hash: str
    self_issued: bool
    extended_key_usages: frozenset[str]
    is_ca: bool

    def valid_at(self, instant: datetime) -> bool:
        """Whether ``instant`` lies within its dates."""
        return self.not_before <= instant < self.not_after


CertificateStatus: TypeAlias = Literal[
    "DateInvalid",
    "Invalid",
    "PendingRequest",
    "RevocationCheckFailure",
    "Revoked",
    "Unknown",
    "Untrusted",
    "Valid",
]


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A certificate in a server's machine store (Get-ExchangeCertificate).

    ``status`` and ``has_private_key`` are ``None`` where remoting shows the bytes only (field notes 1.5).
    """

    certificate: CertificateFact
    status: CertificateStatus | None = None
    has_private_key: bool | None = None


@dataclass(frozen=True, slots=True)
class HostStores:
    """What a host itself trusts: SHA-256 of the certificates in its machine stores Root and CA."""

    roots: frozenset[str]
    intermediates: frozenset[str]


RevisionState: TypeAlias = Literal["Requested", "Pending", "Issued", "Denied"]
"""Requested: key and request are stored. Pending: submitted, no answer yet."""


@dataclass(frozen=True, slots=True)
class RevisionFact:
    """The public half of one revision of a UMCertificate, for one server or shared by all.

    Attributes:
        number: counts up from 1 over all servers of the UMCertificate.
        server: FQDN in lower case; ``None`` when shared.
        secret: name of the Secret that holds it.
        spec_hash: of what the spec asked of a certificate when the revision was made.
        request_id: what the issuer calls it, once submitted.
        public_key_sha256: of the request.
        leaf: once issued; ``None`` before.
        chain: the issuers of the leaf, the nearest first, the root last if it is known.
        reason: why it was denied, or what is wrong with the answer so far, in one word.
        message: why it was denied, or what it waits for.
        answered_at: when the issuer's last answer came.
        existing: whether it was on a server before, so that it is not ours to remove.
        csr: the request in PEM, as long as it waits for an answer.
    """

    number: int
    server: str | None
    secret: str
    state: RevisionState
    spec_hash: str
    request_id: str | None = None
    public_key_sha256: str | None = None
    leaf: CertificateFact | None = None
    chain: tuple[CertificateFact, ...] = ()
    reason: str = ""
    message: str = ""
    answered_at: datetime | None = None
    csr: str = ""
    existing: bool = False

    def is_for(self, server: str) -> bool:
        """Whether it is the revision of a server (FQDN), or shared by all."""
        return self.server is None or name_key(self.server) == name_key(server)
