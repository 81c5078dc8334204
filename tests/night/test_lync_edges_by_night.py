"""Edges of what ties Exchange and Lync together matter: with one taken out, the estate is harmed or refuses.

That servers are members before ExchUcUtil.ps1 runs, and that Lync is told of no CA before people are, leaves
no trace in an estate: tests/unit/planning/test_order.py shows what these two hold.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from estate.harness import text
from estate.integration import DOMAIN
from estate.pools import FIRST, POOL, SECOND, PoolSite, is_settled, pool_of, pool_site
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.lync.spec import PoolSpec
from um_operator.planning.edge import Edge
from um_operator.planning.order import EDGES
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import GrantPermissions, JoinDialPlans, SetGateway, Step

pytestmark = pytest.mark.timeout(600)

SERVER, OTHER_POOL = "ex01.contoso.com", "lyncpool02.contoso.com"
RUN = {
    "policy": "Run",
    "server": SERVER,
    "forest": DOMAIN,
    "authentication": {"method": "NTLM", "secretRef": {"name": "svc-um-exchucutil"}},
}


def without(name: str, after: type[Step]) -> list[Edge[Any]]:
    """Return the order without an edge."""
    left = [edge for edge in EDGES if (edge.name, edge.after) != (name, after)]
    assert len(left) == len(EDGES) - 1
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
    left = iter(range(times, 0, -1))
    await site.run(lambda _: next(left) == 1)


@pytest.mark.parametrize("edge", [True, False])
async def test_a_server_joins_a_plan_that_is_there(edge: bool, tmp_path: Path) -> None:
    async with troubled(tmp_path, pool_of(3)) as (site, found):
        part(site.lab, SECOND)
        site.lab.change("Remove-UMMailboxPolicy", f"{SECOND} Default Policy", Confirm=False)
        site.lab.change("Remove-UMDialPlan", SECOND, Confirm=False)
        site.lab.directory.replicate_now()
        edges = EDGES if edge else without("the plans exist", JoinDialPlans)
        site.rollout.operator.planner = partial(backwards, edges=edges)
        site.share(FIRST, SECOND)
        await looks(site, 1)
    assert found == (set() if edge else {"NotFound"})


@pytest.mark.parametrize("edge", [True, False])
async def test_calls_go_out_through_another_pool_before_one_places_none(edge: bool, tmp_path: Path) -> None:
    async with troubled(tmp_path, pool_of(3), pool_of(3, fqdn=OTHER_POOL)) as (site, found):
        site.share(FIRST, pools=(POOL, OTHER_POOL))
        await looks(site, 2)
        edges = EDGES if edge else without("calls go out through the named gateway", SetGateway)
        site.rollout.operator.planner = partial(backwards, edges=edges)
        site.share(FIRST, pools=(OTHER_POOL, POOL))
        await looks(site, 3)
    assert found == (set() if edge else {"R20"})


@pytest.mark.parametrize("edge", [True, False])
async def test_the_script_finds_the_gateways_of_pools_that_are_declared(edge: bool, tmp_path: Path) -> None:
    async with troubled(tmp_path, pool_of(3)) as (site, found):
        for plan in (FIRST, SECOND):
            unlink(site.lab, plan)
        site.lab.change("Remove-UMIPGateway", POOL, Confirm=False)
        forbid(site.lab)
        edges = EDGES if edge else without("the pools are linked", GrantPermissions)
        site.rollout.operator.planner = partial(backwards, edges=edges)
        site.share(FIRST, permissions=RUN)
        await looks(site, 6)
    assert found == (set() if edge else {"R2"})


def part(lab: Lab, plan: str) -> None:
    """Take a plan away from its gateways and from the server."""
    unlink(lab, plan)
    lab.change("Set-UMService", SERVER, DialPlans={"Remove": [plan]})
    lab.change("Set-UMCallRouterSettings", Server=SERVER, DialPlans={"Remove": [plan]})


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
