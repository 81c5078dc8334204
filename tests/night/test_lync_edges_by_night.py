"""Edges of what ties Exchange and Lync together matter: without one the estate is harmed or refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from estate.harness import text
from estate.integration import DOMAIN, integration
from estate.pools import FIRST, POOL, SECOND, PoolSite, is_settled, pool_of, pool_site
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.invariants.situation import TRUSTED_CERTIFICATE
from um_operator.lab.journal import Effect, Occurrence
from um_operator.lab.lync.spec import PoolSpec
from um_operator.planning.edge import Edge
from um_operator.planning.order import EDGES
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import (
    CreateHuntGroup,
    GrantPermissions,
    InstallLyncTrust,
    JoinDialPlans,
    SetGateway,
    Step,
)

pytestmark = pytest.mark.timeout(600)

CLOSED = {"name": "later", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
"""The lab begins on a Monday."""
OUTCALLS = timedelta(minutes=40)
"""Long enough for a server to read a link, and to place some calls."""
SERVER, OTHER_POOL = "ex01.contoso.com", "lyncpool02.contoso.com"
RUN = {
    "policy": "Run",
    "server": SERVER,
    "forest": DOMAIN,
    "authentication": {"method": "NTLM", "secretRef": {"name": "svc-um-exchucutil"}},
}


LINKED, WORK = "the pools are linked", "the plans of pools work"


def without(after: type[Step], *names: str) -> list[Edge[Any]]:
    """Return the order without edges of a step."""
    left = [edge for edge in EDGES if edge.after is not after or edge.name not in names]
    assert len(left) == len(EDGES) - len(names)
    return left


def backwards(*arguments: Any, **named: Any) -> Plan:
    """Plan, but list the steps that may run now the other way round: their order is nobody's promise."""
    plan = make_plan(*arguments, **named)
    return replace(plan, steps=plan.steps[::-1])


@asynccontextmanager
async def troubled(folder: Path, *pools: PoolSpec) -> AsyncIterator[tuple[PoolSite, set[str]]]:
    """Start pools that work with the first plan; the second one has broken rules and refusals in the end."""
    found = set[str]()
    try:
        async with pool_site(folder, *pools) as site:
            await site.run(is_settled)
            yield site, found
            found |= {one.reason for one in site.rollout.operator.events} & {"NotFound", "Refused"}
    except RulesBrokenError as broken:
        found |= {violation.rule for violation in broken.violations}


async def looks(site: PoolSite, times: int) -> None:
    """Have the operator look so often."""
    seen: list[Report] = []

    def enough(report: Report) -> bool:
        if not any(one is report for one in seen):
            seen.append(report)
        return len(seen) >= times

    await site.run(enough)


@pytest.mark.parametrize("edge", [True, False])
async def test_a_server_joins_a_plan_that_is_there(edge: bool, tmp_path: Path) -> None:
    async with troubled(tmp_path, pool_of(3)) as (site, found):
        part(site.lab, SECOND)
        site.lab.change("Remove-UMMailboxPolicy", f"{SECOND} Default Policy", Confirm=False)
        site.lab.change("Remove-UMDialPlan", SECOND, Confirm=False)
        site.lab.directory.replicate_now()
        edges = EDGES if edge else without(JoinDialPlans, "the plans exist")
        site.rollout.operator.planner = partial(backwards, edges=edges)
        site.share(FIRST, SECOND)
        await looks(site, 1)
    assert ("Refused" in found) is not edge


@pytest.mark.parametrize("edge", [True, False])
async def test_calls_go_out_through_another_pool_before_one_places_none(edge: bool, tmp_path: Path) -> None:
    other = replace(pool_of(1), fqdn=OTHER_POOL, computers=("lyncfe11.contoso.com",))
    async with troubled(tmp_path, pool_of(3), other) as (site, found):
        site.share(FIRST, pools=(POOL, OTHER_POOL))
        await looks(site, 2)
        edges = EDGES if edge else without(SetGateway, "calls go out through the named gateway")
        site.rollout.operator.planner = partial(make_plan, edges=edges)
        site.share(FIRST, pools=(OTHER_POOL, POOL))
        await looks(site, 3)
    assert found == (set() if edge else {"R20"})


@pytest.mark.parametrize("edge", [True, False])
async def test_the_script_finds_the_gateways_of_pools_that_are_declared(edge: bool, tmp_path: Path) -> None:
    async with troubled(tmp_path, pool_of(3)) as (site, found):
        without_gateway(site.lab)
        forbid(site.lab)
        edges = EDGES if edge else without(GrantPermissions, LINKED)
        site.rollout.operator.planner = partial(backwards, edges=edges)
        site.share(FIRST, SECOND, permissions=RUN)
        await looks(site, 6)
    assert found == (set() if edge else {"R2"})


@pytest.mark.parametrize("edge", [True, False])
async def test_the_script_finds_every_server_a_member_of_the_plans(edge: bool, tmp_path: Path) -> None:
    async with troubled(tmp_path, pool_of(3)) as (site, found):
        leave(site.lab, SECOND, SERVER)
        forbid(site.lab)
        edges = EDGES if edge else without(GrantPermissions, "every server is a member")
        site.rollout.operator.planner = partial(backwards, edges=edges)
        site.share(FIRST, SECOND, permissions=RUN)
        await looks(site, 6)
    assert found == (set() if edge else {"half-made"})


@pytest.mark.parametrize("edge", [True, False])
async def test_servers_call_a_pool_once_their_plan_is_secured(edge: bool, tmp_path: Path) -> None:
    async with troubled(tmp_path, pool_of(3)) as (site, _):
        without_gateway(site.lab)
        site.lab.change("Set-UMDialPlan", SECOND, VoIPSecurity="Unsecured")
        site.lab.directory.replicate_now()
        site.rollout.organization["maintenanceWindows"] = [CLOSED]
        edges = EDGES if edge else without(CreateHuntGroup, WORK)
        site.rollout.operator.planner = partial(backwards, edges=edges)
        site.share(SECOND)
        await looks(site, 4)
        await site.rollout.time.leap(OUTCALLS)
        noted = (entry for entry in site.lab.journal.entries if isinstance(entry, Occurrence))
        in_vain = {entry.details["dial_plan"] for entry in noted if entry.what == "OutcallFailed"}
    assert (SECOND in in_vain) is not edge


@pytest.mark.parametrize("edge", [True, False])
async def test_the_script_is_run_once_the_plans_of_pools_are_secured(edge: bool, tmp_path: Path) -> None:
    """That pools are linked first, which is held as well until then, is taken out of the order here."""
    async with troubled(tmp_path, pool_of(3)) as (site, found):
        without_gateway(site.lab)
        forbid(site.lab)
        site.lab.change("Set-UMDialPlan", SECOND, VoIPSecurity="Unsecured")
        site.lab.directory.replicate_now()
        site.rollout.organization["maintenanceWindows"] = [CLOSED]
        edges = without(GrantPermissions, LINKED) if edge else without(GrantPermissions, LINKED, WORK)
        site.rollout.operator.planner = partial(backwards, edges=edges)
        site.share(SECOND, permissions=RUN)
        await looks(site, 4)
        ran = any(isinstance(step, GrantPermissions) for step, _ in site.rollout.ran)
        assert ran is not edge
    assert ("R2" in found) is not edge


@pytest.mark.parametrize("edge", [True, False])
async def test_front_ends_get_no_ca_before_people_who_look_after_other_peers(
    edge: bool, tmp_path: Path
) -> None:
    published: list[bool] = []

    def see(effect: Effect) -> None:
        if effect.kind == TRUSTED_CERTIFICATE and effect.name.startswith("lyncfe"):
            published.append(any((tmp_path / "state").rglob("*um-trust*")))

    left = set[str]()
    try:
        async with integration(tmp_path) as site:
            site.lab.journal.subscribe(see)
            edges = EDGES if edge else without(InstallLyncTrust, "the CAs are published")
            site.rollout.operator.planner = partial(backwards, edges=edges)
            await site.run(lambda _: bool(published))
    except RulesBrokenError as broken:
        left |= {violation.rule for violation in broken.violations}
    assert (published[0], left) == (edge, {"R20"}), "pools are not linked yet, and nothing else is wrong"


def without_gateway(lab: Lab) -> None:
    """Remove the gateway of the pool, with its links."""
    for plan in (FIRST, SECOND):
        unlink(lab, plan)
    lab.change("Remove-UMIPGateway", POOL, Confirm=False)
    lab.directory.replicate_now()


def part(lab: Lab, plan: str) -> None:
    """Take a plan away from its gateways and from servers."""
    unlink(lab, plan)
    leave(lab, plan, SERVER, "exold.contoso.com")


def leave(lab: Lab, plan: str, *servers: str) -> None:
    """Take a plan away from servers; one of them may be dead and have an entry all the same."""
    for server in servers:
        lab.change("Set-UMService", server, DialPlans={"Remove": [plan]})
        lab.change("Set-UMCallRouterSettings", Server=server, DialPlans={"Remove": [plan]})


def unlink(lab: Lab, plan: str) -> None:
    """Remove every hunt group of a plan."""
    for group in lab.change("Get-UMHuntGroup"):
        if text(group.properties["UMDialPlan"]) == plan:
            gateway = text(group.properties["UMIPGateway"])
            lab.change("Remove-UMHuntGroup", f"{gateway}\\{group.text}", Confirm=False)


def forbid(lab: Lab) -> None:
    """Take the rights on UM's containers away from Lync."""
    controller = lab.directory.domain_controllers[0]
    for entry in lab.directory.copy(controller).all(Kind.PERMISSION):
        lab.directory.remove(controller, entry.guid)
    lab.directory.replicate_now()
