"""One organisation with certificates under the planner: manifests, model servers, ledger, clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any, Self

from manifests_support import certificate, certificate_document, organization, valid, with_metadata
from model_estate import gateway_fact, plan_fact
from planning_support import NOW, group_fact
from rollout_machine import Machine, authority
from rollout_model import Servers
from rollout_reading import UM, Reading
from um_operator.api.annotations import RENEW_REQUESTED_AT
from um_operator.api.certificate import UMCertificate
from um_operator.engine import ledger as transitions
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.exchange import (
    VoIPSecurity,
)
from um_operator.observed.fact import Known
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import PlannedStep
from um_operator.planning.steps import ConfigureService, DeliverTrust, PublishAuthorities, Step


def machines(*names: str, now: datetime = NOW, **roles: Any) -> dict[str, Machine]:
    """Return fresh servers; ``roles`` by short name, where a server has not both services."""
    return {
        f"{name}.contoso.com": Machine.fresh(
            f"{name}.contoso.com", now, tuple(roles.get(name, ("UM", "UMCallRouter")))
        )
        for name in names
    }


@dataclass(frozen=True)
class Site(Reading):
    """One organisation under the planner; each method returns a changed one."""

    @classmethod
    def of(
        cls, *names: str, spec: dict[str, Any] | None = None, org: dict[str, Any] | None = None, **roles: Any
    ) -> Self:
        """Return fresh servers under a UMCertificate of a CA of its own; ``roles``: see machines.

        Of equal arguments it is the same site, so that the way from there on is gone once, not in each test.
        """
        return cls._begun(names, json.dumps([spec or {}, org or {}, roles]))

    @classmethod
    @cache
    def _begun(cls, names: tuple[str, ...], asked: str) -> Self:
        spec, org, roles = json.loads(asked)
        root = authority("Contoso CA", NOW - timedelta(days=100))
        wanted: UMCertificate = certificate("um", **{"issuer": {"ca": {}}, **spec})
        owner = organization(**{"mode": "Enforce", **org})
        return cls(Servers(machines(*names, **roles), root=root), (wanted,), owner=owner)

    def seen(self) -> Self:
        """Return the site with what the ledger learns from reading."""
        return self._seen

    @cached_property
    def _seen(self) -> Self:
        ledger, _ = transitions.read(self.ledger, self.desired, self.snapshot, self.now)
        return replace(self, ledger=ledger)

    @cached_property
    def following(self) -> Self | None:
        """Return the site after its next step, else at its next instant; ``None``: nothing is to come."""
        if self.ready:
            return self.ran(self.ready[0])
        return self.awake() if self.plan.wake_at is not None else None

    def ran(self, planned: PlannedStep) -> Self:
        """Return the site after a step, and after it was read again."""
        return self.carried(planned).seen()

    def carried(self, planned: PlannedStep) -> Self:
        """Return the site after a step; nothing was read since."""
        key, done = self.desired.key, Outcome("Done")
        after = self.broken_off(planned)
        ledger = transitions.ended(planned.step, self.ledger, after.ledger, key, done, self.now)
        return replace(after, ledger=ledger, now=self.now + timedelta(seconds=1))

    def refused(self, planned: PlannedStep, reason: str = "Refused", message: str = "") -> Self:
        """Return the site after a step was refused."""
        key, refusal = self.desired.key, Outcome("Refused", reason, message)
        begun = self.broken_off(planned, effect=False)
        ledger = transitions.ended(planned.step, self.ledger, begun.ledger, key, refusal, self.now)
        return replace(begun, ledger=ledger, now=self.now + timedelta(seconds=1)).seen()

    def half_written(self, planned: PlannedStep) -> Self:
        """Return the site if the process dies between mode and binding of a unit; not read yet."""
        step = planned.step
        assert isinstance(step, ConfigureService)
        begun = self.broken_off(planned, effect=False)
        machine = begun.servers.machines[step.server]
        written = machine.written(step.service, step.mode, machine.bound[step.service])
        servers = replace(begun.servers, machines={**begun.servers.machines, step.server: written})
        return replace(begun, servers=servers)

    def broken_off(self, planned: PlannedStep, *, effect: bool = True) -> Self:
        """Return the site if the process dies after the effect of a step, or before it; not read yet."""
        ledger = transitions.begun(planned.step, self.ledger, self.desired.key, planned.corrects, self.now)
        servers = self.servers.after(planned.step, self.now) if effect else self.servers
        bundles = dict(self.bundles)
        if effect and isinstance(planned.step, PublishAuthorities):
            before = bundles[planned.step.owner]
            held = before.value if isinstance(before, Known) else frozenset[str]()
            bundles[planned.step.owner] = Known(held | set(planned.step.missing), self.now)
        deliveries = dict(self.deliveries)
        if effect and isinstance(planned.step, DeliverTrust):
            device = deliveries[planned.step.owner]
            assert isinstance(device, Known)
            held = device.value.held | set(planned.step.missing)
            deliveries[planned.step.owner] = Known(replace(device.value, held=held), self.now)
        return replace(self, servers=servers, ledger=ledger, bundles=bundles, deliveries=deliveries)

    def rebooted(self, name: str) -> Self:
        """Return the site after anyone restarted a server, seen a second later."""
        machine = self.machine(name).rebooted(self.now)
        servers = replace(self.servers, machines={**self.servers.machines, machine.fqdn: machine})
        return replace(self, servers=servers, now=self.now + timedelta(seconds=1)).seen()

    def later(self, by: timedelta) -> Self:
        """Return the site when time has gone by."""
        return replace(self, now=self.now + by).seen()

    def changed(self, name: str, **facts: Any) -> Self:
        """Return the site after somebody changed a server."""
        fqdn = f"{name}.contoso.com"
        machine = replace(self.servers.machines[fqdn], **facts)
        servers = replace(self.servers, machines={**self.servers.machines, fqdn: machine})
        return replace(self, servers=servers).seen()

    def secured(self, *gateways: str) -> Self:
        """Return the site whose dial plan is secured and linked to gateways, which so speak TLS with us."""
        facts = tuple(gateway_fact(name, port=5061) for name in gateways)
        groups = tuple(group_fact(name, "pbx") for name in gateways)
        plans = (plan_fact("pbx", voipSecurity="Secured"),)
        return replace(self, plans=plans, gateways=facts, groups=groups)

    def with_plan(self, security: VoIPSecurity) -> Self:
        """Return the site whose dial plan is of another security."""
        return replace(self, plans=(plan_fact("pbx", voipSecurity=security),)).seen()

    def under(self, root: CertificateFact) -> Self:
        """Return the site whose issuer signs with another CA from now on."""
        servers = replace(self.servers, root=root, asked={**self.servers.asked, "issuer": root.subject})
        return replace(self, servers=servers)

    def until(self, kind: type[Step], most: int = 100) -> Self:
        """Return the site after passes until a step of a type is the next one to run."""
        site = self.seen()
        for _ in range(most):
            if site.ready and isinstance(site.ready[0].step, kind):
                return site
            assert site.following is not None, site.waits
            site = site.following
        raise AssertionError(f"no {kind.__name__} becomes ready")

    def past(self, kind: type[Step]) -> Self:
        """Return the site after the first step of a type ran."""
        after = self.until(kind).following
        assert after is not None
        return after

    def until_rejected(self) -> Self:
        """Return the site when a server has just turned out not to be able to serve its revision."""
        return next(
            site for site in self.journey() if (one := site.ledger.entry(UM).issuance) and one.rejected
        )

    def doing(self, kind: type[Step]) -> Self:
        """Return the site after every step of a type that is ready ran, and none of another."""
        site = self.seen()
        while ready := [planned for planned in site.ready if isinstance(planned.step, kind)]:
            site = site.ran(ready[0])
        return site

    def awake(self) -> Self:
        """Return the site at the instant at which the plan wants to be made again."""
        assert self.plan.wake_at is not None, self.waits
        return replace(self, now=self.plan.wake_at).seen()

    def annotated(self, annotation: str, value: str) -> Self:
        """Return the site after somebody annotated the certificate."""
        (item,) = self.resources
        annotations = {**(item.metadata.annotations or {}), annotation: value}
        metadata = item.metadata.model_copy(update={"annotations": annotations})
        return self.declaring(item.model_copy(update={"metadata": metadata}))

    def declaring(self, *resources: Any) -> Self:
        """Return the site with other manifests."""
        return replace(self, resources=resources).seen()

    def asking(self, **spec: Any) -> Self:
        """Return the site after somebody changed the certificate's spec."""
        (item,) = self.resources
        wanted = {**item.spec.declared(), **spec}
        changed = with_metadata(
            certificate_document("um", **wanted), generation=(item.metadata.generation or 1) + 1
        )
        return self.declaring(valid(changed, UMCertificate))

    def issuing(self, **facts: Any) -> Self:
        """Return the site whose issuer makes other certificates from now on."""
        return replace(self, servers=replace(self.servers, asked=facts))

    def denying(self, *servers: str | None) -> Self:
        """Return the site whose issuer denies the certificates of servers, ``None`` for a shared one."""
        return replace(self, servers=replace(self.servers, denies=frozenset(servers))).seen()

    def ruled(self, **spec: Any) -> Self:
        """Return the site after somebody changed the organisation's spec."""
        return replace(self, owner=organization(**{**self.owner.spec.declared(), **spec})).seen()

    def renewing(self) -> Self:
        """Return the site after somebody asked for a new revision."""
        return self._renewing

    @cached_property
    def _renewing(self) -> Self:
        return self.annotated(RENEW_REQUESTED_AT, self.now.isoformat())

    def journey(self, until: timedelta = timedelta(days=2), most: int = 400) -> Iterator[Self]:
        """Yield the site at each step and instant until nothing ends by itself any more, or time is over."""
        site, end = self.seen(), self.now + until
        for _ in range(most):
            yield site
            over = not site.ready and site.plan.wake_at is not None and site.plan.wake_at > end
            if over or site.following is None:
                return
            site = site.following
        raise AssertionError(f"after {most} steps something is still ready: {site.sentences}")

    def settled(self) -> Self:
        """Return the site after passes until nothing is ready."""
        return next(site for site in self.journey() if not site.ready)

    def patient(self, until: timedelta = timedelta(days=2)) -> Self:
        """Return the site after passes until nothing ends by itself any more, or the time is over."""
        *_, last = self.journey(until)
        return last
