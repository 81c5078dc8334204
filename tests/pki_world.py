"""Where certificates come from in tests: Secrets in memory, a server with its store, cert-manager.

Whatever has an effect may end the process, before the effect or after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import CertificateSigningRequest

from pki_support import NOW, certificate, hierarchy, rsa_key, san
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.pki import certificates, pfx, requests
from um_operator.pki.ports import CertificateRequestState, Change, Condition, Data, IssuerReference
from um_operator.planning.asked import Asked

T = TypeVar("T")
AWAY = Unknown("EndpointUnreachable", "nobody answers", NOW)


class Crash(Exception):
    """The process ended."""


@dataclass
class Power:
    """Ends the process once, at an effect: the first one is 1."""

    at: int = 0
    after: bool = False
    effects: int = 0

    def begin(self) -> None:
        self.effects += 1
        if self.effects == self.at and not self.after:
            raise Crash

    def end(self) -> None:
        if self.effects == self.at and self.after:
            raise Crash


@dataclass
class Store:
    """Secrets in memory, each written as a whole or not at all."""

    power: Power = field(default_factory=Power)
    secrets: dict[str, dict[str, bytes]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Mapping[str, str]] = field(default_factory=dict)
    writes: int = 0

    async def secret(self, name: str) -> Data | None:
        return dict(self.secrets[name]) if name in self.secrets else None

    async def create_secret(
        self, name: str, data: Data, *, kind: str = "Opaque", labels: Mapping[str, str] | None = None
    ) -> bool:
        if name in self.secrets:
            return False
        self.kinds[name], self.labels[name] = kind, labels or {}
        self._write(name, data)
        return True

    async def update_secret(self, name: str, change: Change) -> Data | None:
        if name not in self.secrets:
            return None
        changes = change(dict(self.secrets[name]))
        if changes:
            merged: dict[str, bytes | None] = {**self.secrets[name], **changes}
            self._write(name, {key: value for key, value in merged.items() if value is not None})
        return dict(self.secrets[name])

    async def delete_secret(self, name: str) -> None:
        self.secrets.pop(name, None)

    def _write(self, name: str, data: Data) -> None:
        self.power.begin()
        self.secrets[name] = dict(data)
        self.writes += 1
        self.power.end()


@dataclass
class Keys:
    """Makes keys without taking the time: each process run makes others."""

    run: str = "made"
    count: int = 0

    async def __call__(self, size: int) -> rsa.RSAPrivateKey:
        self.count += 1
        return rsa_key(f"{self.run}-{self.count}")


@dataclass
class Server:
    """Exchange servers that share pending requests and certificates.

    ``lacking``: those without the certificates; ``away``: they do not answer.
    """

    power: Power = field(default_factory=Power)
    pending: list[bytes] = field(default_factory=list)
    friendly_names: list[str] = field(default_factory=list)
    certificates: dict[str, bytes] = field(default_factory=dict)
    lacking: frozenset[str] = frozenset()
    exportable: bool = True
    exports: int = 0
    away: bool = False

    async def stored(self, server: str) -> Fact[frozenset[str]]:
        return self._told(frozenset(map(key_of, self.pending)))

    async def make(self, server: str, asked: Asked, friendly_name: str) -> Fact[bytes]:
        if self.away:
            return AWAY
        self.power.begin()
        self.pending.append(csr_of(asked, f"{server}-{len(self.pending)}"))
        self.friendly_names.append(friendly_name)
        self.power.end()
        return Known(self.pending[-1], NOW)

    async def request(self, server: str, public_key_sha256: str) -> Fact[bytes | None]:
        return self._told({key_of(csr): csr for csr in self.pending}.get(public_key_sha256))

    async def find(self, server: str, thumbprint: str) -> Fact[bytes | None]:
        return self._told(self.certificates.get(thumbprint) if server not in self.lacking else None)

    async def export(self, server: str, thumbprint: str, password: bytes) -> Fact[bytes | None]:
        if not self.exportable:
            return self._told(None)
        self.exports += 1
        chain = (self.certificates[thumbprint], hierarchy().intermediate)
        profile = pfx.Profile.LEGACY_3DES
        return self._told(pfx.export(profile, rsa_key(), chain, friendly_name="x", password=password))

    def _told(self, value: T) -> Fact[T]:
        return AWAY if self.away else Known(value, NOW)


@dataclass
class CertManager:
    """cert-manager with an issuer that signs what it is told to; ``away``: the API server does not answer."""

    power: Power = field(default_factory=Power)
    requests: dict[str, CertificateRequestState] = field(default_factory=dict)
    asked: dict[str, dict[str, object]] = field(default_factory=dict)
    away: bool = False

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
        if self.away:
            return AWAY
        if name in self.requests:
            return Known(False, NOW)
        self.power.begin()
        self.requests[name] = CertificateRequestState(csr)
        self.asked[name] = {"issuer": issuer, "duration": duration, "usages": usages, "labels": labels}
        self.power.end()
        return Known(True, NOW)

    async def read(self, name: str) -> Fact[CertificateRequestState | None]:
        return AWAY if self.away else Known(self.requests.get(name), NOW)

    def say(self, type: str, status: str = "True", reason: str = "", message: str = "") -> None:  # noqa: A002
        """Set a condition of every request."""
        for name, state in self.requests.items():
            assert status in {"True", "False"}
            condition = Condition("True" if status == "True" else "False", reason, message)
            self.requests[name] = replace(state, conditions={**state.conditions, type: condition})

    def sign(self) -> None:
        """Issue what is asked for."""
        for name, state in self.requests.items():
            chain = certificates.to_pem([signed(state.csr), hierarchy().intermediate])
            root = certificates.to_pem([hierarchy().root])
            self.requests[name] = replace(state, certificate=chain, ca=root)
        self.say("Ready", reason="Issued")


def csr_of(asked: Asked, key: str) -> bytes:
    """A request as a server would make it."""
    return requests.to_pem(requests.make(asked, rsa_key(key)))


def key_of(csr: bytes) -> str:
    """The SHA-256 of the public key of a request."""
    return requests.public_key_sha256(requests.read(csr))


def signed(csr: bytes, *names: str) -> bytes:
    """What a CA makes of a request: all its names, or those given."""
    request: CertificateSigningRequest = requests.read(csr)
    return certificate(
        public_key=request.public_key(),
        issuer="Issuing",
        signed_with=rsa_key("issuing"),
        extensions=[san(*(names or sorted(requests.names_of(request))))],
    )
