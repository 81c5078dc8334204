"""A site whose servers serve certificates, with plans that are secured and gateways that are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from manifests_support import dial_plan, gateway
from model_estate import gateway_fact, plan_fact
from planning_support import PBX, group_fact
from rollout_machine import leaf
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import RETRY_REQUESTED_AT
from um_operator.engine import ledger as transitions
from um_operator.observed.exchange import HuntGroupFact, VoIPSecurity
from um_operator.observed.fact import Fact, Known
from um_operator.observed.hosts import TLS, HostEvent, Listener
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.peers import PeerKey, PeerLook
from um_operator.planning.plan import PlannedStep
from um_operator.planning.rollout.peers import shown_revision
from um_operator.planning.steps import SetGateway, SetGatewayPort, SetVoIPSecurity

MINUTE = timedelta(minutes=1)
SERVER = "ex01.contoso.com"
REFS = ({"name": "pbx"},)


def speaks_tls(name: str, at: datetime, **facts: Any) -> TLS:
    """Return the port of a gateway that asks for our certificate and takes it."""
    shown = leaf(name, f"{name}.contoso.com", at - timedelta(days=9))
    return TLS(shown, **{"requests_client_certificate": True, "version": "TLSv1.2", "status": 200, **facts})


@dataclass(frozen=True)
class Secured(Site):
    """A site in which steps on the security of plans and on ports of gateways have their effect.

    Attributes:
        ports: what is seen at the TLS port of a gateway, other than that it works; by name.
        unseen: gateways that nobody looked at.
    """

    ports: Mapping[str, Listener] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "peers", dict(self._looks()))

    def _looks(self) -> list[tuple[PeerKey, Fact[PeerLook]]]:
        revision = shown_revision(Known(self.servers.revisions, self.now))
        shown = revision.leaf.sha256 if revision and revision.leaf else None
        return [
            (
                (fact.name, UM),
                Known(
                    PeerLook(
                        self.ports.get(fact.name, speaks_tls(fact.name, self.now)), shown, fact.address, 5061
                    ),
                    self.now,
                ),
            )
            for fact in self.gateways
            if fact.name not in self.unseen
        ]

    def carried(self, planned: PlannedStep) -> Secured:
        """Return the site after a step; nothing was read since."""
        done: Secured = super().carried(planned)
        return done

    def broken_off(self, planned: PlannedStep, *, effect: bool = True) -> Secured:
        """Return the site if the process dies after the effect of a step, or before it; not read yet."""
        step = planned.step
        if not isinstance(step, SetVoIPSecurity | SetGatewayPort | SetGateway):
            return super().broken_off(planned, effect=effect)
        ledger = transitions.begun(step, self.ledger, self.desired.key, planned.corrects, self.now)
        return replace(self.changed_by(step) if effect else self, ledger=ledger)

    def changed_by(self, step: SetVoIPSecurity | SetGatewayPort | SetGateway) -> Secured:
        """Return the site with what a step does to Exchange."""
        if isinstance(step, SetVoIPSecurity):
            return self.with_security(step.dial_plan, step.security)
        want: Any = step.want
        changed = [
            gateway_fact(one.name, **{**one.properties, **want}) if one.name == step.gateway else one
            for one in self.gateways
        ]
        return replace(self, gateways=tuple(changed))

    def with_security(self, plan: str, security: VoIPSecurity) -> Secured:
        """Return the site whose plan somebody gave another security."""
        changed = [
            plan_fact(one.name, voipSecurity=security) if one.name == plan else one for one in self.plans
        ]
        return replace(self, plans=tuple(changed))

    def showing(self, name: str, port: Listener) -> Secured:
        """Return the site whose gateway shows something else at its TLS port."""
        return replace(self, ports={**self.ports, name: port}).seen()

    def reporting(self, *events: str, rejected: int = 0) -> Secured:
        """Return the site whose first server reports events and calls that were rejected."""
        machine = self.servers.machines[SERVER]
        last = len(machine.events)
        new = (HostEvent(last + n, 1400, self.now, text) for n, text in enumerate(events, 1))
        facts = {
            "events": (*machine.events, *new),
            "rejected_calls": machine.rejected_calls + rejected,
        }
        return self.changed("ex01", **facts)

    def wanting(self, security: str, **spec: Any) -> Secured:
        """Return the site after somebody changed the plan's spec."""
        changed = dial_plan(**{"voipSecurity": security, **spec})
        metadata = changed.metadata.model_copy(update={"generation": 2})
        return self.with_plan_of(changed.model_copy(update={"metadata": metadata}))

    def retried(self) -> Secured:
        """Return the site after a person asked for another try."""
        plan = next(one for one in self.resources if one.kind == "UMDialPlan")
        annotations = {RETRY_REQUESTED_AT: self.now.isoformat()}
        metadata = plan.metadata.model_copy(update={"annotations": annotations})
        return self.with_plan_of(plan.model_copy(update={"metadata": metadata}))

    def with_plan_of(self, plan: Any) -> Secured:
        """Return the site with another manifest of the plan."""
        others = [one for one in self.resources if one.kind != "UMDialPlan"]
        return self.declaring(*others, plan)

    @property
    def entry(self) -> ObjectEntry:
        """Return what is remembered of the plan."""
        return self.ledger.entry(PBX)

    @property
    def security(self) -> str:
        """Return the plan's security."""
        return next(one.voip_security for one in self.plans if one.name == "pbx")

    def port_of(self, name: str = "sbc01") -> int:
        """Return a gateway's port."""
        return next(one.port for one in self.gateways if one.name == name)

    def of_plan(self, kind: type) -> list[PlannedStep]:
        """Return the planned steps of a type."""
        return [one for one in self.plan.steps if isinstance(one.step, kind)]

    def steps(self) -> list[str]:
        """Return the types of what may run now, in order."""
        return [type(one.step).__name__ for one in self.ready]

    def ran_all(self) -> Secured:
        """Return the site after everything that may run now, as one pass does it."""
        site = self
        for planned in self.ready:
            site = site.carried(planned)
        return site.seen()


@cache
def rolled_out() -> Site:
    """Return a server that has served its certificate for days."""
    return Site.of(SERVER.partition(".")[0]).patient().later(timedelta(days=3))


def site(
    *gateways: str,
    security: str = "SIPSecured",
    groups: tuple[HuntGroupFact, ...] | None = None,
    plans: tuple[Any, ...] = (),
    org: Mapping[str, Any] | None = None,
    **spec: Any,
) -> Secured:
    """Return a site with a plan that is to be secured, and gateways linked to it on port 5060."""
    names, done = gateways or ("sbc01",), rolled_out()
    manifests = tuple(gateway(name, dialPlanRefs=list(REFS), **spec) for name in names)
    found = Secured(
        servers=done.servers,
        resources=(*done.resources, dial_plan(voipSecurity=security), *plans, *manifests),
        ledger=done.ledger,
        now=done.now,
        owner=done.owner,
        plans=(plan_fact("pbx"), *(plan_fact(plan.metadata.name) for plan in plans)),
        gateways=tuple(gateway_fact(name) for name in names),
        groups=tuple(group_fact(name, "pbx") for name in names) if groups is None else groups,
        bundles=done.bundles,
    )
    if org:
        found = found.ruled(**org)
    return found.seen()
