"""What is read of one organisation with certificates, and what is planned for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from manifests_support import organization
from model_estate import plan_fact
from planning_support import NOW
from rollout_machine import Machine, leaf
from rollout_model import Servers
from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.desired.organization import DesiredOrganization
from um_operator.desired.resolve import resolve
from um_operator.desired.resources import Resources
from um_operator.observed.certificates import CertificateFact, RevisionFact
from um_operator.observed.deliveries import DeliveryFact
from um_operator.observed.exchange import (
    DialPlanFact,
    GatewayFact,
    HuntGroupFact,
    OrganizationFact,
    ServerFact,
)
from um_operator.observed.fact import Fact, Known
from um_operator.observed.ledger import Ledger
from um_operator.observed.peers import PeerKey, PeerLook
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.approval import Approval
from um_operator.planning.order import EDGES
from um_operator.planning.plan import Plan, PlannedStep
from um_operator.planning.planner import make_plan

UM = ObjectKey("UMCertificate", "um")


@dataclass(frozen=True)
class Reading:
    """Everything that a plan of certificates is made of, and the plan."""

    servers: Servers
    resources: tuple[Any, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    now: datetime = NOW
    owner: ExchangeOrganization = field(default_factory=lambda: organization(mode="Enforce"))
    plans: tuple[DialPlanFact, ...] = (plan_fact("pbx"),)
    gateways: tuple[GatewayFact, ...] = ()
    groups: tuple[HuntGroupFact, ...] = ()
    edges: tuple[Any, ...] = EDGES
    secrets: frozenset[str] | None = None
    approval: Approval = field(default_factory=Approval)
    peers: Mapping[PeerKey, Fact[PeerLook]] = field(default_factory=dict)
    authorities: Mapping[ObjectKey, Fact[tuple[CertificateFact, ...]]] = field(default_factory=dict)
    bundles: Mapping[ObjectKey, Fact[frozenset[str]]] = field(default_factory=dict)
    deliveries: Mapping[ObjectKey, Fact[DeliveryFact]] = field(default_factory=dict)
    interrupting_from: datetime | None = None

    @cached_property
    def desired(self) -> DesiredOrganization:
        """Return what is declared."""
        resources = Resources.of([self.owner, *self.resources], secrets=self.secrets)
        return replace(resolve(resources, self.owner), interrupting_from=self.interrupting_from)

    @cached_property
    def snapshot(self) -> Snapshot:
        """Return everything as read now."""
        at = self.now
        rows = {
            machine.fqdn: ServerFact(
                machine.fqdn,
                "Berlin",
                (15, 1, 2507, 6) if len(machine.services) == 2 else (15, 0, 1497, 2),
                frozenset({"Mailbox" if "UM" in machine.services else "ClientAccess"}),
                ("dc01.contoso.com",),
            )
            for machine in self.servers.machines.values()
        }
        return Snapshot(
            organization=Known(OrganizationFact("DC=contoso", "guid-of-contoso"), at),
            servers=Known(rows, at),
            dial_plans=Known({plan.name: Known(plan, at) for plan in self.plans}, at),
            gateways=Known({gateway.name: Known(gateway, at) for gateway in self.gateways}, at),
            hunt_groups=Known(self.groups, at),
            mailbox_policies=Known((), at),
            um_services=self.servers.um_services(at),
            call_routers=self.servers.call_routers(at),
            certificates=self.servers.certificates(at),
            hosts=self.servers.hosts(at),
            revisions={
                item.key: Known(self._revisions_of(item.name), at) for item in self.desired.certificates
            },
            peers=self.peers,
            authorities=self.authorities,
            bundles=self.bundles,
            deliveries=self.deliveries,
        )

    def _revisions_of(self, name: str) -> tuple[RevisionFact, ...]:
        return tuple(one for one in self.servers.revisions if one.secret.startswith(f"{name}-"))

    @cached_property
    def plan(self) -> Plan:
        """Return the plan for what is read now."""
        return make_plan(
            self.desired,
            self.snapshot,
            self.ledger,
            self.now,
            pass_started=self.now,
            approval=self.approval,
            edges=self.edges,
        )

    @property
    def ready(self) -> tuple[PlannedStep, ...]:
        """Return the steps that may run now."""
        return tuple(planned for planned in self.plan.steps if planned.ready)

    def machine(self, name: str) -> Machine:
        """Return a server by its short name."""
        return self.servers.machines[f"{name}.contoso.com"]

    @staticmethod
    def thumbprint(fqdn: str, revision: int) -> str:
        """Return the thumbprint of a revision for a server."""
        return leaf(f"um/{fqdn}/{revision}", fqdn, NOW).thumbprint

    @property
    def out_of_service(self) -> list[str]:
        """Return the servers that do not take calls as they should, as the world is."""
        machines = self.servers.machines.values()
        return [
            machine.fqdn for machine in machines if machine.requests or None in machine.processes.values()
        ]

    @property
    def sentences(self) -> list[str]:
        """Return the plan in words."""
        return [planned.step.sentence for planned in self.plan.steps]

    @property
    def waits(self) -> list[tuple[str, str, str]]:
        """Return what steps wait for: step type and server, reason, message."""
        return [
            (
                f"{type(p.step).__name__} {getattr(p.step, 'server', '')}",
                wait.detail or wait.reason,
                wait.message,
            )
            for p in self.plan.steps
            for wait in p.waits
        ]
