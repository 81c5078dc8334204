"""One server: its services and certificates, whether it is out of service and by whom, what it still owes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from um_operator.api.meta import ObjectKey
from um_operator.observed.certificates import CertificateFact, HostStores, ServiceName, StoredCertificate
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, ComponentFact, HostEvent
from um_operator.observed.rollout import ServerEntry
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.rollout.target import Target


@dataclass(frozen=True, slots=True)
class ServerCase:
    """A server in scope.

    Attributes:
        services: by name; UM comes before UMCallRouter, which is the order of restarts (field notes 5.3).
        component: of its call router, ``None``: it has none.
        calls: in progress on its UM service.
        events: those that speak against a rollout (R16).
        rejected_calls: by its call router since it was started, ``None``: it has none.
        domain_controllers: of its own site.
        targets: what each of its services shall serve, of those that a certificate is declared for.
    """

    fqdn: str
    services: Mapping[ServiceName, ServiceCase]
    entry: ServerEntry
    component: Fact[ComponentFact | None]
    calls: Fact[int]
    stored: Fact[tuple[StoredCertificate, ...]]
    stores: Fact[HostStores]
    events: Fact[tuple[HostEvent, ...]]
    rejected_calls: Fact[int | None]
    domain_controllers: tuple[str, ...] = ()
    targets: Mapping[ServiceName, Target] = field(default_factory=dict)

    def wanted_by(self, owner: ObjectKey) -> ServerCase:
        """Return the server with what one UMCertificate wants of it."""
        own = {name: target for name, target in self.targets.items() if target.owner == owner}
        return self if len(own) == len(self.targets) else replace(self, targets=own)

    @property
    def leads(self) -> ObjectKey | None:
        """Return the UMCertificate that takes it out of service and returns it, for everyone."""
        owed = [self.targets[service.name] for service in self.owed]
        return next((target.owner for target in (*owed, *self.targets.values())), None)

    @property
    def owed(self) -> tuple[ServiceCase, ...]:
        """Return the services that have to be restarted, in their order."""
        return tuple(self.services[name] for name, t in self.targets.items() if self._owes(name, t))

    @property
    def served(self) -> Mapping[ServiceName, CertificateFact]:
        """Return what the services show that a certificate is wanted for, those that show one."""
        shown = {name: self.services[name].tls for name in self.targets}
        return {
            name: fact.value.leaf
            for name, fact in shown.items()
            if isinstance(fact, Known) and isinstance(fact.value, TLS)
        }

    @property
    def unconfigured(self) -> tuple[ServiceCase, ...]:
        """Return the services whose mode or binding has to be written, or is not known to be."""
        services = ((self.services[name], target) for name, target in self.targets.items())
        return tuple(service for service, target in services if service.to_be_written(target))

    def done(self, now: datetime) -> bool:
        """Whether every service is configured and READY, and nothing of ours keeps it out of service."""
        if self.entry.hold is not None or self.unconfigured or self.owed:
            return False
        return all(self.services[name].ready(target, now) for name, target in self.targets.items())

    @property
    def in_hand(self) -> bool:
        """Whether its sequence has begun and is not at its end: something that we wrote is not in force."""
        return self.entry.hold is not None or any(map(self.begun, self.targets))

    @property
    def must_finish(self) -> bool:
        """Whether it is in a state that nobody may leave it in: out of service, down, half written (R13)."""
        services = self.services.values()
        return self.entry.hold is not None or any(s.is_ours_to_start or s.is_half_written for s in services)

    @property
    def is_attended(self) -> bool:
        """Whether something is under way on it that has to be followed."""
        return self.in_hand or self.must_finish

    @property
    def read_at(self) -> Iterator[datetime]:
        """Yield when what is known of its state was read."""
        if isinstance(self.component, Known):
            yield self.component.read_at
        yield from (at for service in self.services.values() for at in service.read_at)

    def begun(self, name: ServiceName) -> bool:
        """Whether something was written for a service that is not in force yet."""
        service, target = self.services[name], self.targets[name]
        return service.in_sequence and (self._owes(name, target) or service.configured(target) is False)

    def _owes(self, name: ServiceName, target: Target) -> bool:
        return self.services[name].restart_owed(target)

    @property
    def is_drained(self) -> bool | None:
        """Whether we took it out of service, and its call router shows it."""
        hold = self.entry.hold
        if hold is None:
            return False
        if hold.component is None:
            return True
        return None if isinstance(self.component, Unknown) else self.asks_for(hold.requester)

    @property
    def unavailable(self) -> str:
        """Return why it counts against the budget: it is out of service, or its sequence is under way."""
        return self.out_of_service or ("its sequence is under way" if self.in_hand else "")

    @property
    def may_begin(self) -> bool:
        """Whether it owes something, and what that needs is in its store already."""
        if self.in_hand or not (self.unconfigured or self.owed):
            return False
        return all(
            target.mode == "TCP" or bool(target.thumbprint and self.holds_certificate(target.thumbprint))
            for target in self.targets.values()
        )

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
        target = self.targets.get(service.name)
        bound = target is not None and target.proof == "Bound"
        if answers is None and not (bound and isinstance(service.process, Known)):
            return f"{service.name} is not known to answer: {_why(service)}"
        return ""

    @property
    def foreign(self) -> bool:
        """Whether a person keeps it out of service, or stopped a service of it: not by our hold (R14)."""
        if self.entry.hold is not None:
            return False
        if any(service.is_stopped_by_others for service in self.services.values()):
            return True
        component = None if isinstance(self.component, Unknown) else self.component.value
        return component is not None and component.state != "Active"

    def asks_for(self, requester: str) -> bool:
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
