"""A pure model of servers and of an issuer: what each step of a certificate does to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rollout_machine import CALL_ROUTER, PORTS, Machine, Process, asked, leaf
from um_operator.observed.certificates import (
    CertificateFact,
    CertificateStatus,
    HostStores,
    RevisionFact,
    StoredCertificate,
)
from um_operator.observed.exchange import Binding, CallRouterFact, StartupMode, UMServiceFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import (
    TLS,
    Closed,
    ComponentFact,
    HostFacts,
    Listener,
    Plain,
    ServiceFact,
    ServiceStatus,
)
from um_operator.planning.steps import (
    WINDOWS_SERVICES,
    ActivateServer,
    ConfigureService,
    DeliverTrust,
    DrainServer,
    ImportCertificate,
    InstallChain,
    PublishAuthorities,
    RemoveCertificate,
    RequestCertificate,
    RestartService,
    ServerStep,
    TrustGateway,
)


@dataclass(frozen=True)
class Servers:
    """Servers and an issuer that answers at once.

    Attributes:
        leaves: every certificate made, by thumbprint.
        issues: whether the issuer answers.
        denies: servers whose certificates it denies, ``None`` for one that all share.
        asked: what the next certificates are like, other than usual.
    """

    machines: Mapping[str, Machine]
    revisions: tuple[RevisionFact, ...] = ()
    leaves: Mapping[str, CertificateFact] = field(default_factory=dict)
    root: CertificateFact | None = None
    issues: bool = True
    denies: frozenset[str | None] = frozenset()
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def starts(self) -> int:
        """Return how often a service was told to start, by anyone."""
        return sum(machine.starts for machine in self.machines.values())

    def after(self, step: Any, now: datetime) -> Servers:
        """Return the servers after a step."""
        match step:
            case RequestCertificate():
                return self._requested(step, now)
            case PublishAuthorities() | DeliverTrust():
                return self
            case ServerStep(server=server):
                machine = self._changed(step, self.machines[server], now)
                return replace(self, machines={**self.machines, server: machine})
            case _:
                raise AssertionError(f"no such step: {step}")

    def _requested(self, step: RequestCertificate, now: datetime) -> Servers:
        secret = step.certificate.replace("/", "-")
        others = tuple(revision for revision in self.revisions if revision.secret != secret)
        made = leaf(step.certificate, step.server or "um.contoso.com", now, **self.asked)
        fact = RevisionFact(step.revision, step.server, secret, "Pending", step.asked)
        if step.server in self.denies:
            fact = replace(fact, state="Denied", message="the template is not for servers", answered_at=now)
        elif self.issues:
            chain = (self.root,) if self.root else ()
            fact = replace(fact, state="Issued", leaf=made, chain=chain, answered_at=now)
        return replace(self, revisions=(*others, fact), leaves={**self.leaves, made.thumbprint: made})

    def _changed(self, step: ServerStep, machine: Machine, now: datetime) -> Machine:
        match step:
            case TrustGateway(missing=missing):
                return replace(machine, roots=machine.roots | set(missing))
            case ImportCertificate() | InstallChain() | RemoveCertificate():
                return self._stored(step, machine, now)
            case ConfigureService(service=service):
                assert step.mode == "TCP" or step.thumbprint in machine.store, "bound before it was imported"
                return machine.written(service, step.mode, step.thumbprint or machine.bound[service])
            case DrainServer() | ActivateServer():
                return asked(step, machine)
            case RestartService(phase="Stop", service=service):
                return replace(machine, processes={**machine.processes, service: None})
            case RestartService(service=service):
                return machine.started(service, now)
        raise AssertionError(f"no such step: {step.sentence}")

    def _stored(
        self, step: ImportCertificate | InstallChain | RemoveCertificate, machine: Machine, now: datetime
    ) -> Machine:
        match step:
            case ImportCertificate(certificate=name):
                thumbprint = leaf(name, machine.fqdn, now).thumbprint
                return replace(machine, store=machine.store | {thumbprint})
            case InstallChain(missing=missing):
                return replace(machine, roots=machine.roots | set(missing))
            case RemoveCertificate(thumbprint=thumbprint):
                return replace(machine, store=machine.store - {thumbprint})

    def um_services(self, at: datetime) -> Mapping[str, Fact[UMServiceFact]]:
        """Return what Get-UMService shows."""
        return {
            machine.fqdn: Known(self._um(machine, *machine.shown("UM")), at)
            for machine in self.machines.values()
            if "UM" in machine.services
        }

    def call_routers(self, at: datetime) -> Mapping[str, Fact[CallRouterFact]]:
        """Return what Get-UMCallRouterSettings shows."""
        return {
            machine.fqdn: Known(self._router(machine, *machine.shown(CALL_ROUTER)), at)
            for machine in self.machines.values()
            if "UMCallRouter" in machine.services
        }

    def certificates(self, at: datetime) -> Mapping[str, Fact[tuple[StoredCertificate, ...]]]:
        """Return what Get-ExchangeCertificate shows, which asks the server itself."""
        return {
            machine.fqdn: _unreached(machine, at) if machine.down else Known(self._stores(machine), at)
            for machine in self.machines.values()
        }

    def _stores(self, machine: Machine) -> tuple[StoredCertificate, ...]:
        says: CertificateStatus | None = "Valid" if machine.says_valid else None
        return tuple(StoredCertificate(self.leaves[thumbprint], says) for thumbprint in sorted(machine.store))

    def hosts(self, at: datetime) -> Mapping[str, HostFacts]:
        """Return what each server shows of itself."""
        machines = self.machines.values()
        return {machine.fqdn: self._host(machine, machine.looked_at or at) for machine in machines}

    def _host(self, machine: Machine, at: datetime) -> HostFacts:
        nothing = _unreached(machine, at)
        if machine.down:
            return HostFacts({}, nothing, nothing, {}, nothing, nothing, nothing, nothing, nothing)
        services: dict[str, Fact[ServiceFact]] = {}
        listeners: dict[int, Fact[Listener]] = {}
        for name in machine.services:
            process, windows = machine.processes[name], WINDOWS_SERVICES[name]
            running: ServiceStatus = "StopPending" if name in machine.stopping else "Running"
            status = (
                ServiceFact(windows, running, process.start) if process else ServiceFact(windows, "Stopped")
            )
            services[windows] = Known(status, at)
            tcp, tls = PORTS[name]
            listening = None if name in machine.warming else process
            listeners[tcp] = Known(self._plain(listening, machine.status), at)
            listeners[tls] = Known(self._tls(listening, machine.status), at)
        if machine.blocked:
            listeners = {port: Unknown("NotRead", "the port is filtered", at) for port in listeners}
        has_um, has_router = "UM" in machine.services, "UMCallRouter" in machine.services
        return HostFacts(
            services=services,
            component=nothing
            if machine.unreadable
            else Known(self._component(machine) if has_router else None, at),
            calls=Known(machine.calls, at) if machine.calls is not None else nothing,
            listeners=listeners,
            um_service=nothing
            if machine.own_view_unread
            else Known(self._um(machine, *machine.arrived("UM")) if has_um else None, at),
            call_router=nothing
            if machine.own_view_unread
            else Known(self._router(machine, *machine.arrived(CALL_ROUTER)) if has_router else None, at),
            stores=nothing if machine.stores_unread else Known(HostStores(machine.roots, frozenset()), at),
            events=Known(machine.events, at),
            rejected_calls=Known(machine.rejected_calls if has_router else None, at),
        )

    def _component(self, machine: Machine) -> ComponentFact:
        worst: Any = next(iter(machine.requests.values()), "Active")
        requests: Any = {**machine.requests, "HealthAPI": "Active"}
        return ComponentFact(CALL_ROUTER, worst, requests)

    def _plain(self, process: Process | None, status: int) -> Listener:
        return Closed() if process is None or process.mode == "TLS" else Plain(status)

    def _tls(self, process: Process | None, status: int) -> Listener:
        if process is None or process.thumbprint is None:
            return Closed()
        return TLS(self.leaves[process.thumbprint], status=status)

    def _um(self, machine: Machine, mode: StartupMode, bound: str | None) -> UMServiceFact:
        return UMServiceFact(machine.fqdn, mode, frozenset(), Binding(bound))

    def _router(self, machine: Machine, mode: StartupMode, bound: str | None) -> CallRouterFact:
        return CallRouterFact(machine.fqdn, mode, *PORTS[CALL_ROUTER], frozenset(), Binding(bound))


def _unreached(machine: Machine, at: datetime) -> Unknown:
    return Unknown("EndpointUnreachable", f'"{machine.fqdn}" does not answer', at)
