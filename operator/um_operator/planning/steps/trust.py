"""Steps by which peers and servers get to know whom to trust (R5, R7). They only add."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, TypeAlias

from typing_extensions import override

from um_operator.planning.steps import subjects
from um_operator.planning.steps.base import BaseStep, SnapshotField
from um_operator.planning.steps.certificate import ServerStep

SHOWN = 8
"""How many digits of a SHA-256 a sentence shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAuthorities(BaseStep):
    """Add the CAs of a revision to the ConfigMap from which peers get them.

    Attributes:
        config_map: its name.
        revision: number of the newest revision.
        certificates: names of the issued revisions that have the CAs.
        missing: SHA-256 of the CAs that it lacks; none are known before the certificate is issued.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"revisions"})
    deadline: ClassVar[timedelta] = timedelta(seconds=60)
    config_map: str
    revision: int
    certificates: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    @override
    def subject(self) -> str:
        return subjects.of_config_map(self.config_map)

    @property
    @override
    def want(self) -> object:
        return {"publishes": f"{self.owner.name}/{self.revision}"}

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Publish in ConfigMap "{self.config_map}" whom peers have to trust '
            f'for revision "{self.revision}" of certificate "{self.owner.name}".'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustGateway(ServerStep):
    """Add the CAs of a gateway's certificate to a server's stores: roots to Root, others to CA (R5).

    Attributes:
        gateway: its name in Exchange.
        authorities: SHA-256 of all that its manifest names, so that an approval is for these and no others.
        missing: SHA-256 of those that the server lacks.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"hosts", "stores"})
    gateway: str
    authorities: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    @override
    def subject(self) -> str:
        return subjects.of_gateway_in_stores(self.server, self.gateway)

    @property
    @override
    def want(self) -> object:
        return {"trusted": list(self.authorities)}

    @property
    @override
    def sentence(self) -> str:
        names = ", ".join(f'"{sha256[:SHOWN]}"' for sha256 in self.authorities)
        return f'Add CAs of gateway "{self.gateway}" to the stores of "{self.server}": {names}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverTrust(BaseStep):
    """Bring CAs to the device of a gateway, beside those that it has, and read them back (R7, R24).

    Attributes:
        gateway: its name in Exchange.
        endpoint: its management.
        config_map: which has the CAs.
        revision: the newest revision that has them.
        missing: SHA-256 of the CAs that the device lacks; none are known before the certificate is issued.
        generation: of the gateway's spec; no part of what makes it this step.
        procedure: what is done, a line each: an approval is for these commands, at this place, and no others.
        protected: listeners that must not be lost.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"revisions", "deliveries"})
    deadline: ClassVar[timedelta] = timedelta(seconds=180)
    gateway: str
    endpoint: str
    config_map: str
    revision: str
    missing: tuple[str, ...] = ()
    generation: int = 0
    procedure: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()

    @property
    @override
    def subject(self) -> str:
        return subjects.of_device(self.gateway, self.config_map)

    @property
    @override
    def want(self) -> object:
        return {
            "trusts": self.revision,
            "endpoint": self.endpoint,
            "procedure": list(self.procedure),
            "protects": list(self.protected),
        }

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Bring the CAs of revision "{self.revision}" to the device of gateway "{self.gateway}", '
            f'"{self.endpoint}".'
        )


TrustStep: TypeAlias = PublishAuthorities | TrustGateway | DeliverTrust
