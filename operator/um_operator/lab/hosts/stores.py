"""The certificate stores of a machine: My with keys, Root and CA without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-1 of the DER in 40 upper-case hex digits: the name that Windows gives a certificate."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - a name, no proof


@dataclass(frozen=True, slots=True, eq=False)
class StoredCertificate:
    """One certificate in a store.

    Attributes:
        certificate: what is public of it.
        key: the machine's private key for it; None without one.
        exportable: whether the key may leave the machine.
        friendly_name: as an administrator reads it.
        thumbprint: its name.
    """

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | None = field(default=None, repr=False)
    exportable: bool = False
    friendly_name: str = ""
    thumbprint: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "thumbprint", thumbprint(self.certificate))


@dataclass(frozen=True, slots=True, eq=False)
class PendingRequest:
    """A request that the machine has made, and the stand-in that holds its key and shows in its place."""

    request: x509.CertificateSigningRequest
    stand_in: StoredCertificate

    def is_answered_by(self, certificate: x509.Certificate) -> bool:
        """Whether a certificate is for this request's key."""
        return _public_key(certificate) == _public_key(self.request)


def _public_key(holder: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class CertificateStore:
    """One store, in the order in which certificates came in.

    Attributes:
        version: changes with every change of the store.
    """

    def __init__(self, certificates: Iterable[StoredCertificate] = ()) -> None:
        self.version = 0
        self._entries = {entry.thumbprint: entry for entry in certificates}

    def __iter__(self) -> Iterator[StoredCertificate]:
        return iter(tuple(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, thumbprint: str | None) -> StoredCertificate | None:
        """The certificate of a thumbprint, compared as Windows does: without case and blanks."""
        return self._entries.get((thumbprint or "").replace(" ", "").upper())

    def holds(self, certificate: x509.Certificate) -> StoredCertificate | None:
        """The entry of a certificate, if it is in here."""
        return self._entries.get(thumbprint(certificate))

    def add(self, entry: StoredCertificate) -> None:
        """Put a certificate in; one of the same thumbprint is replaced in its place."""
        self._entries[entry.thumbprint] = entry
        self.version += 1

    def trust(self, certificate: x509.Certificate) -> StoredCertificate:
        """Put a certificate in without a key, as Root and CA hold them."""
        entry = StoredCertificate(certificate)
        self.add(entry)
        return entry

    def remove(self, thumbprint: str) -> StoredCertificate | None:
        """Take a certificate out; None if it was not there."""
        if (entry := self.find(thumbprint)) is not None:
            del self._entries[entry.thumbprint]
            self.version += 1
        return entry


@dataclass
class MachineStores:
    """The stores of a machine that Unified Messaging has to do with.

    Attributes:
        my: own certificates, most of them with a key.
        root: the roots that the machine trusts.
        ca: intermediates, for building chains and for sending its own.
        requests: requests without an answer yet, by the thumbprint under which they show.
    """

    my: CertificateStore = field(default_factory=CertificateStore)
    root: CertificateStore = field(default_factory=CertificateStore)
    ca: CertificateStore = field(default_factory=CertificateStore)
    requests: dict[str, PendingRequest] = field(default_factory=dict)

    @property
    def version(self) -> tuple[int, int, int]:
        """Changes with every change of any of them."""
        return self.my.version, self.root.version, self.ca.version
