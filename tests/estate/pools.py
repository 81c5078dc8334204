"""A pool that has worked with Unified Messaging since long, and whose front ends are to be restarted.

Two dial plans are there; the integration names one of them first. When it names the other one as well, every
front end owes a restart, with nothing else left to do, and calls of the first plan go on all the time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from estate.declarations import Declarations
from estate.harness import declaring, write
from estate.integration import ORGANIZATION, Integration, accounts, config_map
from estate.manifests import resource
from estate.rollouts import BARELY, EX01, QUICK, Manifest, Rollout, estate, organization
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.exchange.builder import Secured
from um_operator.lab.hosts.times import Span
from um_operator.lab.journal import Effect
from um_operator.lab.lync.spec import ContactSpec, LyncSpec, PoolSpec, Release
from um_operator.lab.presets import integrating
from um_operator.lab.variants import Variants

POOL: Final = "lyncpool01.contoso.com"
SERVER: Final = "ex01.contoso.com"
FIRST, SECOND = "Contoso-Lync", "Branch-Lync"
NUMBERS: Final = {FIRST: "+4989555004900", SECOND: "+4989555004950"}
REBUILT: Final = Span(300, 300)
"""How long a pool is busy after a front end came or went, where the test does not say otherwise."""


def pool_of(count: int, release: Release = Release.LYNC2013, **spec: Any) -> PoolSpec:
    """Return a pool of so many front ends; one of Lync Server 2013 has three upgrade domains, if it can."""
    computers = tuple(f"lyncfe{number:02}.contoso.com" for number in range(1, count + 1))
    domains = tuple(tuple(range(first, count, 3)) for first in range(3)) if count % 3 == 0 else ()
    return PoolSpec(POOL, "Berlin", release=release, computers=computers, users=1840, domains=domains, **spec)


def lync_of(*pools: PoolSpec) -> LyncSpec:
    """Return Lync as it has worked since long: a contact for each plan."""
    contacts = tuple(
        ContactSpec(f"{plan}-SA", f"sip:{plan.lower()}-sa@contoso.com", pools[0].fqdn, number, plan)
        for plan, number in NUMBERS.items()
    )
    return LyncSpec(pools, trusts_exchange=True, integrated=True, contacts=contacts)


def estate_of(*pools: PoolSpec) -> EstateSpec:
    """Return one server on TLS beside these pools."""
    return integrating(estate(EX01, secured=Secured()), lync_of(*pools), NUMBERS)


class Restarts(Rollout):
    """An operator that has no certificate to bring."""

    @override
    def declare(self, **annotations: str) -> None:
        self.operator.declare(organization(*self.fqdns, **self.organization), *self.others)


@dataclass
class PoolSite(Integration):
    """An operator that looks after pools, and the calls between."""

    pools: tuple[str, ...] = (POOL,)
    plans: tuple[str, ...] = (FIRST,)
    spec: dict[str, Any] | None = None

    def share(self, *plans: str, pools: tuple[str, ...] | None = None, **spec: Any) -> None:
        """Declare which plans pools share; ``spec`` is the integration's."""
        self.plans, self.pools = plans, pools or self.pools
        self.spec = {**(self.spec or {}), **spec}
        self.rollout.others = (*manifests(self.plans, self.pools, **self.spec), *self._config_maps())
        self.declare()

    def approve_all(self) -> None:
        """Allow every restart, as a manifest that restarts automatically does."""
        declarations = self.rollout.operator.declarations
        declarations.approved = frozenset(one for pool in declarations.computers.values() for one in pool)
        self.declare()

    def effects(self) -> list[Effect]:
        """Return what the operator did to services of Lync."""
        journal = self.lab.journal.effects
        return [one for one in journal if one.cmdlet.endswith("CsWindowsService") and not one.is_by_hand]

    def _config_maps(self) -> tuple[Manifest, ...]:
        return (config_map("listeners", self.lab.authority.pem),)


def manifests(plans: tuple[str, ...], pools: tuple[str, ...], **spec: Any) -> tuple[Manifest, ...]:
    """Return these dial plans, as they are in Exchange, and the integration of pools with them."""
    restart = spec.pop("frontEndRestart", {"policy": "Automatic"})
    return (
        *(
            resource(
                "UMDialPlan",
                plan.lower(),
                name=plan,
                uriType="SipName",
                numberOfDigitsInExtension=4,
                countryOrRegionCode="49",
                voipSecurity="Secured",
                accessTelephoneNumbers=[NUMBERS[plan]],
            )
            for plan in plans
        ),
        resource(
            "LyncIntegration",
            "lync",
            pools=[{"fqdn": fqdn} for fqdn in pools],
            dialPlanRefs=[{"name": plan.lower(), "outboundGateway": pools[0]} for plan in plans],
            frontEndRestart=restart,
            **spec,
        ),
    )


def is_settled(report: Report) -> bool:
    """Whether nothing is left to do."""
    return not report.ran and not report.plan.steps and ORGANIZATION in report.memory.statuses


@asynccontextmanager
async def pool_site(
    folder: Path, *pools: PoolSpec, rebuilt: Span = REBUILT, variants: Variants | None = None
) -> AsyncIterator[PoolSite]:
    """Start one server and pools that know it since long; judged in the end."""
    spec = estate_of(*pools)
    async with Lab.start(spec, clock=Clock(rate=BARELY), times=QUICK, variants=variants, seed=7) as lab:
        assert lab.lync is not None
        for pool in lab.lync.deployment.pools.values():
            pool.membership.rebuilding = rebuilt
        operator = declaring(lab, folder)
        operator.folders.append(write(folder / "accounts", accounts(lab)))
        operator.declarations = Declarations(
            computers={one.fqdn.lower(): one.members for one in pools},
        )
        lync = {
            "endpoints": [f"https://{pools[0].fqdn}/OcsPowershell"],
            "authentication": {"method": "NTLM", "secretRef": {"name": "svc-um-lync"}},
            "hosts": {"configurationName": "UMOperatorLync"},
        }
        declared = {"lync": lync, "tls": {"caRef": {"name": "listeners"}}}
        found = Restarts(lab, operator, (SERVER,), organization=declared)
        site = PoolSite(found, lab, tuple(one.fqdn for one in pools))
        site.share(FIRST)
        try:
            yield site
        finally:
            await found.end()
        found.judge()
