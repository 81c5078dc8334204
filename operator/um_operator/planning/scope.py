"""What one pass reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from um_operator.api.certificate import UMCertificateSpec
from um_operator.api.gateway_trust import TrustDelivery
from um_operator.api.ip_gateway import Probe
from um_operator.api.lync_integration import LyncPermissions
from um_operator.api.meta import ObjectKey
from um_operator.api.references import CARef
from um_operator.planning.steps import SnapshotField


@dataclass(frozen=True, slots=True)
class CertificateScope:
    """A UMCertificate whose revisions are read: the numbers that still matter."""

    key: ObjectKey
    spec: UMCertificateSpec
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class GatewayScope:
    """A declared gateway: how it is tried, and who signed its certificate.

    Attributes:
        name: in Exchange; empty: of a Lync pool, which is known by its address.
        authorities: where ``trust.caRef`` has them.
        address: as declared, canonical; empty: not known.
        port: as declared.
        plans: ``name_key`` of the dial plans that it is to be linked to.
        delivery: how our CAs get onto its device; ``None``: by hand.
    """

    key: ObjectKey
    name: str
    probe: Probe = field(default_factory=Probe)
    authorities: CARef | None = None
    address: str = ""
    port: int | None = None
    plans: frozenset[str] = frozenset()
    delivery: TrustDelivery | None = None


@dataclass(frozen=True, slots=True)
class LyncScope:
    """A LyncIntegration.

    Attributes:
        pools: which are looked at, by FQDN.
        authorities: where ``trust.caRef`` has their CAs.
        permissions: how ExchUcUtil.ps1 is run, if it is.
    """

    key: ObjectKey
    pools: tuple[str, ...]
    authorities: CARef | None = None
    permissions: LyncPermissions = field(default_factory=LyncPermissions)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a pass reads.

    Attributes:
        fields: the lists; ``None``: all.
        active_calls: gateways whose calls are counted.
        certificates: those declared; without any, no server is asked for services, stores and listeners.
        gateways: those declared.
        lync: the integrations declared; without any, Lync is not read.
        secured_plans: ``name_key`` of the dial plans that are declared to be secured.
        unfinished: ``name_key`` of the servers that are down or out of service by us, so that they are asked
            whatever is declared.
        servers: ``name_key`` of the servers that are looked at; ``None``: all.
    """

    fields: frozenset[SnapshotField] | None = None
    active_calls: frozenset[str] = frozenset()
    certificates: tuple[CertificateScope, ...] = ()
    gateways: tuple[GatewayScope, ...] = ()
    lync: tuple[LyncScope, ...] = ()
    secured_plans: frozenset[str] = frozenset()
    unfinished: frozenset[str] = frozenset()
    servers: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether all lists are read."""
        return self.fields is None

    def names(self, *fields: SnapshotField) -> bool:
        """Whether any of these is read."""
        return self.fields is None or not self.fields.isdisjoint(fields)

    def looks_at(self, server: str) -> bool:
        """Whether this server (``name_key`` of its FQDN) is looked at."""
        return self.servers is None or server in self.servers
