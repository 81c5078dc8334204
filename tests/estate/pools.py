"""A pool that has worked with Unified Messaging since long, and whose front ends are to be restarted.

Two dial plans are there; the integration names one of them first. When it names the other one as well, every
front end owes a restart, with nothing else left to do, and calls of both plans go on all the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
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
from um_operator.lab.exchange.builder import Secured, ServerSpec
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.hosts.service import Status
from um_operator.lab.hosts.times import Span
from um_operator.lab.journal import Effect
from um_operator.lab.lync.services import DRAIN_KIND, FRONT_END, SERVICES
from um_operator.lab.lync.spec import ContactSpec, LyncSpec, PoolSpec, Release
from um_operator.lab.presets import integrating
from um_operator.lab.variants import Variants
from um_operator.planning.steps import StopFrontEndServices

POOL: Final = "lyncpool01.contoso.com"
SERVER: Final = "ex01.contoso.com"
FIRST, SECOND = "Contoso-Lync", "Branch-Lync"
NUMBERS: Final = {FIRST: "+4989555004900", SECOND: "+4989555004950"}
REBUILT: Final = Span(300, 300)
"""How long a pool is busy after a front end came or went, where the test does not say otherwise."""


def pool_of(count: int, release: Release = Release.LYNC2013) -> PoolSpec:
    """Return a pool of so many front ends; one of Lync Server 2013 has three upgrade domains, if it can."""
    computers = tuple(f"lyncfe{number:02}.contoso.com" for number in range(1, count + 1))
    by_three = release is Release.LYNC2013 and count % 3 == 0
    domains = tuple(tuple(range(first, count, 3)) for first in range(3)) if by_three else ()
    return PoolSpec(POOL, "Berlin", release=release, computers=computers, users=1840, domains=domains)


def estate_of(*pools: PoolSpec, servers: tuple[ServerSpec, ...] = (EX01,)) -> EstateSpec:
    """Return servers on TLS beside pools that have worked with it since long: a contact for each plan."""
    contacts = tuple(
        ContactSpec(f"{plan}-SA", f"sip:{plan.lower()}-sa@contoso.com", pools[0].fqdn, number, plan)
        for plan, number in NUMBERS.items()
    )
    lync = LyncSpec(pools, trusts_exchange=True, integrated=True, contacts=contacts)
    return integrating(estate(*servers, secured=Secured()), lync, NUMBERS)


class Restarts(Rollout):
    """An operator that has no certificate to bring."""

    @override
    def declare(self, **annotations: str) -> None:
        assert not annotations, "there is no certificate that they could stand on"
        self.operator.declare(organization(*self.fqdns, **self.organization), *self.others)


@dataclass
class PoolSite(Integration):
    """An operator that looks after pools, the calls between, and people beside it. Names here are short."""

    pools: tuple[str, ...] = (POOL,)
    spec: dict[str, Any] = field(default_factory=dict)
    ran: dict[str, set[str]] = field(default_factory=dict)
    """The services of each front end that ran in the beginning."""

    def share(self, *plans: str, pools: tuple[str, ...] | None = None, asked: str = "", **spec: Any) -> None:
        """Declare which plans pools share; ``spec`` is the integration's, ``asked`` for another try."""
        self.pools = pools or self.pools
        self.spec |= spec
        self.rollout.others = manifests(plans, self.pools, asked, **self.spec)
        self.declare()

    def withdraw(self) -> None:
        """Delete the integration; its dial plans stay."""
        others = self.rollout.others
        self.rollout.others = tuple(one for one in others if one["kind"] != "LyncIntegration")
        self.declare()

    async def adopted(self) -> None:
        """Have the operator see that pools work with the first plan, and leave them as they are."""
        await self.run(is_settled)
        assert not self.stops(), "nothing was to be restarted"

    def effects(self) -> list[Effect]:
        """Return what the operator did to services of Lync."""
        journal = self.lab.journal.effects
        return [one for one in journal if one.cmdlet.endswith("CsWindowsService") and not one.is_by_hand]

    def stops(self) -> list[str]:
        """Return which front ends were told to stop, in order."""
        begun = (one for one in self.effects() if one.kind == DRAIN_KIND and one.name.endswith(FRONT_END))
        return [one.name.partition(".")[0] for one in begun]

    def starts(self, computer: str) -> list[str]:
        """Return the services of a front end that were told to start, in order."""
        told = (one for one in self.effects() if one.cmdlet.startswith("Start") and one.kind == SERVICE_KIND)
        return [one.name.rpartition("\\")[2] for one in told if one.name.startswith(f"{computer}.")]

    def is_whole(self, computer: str) -> bool:
        """Whether everything runs on a front end that ran in the beginning."""
        fqdn = f"{computer}.contoso.com"
        services = self.lab.host(fqdn).services
        return all(services[name].status is Status.RUNNING for name in self.ran[fqdn])

    async def goes_down(self, computer: str) -> None:
        """Have the Front-End service of a front end end by itself, with what depends on it."""
        services = self.lab.host(f"{computer}.contoso.com").services
        for name, kind in SERVICES.items():
            if name in services and (name == FRONT_END or FRONT_END in kind.needs):
                await services[name].kill("the process has ended")

    def bring_back(self, computer: str) -> None:
        """Have a person start everything on a front end, in its time."""
        self.rollout.beside(self._bring_back(computer))

    async def _bring_back(self, computer: str) -> None:
        assert self.lab.lync is not None
        await self.lab.lync.console(f"{computer}.contoso.com").change("Start-CsWindowsService")

    async def passes(self, span: timedelta) -> Report:
        """Have the operator work for some time."""
        ends = self.lab.clock.now() + span
        return await self.run(lambda _: self.lab.clock.now() >= ends)

    async def dies_at(self, effect: int, until: Callable[[Report], bool]) -> bool:
        """Have the operator work until it is killed at an effect from now, before its reply; or was done."""
        return await self.rollout.dies(lambda kill: self.lab.faults.after_effect(effect, kill), until)

    def failed_calls(self) -> dict[str, int]:
        """Return why calls of pools failed or were cut, and how often; to prove something there were some."""
        summary, found = self.lab.calls.summary(), Counter[str]()
        for counts in (summary.gateways[fqdn] for fqdn in self.pools if fqdn in summary.gateways):
            found.update(counts.failed)
            found["cut"] += counts.cut
        assert summary.gateways[POOL].answered, "nobody has called"
        return {why: times for why, times in found.items() if times}


def manifests(
    plans: tuple[str, ...], pools: tuple[str, ...], asked: str = "", **spec: Any
) -> tuple[Manifest, ...]:
    """Return these dial plans, as they are in Exchange, and the integration of pools with them."""
    annotations = {"unifiedmessaging.dev/retry-requested-at": asked} if asked else None
    spec = {"frontEndRestart": {"policy": "Automatic"}, **spec}
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
            annotations,
            pools=[{"fqdn": fqdn} for fqdn in pools],
            dialPlanRefs=[{"name": plan.lower(), "outboundGateway": pools[0]} for plan in plans],
            **spec,
        ),
    )


def waits(report: Report) -> set[str]:
    """Return what front ends wait for that are to be stopped."""
    planned = (one for one in report.plan.steps if isinstance(one.step, StopFrontEndServices))
    return {wait.reason for one in planned for wait in one.waits}


def is_settled(report: Report) -> bool:
    """Whether nothing is left to do."""
    return not report.ran and not report.plan.steps and ORGANIZATION in report.memory.statuses


@asynccontextmanager
async def pool_site(
    folder: Path,
    *pools: PoolSpec,
    spec: EstateSpec | None = None,
    rebuilt: Span = REBUILT,
    variants: Variants | None = None,
    rate: float = BARELY,
) -> AsyncIterator[PoolSite]:
    """Start one server and pools that know it since long; judged in the end. ``rate`` is the clock's."""
    spec = spec or estate_of(*pools)
    async with Lab.start(spec, clock=Clock(rate=rate), times=QUICK, variants=variants, seed=7) as lab:
        assert lab.lync is not None
        for pool in lab.lync.deployment.pools.values():
            pool.membership.rebuilding = rebuilt
        operator = declaring(lab, folder)
        listeners = config_map("listeners", lab.authority.pem)
        operator.folders.append(write(folder / "beside", [*accounts(lab), listeners]))
        operator.declarations = Declarations(
            computers={one.fqdn: one.members for one in pools},
            approved=frozenset(member for one in pools for member in one.members),
        )
        lync = {
            "endpoints": [f"https://{pools[0].fqdn}/OcsPowershell"],
            "authentication": {"method": "NTLM", "secretRef": {"name": "svc-um-lync"}},
            "hosts": {"configurationName": "UMOperatorLync"},
        }
        declared = {"lync": lync, "tls": {"caRef": {"name": "listeners"}}}
        found = Restarts(lab, operator, (SERVER,), organization=declared)
        site = PoolSite(found, lab, tuple(one.fqdn for one in pools))
        for front_end in lab.lync.deployment.front_ends:
            running = (one for one in front_end.host.services.values() if one.status is Status.RUNNING)
            site.ran[front_end.fqdn] = {one.name for one in running}
        site.share(FIRST)
        try:
            yield site
        finally:
            await found.end()
        found.judge()
