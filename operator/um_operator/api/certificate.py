"""UMCertificate: which certificate the UM services of which servers serve, and how it stays in date."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.certificate_subject import CommonName, DnsName, Subject
from um_operator.api.durations import Between, Duration
from um_operator.api.issuers import Issuer
from um_operator.api.meta import ObjectKey, Resource
from um_operator.api.model import ListOf, Model, at_most, computed, source
from um_operator.api.owned import OwnedSpec
from um_operator.api.strings import ServerPattern

SELF_SIGNED_DURATION: Final = timedelta(hours=43800)
"""What a self-signed certificate lasts by default: 5 years, for each renewal has to be trusted anew (R6)."""
ISSUED_DURATION: Final = timedelta(hours=8760)
"""What any other certificate is asked for by default: one year."""

UMServiceName: TypeAlias = Literal["UM", "UMCallRouter"]
"""A service as ``Enable-ExchangeCertificate -Services`` names it."""

STARTUP_MODE: Final = source("cmdlet pages Set-UMService and Set-UMCallRouterSettings")


class PrivateKey(Model):
    """The key pair of each certificate: RSA, the only one that Exchange and Lync take."""

    source: Literal["Operator", "Exchange"] = "Operator"
    """Who makes it. Operator: it is in a Secret and is tried at every gateway before it is used. Exchange: it
    never leaves its server, and no gateway that asks for a certificate can be tried."""
    size: Literal[2048, 4096] = 2048
    """Its length in bits."""
    rotation_policy: Literal["Always", "Never"] = "Always"
    """Whether each renewal gets a new key, or the key stays."""
    pfx_profile: Literal["Legacy3DES", "AES256"] = "Legacy3DES"
    """How the PFX is encrypted in which it is imported; Windows Server 2016 and older cannot read AES256."""


class CertificateServers(Model):
    """Which servers get the certificate."""

    include: Annotated[ListOf[ServerPattern], at_most(256)] = ()
    """Only these, when the list is not empty."""
    exclude: Annotated[ListOf[ServerPattern], at_most(256)] = ()
    """None of these; what they serve stays as it is."""


class Retirement(Model):
    """What becomes of a certificate that no service uses any more; only what the operator imported."""

    policy: Literal["Remove", "Keep"] = "Remove"
    """Whether it is removed from the servers' stores."""
    after: Annotated[Duration, Between("1h", "8760h")] = timedelta(hours=168)
    """How long it stays after the last service was seen to use another one: the way back."""


class CertificateContent(Model):
    """What is asked of an issuer; a change of it is a new certificate."""

    issuer: Issuer
    """Who issues."""
    scope: Literal["PerServer", "Shared"] = "PerServer"
    """PerServer: each server has its own, with its FQDN as common name, which is what Lync demands. Shared:
    one for all; secret and existing are shared."""
    common_name: CommonName | None = None
    """The subject's common name and the first DNS name of a shared certificate. No wildcard: Lync and UM know
    each other by it."""
    dns_names: Annotated[ListOf[DnsName], at_most(64)] = ()
    """DNS names that every certificate has beside its common name."""
    subject: Subject = Subject()
    """What the subject says besides the common name."""
    duration: Annotated[
        Annotated[Duration, Between("24h", "87600h")] | None, computed("8760h, for selfSigned 43800h")
    ] = None
    """How long a certificate is asked for; the issuer may shorten it."""
    private_key: PrivateKey = PrivateKey()
    """The key pair of each certificate."""


class CertificateDeployment(Model):
    """Where certificates are used, how services listen, and when they are renewed and retired."""

    renew_before: Annotated[
        Annotated[Duration, Between("1h", "43800h")] | None, computed("the last third of its life")
    ] = None
    """How long before its end a certificate is renewed. A window has to fit in."""
    renew_before_percentage: Annotated[int, Field(ge=1, le=99)] | None = None
    """The same as a part of the certificate's life, in percent: 25 renews in its last quarter."""
    services: Annotated[ListOf[UMServiceName], at_most(2, at_least=1)] = ("UM", "UMCallRouter")
    """Which services use it. One that is taken off the list stays bound: Exchange cannot unbind."""
    startup_mode: Annotated[Literal["Dual", "TLS", "TCP"], STARTUP_MODE] = "Dual"
    """What the services listen for: both; TLS only, once no dial plan is Unsecured; or plain SIP only, which
    is the way back (R19)."""
    proof: Literal["Wire", "Bound"] = "Wire"
    """What proves that a server serves it: a TLS handshake from here, or, where its ports cannot be reached,
    that it is bound and the service was started since (R4)."""
    servers: CertificateServers = CertificateServers()
    """Which servers get it, of those that the organisation counts."""
    retire: Retirement = Retirement()
    """What becomes of a certificate that no service uses any more."""


class UMCertificateSpec(CertificateDeployment, CertificateContent, OwnedSpec):
    """What is wanted of the certificates of UM services."""

    @property
    def asked_duration(self) -> timedelta:
        """Return how long a certificate is asked for."""
        default = ISSUED_DURATION if self.issuer.self_signed is None else SELF_SIGNED_DURATION
        return self.duration or default


class UMCertificate(Resource):
    """The certificates that UM services serve."""

    kind: Literal["UMCertificate"] = "UMCertificate"
    """The kind."""
    spec: UMCertificateSpec
    """What is wanted."""
    status: UMCertificateStatus = Field(default=UMCertificateStatus(), exclude=True)
    """What is: written by the operator."""

    @property
    def key(self) -> ObjectKey:
        """Return the key by which the operator knows the resource."""
        return ObjectKey(self.kind, self.metadata.name)
