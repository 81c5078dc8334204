"""What issuing needs of the world, as Protocols; adapters above and beside satisfy them by shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from cryptography.hazmat.primitives.asymmetric import rsa

from um_operator.observed.fact import Fact, Unknown
from um_operator.observed.revision import Revision
from um_operator.planning.asked import Asked

KeyMaker: TypeAlias = Callable[[int], Awaitable[rsa.RSAPrivateKey]]
"""Makes an RSA key of so many bits; ``keys.generate`` in a thread."""

Data: TypeAlias = Mapping[str, bytes]
"""What a Secret holds, by key."""
Change: TypeAlias = Callable[[Data], Mapping[str, bytes | None]]
"""From what a Secret holds to what is to be set in it; ``None`` removes a key, nothing writes nothing."""


class SecretStore(Protocol):
    """The part of the engine's Secrets that keeps revisions. Every call may raise the engine's PortError."""

    async def secret(self, name: str) -> Data | None:
        """Return a Secret's data, ``None`` if there is no such Secret."""

    async def create_secret(
        self, name: str, data: Data, *, kind: str = "Opaque", labels: Mapping[str, str] | None = None
    ) -> bool:
        """Make a Secret and return whether it was made: one of that name is left as it is."""

    async def update_secret(self, name: str, change: Change) -> Data | None:
        """Merge what ``change`` makes of a Secret; return what it holds then, ``None`` if it is gone."""

    async def delete_secret(self, name: str) -> None:
        """Remove a Secret, if it is there."""


@dataclass(frozen=True, slots=True)
class Request:
    """One revision, as an issuer is asked for it.

    Attributes:
        revision: which one.
        asked: what is asked of the certificate.
        at: when it was first asked; the dates of what is signed here follow from it.
        csr: the request, PEM; empty where the issuer takes none.
    """

    revision: Revision
    asked: Asked
    at: datetime
    csr: bytes = b""


@dataclass(frozen=True, slots=True)
class Pending:
    """The issuer has the request and no answer yet.

    Attributes:
        request_id: how it calls the request.
        message: what is waited for.
        reason: what the answer that is there lacks, one CamelCase word; empty if there is none.
    """

    request_id: str
    message: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """The issuer's answer, not checked yet.

    Attributes:
        certificates: DER, in any order, the leaf and what else came with it.
        key: the private key where it came with the certificate.
        message: what else is to be said.
    """

    certificates: tuple[bytes, ...]
    key: rsa.RSAPrivateKey | None = field(default=None, repr=False)
    message: str = ""


@dataclass(frozen=True, slots=True)
class Denied:
    """There will be no certificate for this request. ``reason``: one CamelCase word."""

    reason: str
    message: str


Answer: TypeAlias = Pending | Issued | Denied | Unknown
"""Unknown: the issuer could not be asked, or it is not clear whether the request reached it: ask again."""


class Issuer(Protocol):
    """One kind of issuer. Calls end within a deadline; what an issuer says is an answer, never an exception.

    To submit a revision again, after a crash, gives no second certificate where the issuer can tell.
    """

    @property
    def takes_requests(self) -> bool:
        """Whether it signs a request of ours; else the certificate comes with its key, from elsewhere."""

    async def submit(self, request: Request, /) -> Answer:
        """Hand a request over."""

    async def poll(self, request: Request, request_id: str, /) -> Answer:
        """Ask what became of a request that is pending."""


class ServerKeys(Protocol):
    """Keys that a server makes and keeps (New-ExchangeCertificate -GenerateRequest)."""

    async def stored(self, server: str) -> Fact[frozenset[str]]:
        """Return the SHA-256 of each public key in a server's store, those of pending requests included.

        They are told from RawData: of SubjectPublicKeyInfo in DER, as CertificateFact has it.
        """

    async def make(self, server: str, asked: Asked, friendly_name: str) -> Fact[bytes]:
        """Have a server make a key and return its request, PEM or DER; never repeated when it is unclear."""

    async def request(self, server: str, public_key_sha256: str) -> Fact[bytes | None]:
        """Return the request that is pending on a server for a key, PEM or DER; ``None``: there is none."""


class ServerCertificates(Protocol):
    """Certificates that a server has already."""

    async def find(self, server: str, thumbprint: str) -> Fact[bytes | None]:
        """Return a certificate of a server's store as DER (RawData), ``None`` if it is not there.

        One that is shown to lack its private key, or to be a request that waits for its answer, is not there.
        """

    async def export(self, server: str, thumbprint: str, password: bytes) -> Fact[bytes | None]:
        """Return it with its key as a PFX under a password, ``None`` if the key is not exportable."""


class ServerStores(ServerKeys, ServerCertificates, Protocol):
    """What issuers need of the stores of servers."""


ConditionStatus: TypeAlias = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a CertificateRequest."""

    status: ConditionStatus
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class CertificateRequestState:
    """A CertificateRequest of cert-manager: what it asks, and how far it has come.

    Attributes:
        csr: PEM.
        conditions: by type: Ready, Approved, Denied, InvalidRequest.
        certificate: PEM, the leaf and its intermediates; empty before it is issued.
        ca: PEM of the root, as far as the issuer tells; empty if not.
    """

    csr: bytes
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    certificate: bytes = b""
    ca: bytes = b""


class CertificateRequests(Protocol):
    """cert-manager's CertificateRequests of one namespace."""

    async def create(
        self,
        name: str,
        *,
        csr: bytes,
        issuer: IssuerReference,
        duration: str,
        usages: tuple[str, ...],
        labels: Mapping[str, str],
    ) -> Fact[bool]:
        """Make one and return whether it was made: one of that name is left as it is."""

    async def read(self, name: str) -> Fact[CertificateRequestState | None]:
        """Return one, ``None`` if it is not there."""


@dataclass(frozen=True, slots=True)
class IssuerReference:
    """An issuer of cert-manager."""

    name: str
    kind: str = "Issuer"
    group: str = "cert-manager.io"
