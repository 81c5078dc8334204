"""One server: its services and certificates, whether it is out of service and by whom, what it still owes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from um_operator.api.meta import ObjectKey
from um_operator.observed.certificates import HostStores, ServiceName, StoredCertificate
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import ComponentFact
from um_operator.observed.rollout import ServerEntry
from um_operator.planning.rollout.service import Proof, ServiceCase
from um_operator.planning.rollout.target import Target


@dataclass(frozen=True, slots=True)
class ServerCase:
    """A server in scope.

    Attributes:
        services: by name; UM comes before UMCallRouter, which is the order of restarts (field notes 5.3).
        targets: what each of them shall serve, of those that a certificate is declared for.
        owner: the UMCertificate that looks after it, ``None`` where none does.
        proof: what counts as proof that it serves a certificate.
        component: of its call router, ``None``: it has none.
        calls: in progress on its UM service.
        domain_controllers: of its own site.
    """

    fqdn: str
    services: Mapping[ServiceName, ServiceCase]
    entry: ServerEntry
    component: Fact[ComponentFact | None]
    calls: Fact[int]
    stored: Fact[tuple[StoredCertificate, ...]]
    stores: Fact[HostStores]
    domain_controllers: tuple[str, ...] = ()
    targets: Mapping[ServiceName, Target] = field(default_factory=dict)
    owner: ObjectKey | None = None
    proof: Proof = "Wire"

    @property
    def owed(self) -> tuple[ServiceCase, ...]:
        """Return the services that have to be restarted, in their order."""
        return tuple(
            service
            for name, service in self.services.items()
            if name in self.targets and service.restart_owed(self.targets[name])
        )

    @property
    def unconfigured(self) -> tuple[ServiceCase, ...]:
        """Return the services whose mode or binding has to be written, or is not known to be."""
        return tuple(
            service
            for name, service in self.services.items()
            if name in self.targets and service.configured(self.targets[name]) is not True
        )

    def done(self, now: datetime) -> bool:
        """Whether every service is configured and READY, and nothing of ours keeps it out of service."""
        if self.entry.hold is not None or self.unconfigured or self.owed:
            return False
        targets = self.targets.items()
        return all(self.services[name].ready(target, self.proof, now) for name, target in targets)

    @property
    def stopped_by_us(self) -> bool:
        """Whether a service of it is down because we told it to stop."""
        return any(service.stopped_by_us for service in self.services.values())

    @property
    def in_hand(self) -> bool:
        """Whether its sequence has begun and is not at its end: something that we wrote is not in force."""
        return self.entry.hold is not None or any(self._begun(name) for name in self.targets)

    def _begun(self, name: ServiceName) -> bool:
        service, target = self.services[name], self.targets[name]
        open_end = service.restart_owed(target) or service.configured(target) is False
        return service.has_written(target) and open_end

    @property
    def out_of_service(self) -> str:
        """Return why it takes no calls as it should, whoever is the cause (R11); empty if it does."""
        if self.entry.hold is not None:
            return "taken out of service by the operator"
        if isinstance(self.component, Unknown):
            return self.component.message
        component = self.component.value
        if component is not None and component.state != "Active":
            return f'{component.name} is "{component.state}" by {_requesters(component)}'
        return next((why for service in self.services.values() if (why := self._silent(service))), "")

    def _silent(self, service: ServiceCase) -> str:
        """Return that a service does not answer, or is not known to; where ports are shut off, it runs."""
        answers = service.answers
        if answers is False:
            return f"{service.name} does not answer"
        if answers is None and not (self.proof == "Bound" and isinstance(service.process, Known)):
            return f"{service.name} is not known to answer: {_why(service)}"
        return ""

    @property
    def foreign(self) -> bool:
        """Whether a person keeps it out of service: not by our hold (R14)."""
        if self.entry.hold is not None or isinstance(self.component, Unknown):
            return False
        component = self.component.value
        return component is not None and component.state != "Active"

    def ours_asks(self, requester: str) -> bool:
        """Whether a requester of this name keeps its call router from being active."""
        if isinstance(self.component, Unknown) or self.component.value is None:
            return False
        return self.component.value.requested.get(requester, "Active") != "Active"

    def holds_certificate(self, thumbprint: str) -> bool | None:
        """Whether a certificate is in its store, ready for use."""
        if isinstance(self.stored, Unknown):
            return None
        return any(
            row.certificate.thumbprint == thumbprint
            and row.has_private_key is not False
            and row.status != "PendingRequest"
            for row in self.stored.value
        )

    @property
    def calls_ended(self) -> bool:
        """Whether it is known to have no call in progress."""
        return isinstance(self.calls, Known) and self.calls.value == 0


def _requesters(component: ComponentFact) -> str:
    names = [name for name, state in sorted(component.requested.items()) if state != "Active"]
    return ", ".join(f'"{name}"' for name in names) or "nobody knows whom"


def _why(service: ServiceCase) -> str:
    for fact in (service.process, service.tcp, service.tls):
        if isinstance(fact, Unknown):
            return fact.message
    return "no port answers"
