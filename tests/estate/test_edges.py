"""Each edge of the order matters: with it taken out, the estate is harmed or Exchange refuses a step.

Here plans and gateways; what a certificate's steps wait for is tried on every way that a rollout can go, in
tests/unit/planning/test_every_rollout.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest

from estate.conftest import RATE
from estate.harness import SERVERS_HAVE_READ, Operator, declaring
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.presets import first_steps
from um_operator.planning import lync_facts
from um_operator.planning.edge import Edge
from um_operator.planning.order import EDGES
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import CertificateStep, FrontEndRestartStep, LyncStep, TrustStep

PLAN, GATEWAY, QUIET = (
    ObjectKey("UMDialPlan", "hq"),
    ObjectKey("UMIPGateway", "sbc01"),
    ObjectKey("UMIPGateway", "quiet01"),
)
night = pytest.mark.night
LONG = timedelta(hours=3)
"""A call that outlasts the time in which servers read that its gateway is closed."""

Scenario = Callable[[Operator], Awaitable[None]]


def org(**spec: Any) -> dict[str, Any]:
    return organization(replicationGrace="4m", **spec)


def hq(**spec: Any) -> dict[str, Any]:
    return dial_plan("hq", maxRecordingDuration="10m", deletionPolicy="Delete", **spec)


def sbc(pilot: str = "4900", **spec: Any) -> dict[str, Any]:
    return gateway("sbc01", ("hq", pilot), port=5060, deletionPolicy="Delete", **spec)


def quiet(**spec: Any) -> dict[str, Any]:
    """Return a gateway that nobody calls through."""
    return gateway("quiet01", ("hq", "4900"), deletionPolicy="Delete", **spec)


async def made(operator: Operator) -> None:
    operator.declare(org(), hq(), sbc(messageWaitingIndicatorAllowed=False))
    await operator.apply()


async def plan_added(operator: Operator) -> None:
    operator.declare(org(), gateway("sbc01"))
    await operator.apply()
    await made(operator)


async def gateway_added(operator: Operator) -> None:
    operator.declare(org(), hq())
    await operator.apply()
    await made(operator)


async def made_closed(operator: Operator) -> None:
    operator.declare(org(), hq(), sbc(state="NoNewCalls"))
    await operator.apply()


async def gateway_added_at_another_port(operator: Operator) -> None:
    operator.declare(org(), hq())
    await operator.apply()
    operator.declare(org(), hq(), gateway("sbc01", ("hq", "4900"), port=5070))
    await operator.apply()


async def secured(operator: Operator) -> None:
    operator.declare(org(), hq(voipSecurity="SIPSecured"), sbc())
    await operator.apply()


async def pilot_changed(operator: Operator) -> None:
    await made(operator)
    operator.declare(org(), hq(), sbc("4950", unlistedHuntGroups="Remove"))
    await operator.apply()


async def gateway_deleted(operator: Operator) -> None:
    await in_a_call(operator)
    operator.declare(org(), hq())
    await operator.apply(delete={GATEWAY}, within=timedelta(minutes=30))


async def gateway_disabled(operator: Operator) -> None:
    await in_a_call(operator)
    operator.declare(org(), hq(), sbc(state="Disabled"))
    await operator.apply(within=timedelta(minutes=30))


async def quiet_gateway_deleted(operator: Operator) -> None:
    operator.declare(org(), hq(), quiet())
    await operator.apply()
    operator.lab.clock.advance(SERVERS_HAVE_READ)
    operator.declare(org(), hq())
    await operator.apply(delete={QUIET})


async def gateway_at_the_tls_port_linked(operator: Operator) -> None:
    operator.declare(org(), hq(), gateway("sbc01", port=5061))
    await operator.apply()
    operator.declare(org(), hq(), gateway("sbc01", ("hq", "4900"), port=5061))
    await operator.apply()


async def parted_gateway_deleted(operator: Operator) -> None:
    await in_a_call(operator)
    operator.declare(org(), hq(), gateway("sbc01", unlistedHuntGroups="Remove", deletionPolicy="Delete"))
    await operator.apply()
    operator.declare(org(), hq())
    await operator.apply(delete={GATEWAY}, within=timedelta(minutes=30))


async def quiet_gateway_parted_and_deleted(operator: Operator) -> None:
    operator.declare(org(), hq(), quiet())
    await operator.apply()
    operator.lab.clock.advance(SERVERS_HAVE_READ)
    operator.declare(org(), hq(), gateway("quiet01", unlistedHuntGroups="Remove", deletionPolicy="Delete"))
    await operator.apply()
    operator.declare(org(), hq())
    await operator.apply(delete={QUIET})


async def quiet_gateway_disabled(operator: Operator) -> None:
    operator.declare(org(), hq(), quiet())
    await operator.apply()
    operator.lab.clock.advance(SERVERS_HAVE_READ)
    operator.declare(org(), hq(), quiet(state="Disabled"))
    await operator.apply()


async def everything_deleted(operator: Operator) -> None:
    operator.declare(org(), hq(), quiet())
    await operator.apply()
    operator.declare(org())
    await operator.apply(delete={QUIET, PLAN})


async def everything_without_policy_deleted(operator: Operator) -> None:
    operator.declare(org(), hq(generateUMMailboxPolicy=False), quiet())
    await operator.apply()
    operator.declare(org())
    await operator.apply(delete={QUIET, PLAN})


async def in_a_call(operator: Operator) -> None:
    await made(operator)
    await operator.lab.calls.until(lambda seen: seen.gateways["sbc01"].in_progress > 0, deadline=30)


HARMED_BY: dict[tuple[str, str], Scenario] = {
    ("the plan exists", "SetDialPlan"): made,
    ("the plan exists", "CreateHuntGroup"): plan_added,
    ("a plan of ours is configured", "CreateHuntGroup"): plan_added,
    ("nothing would make its calls fail", "SetVoIPSecurity"): secured,
    ("the gateway exists", "SetGateway"): made,
    ("the gateway exists", "SetGatewayState"): made_closed,
    ("the gateway exists", "CreateHuntGroup"): gateway_added,
    ("the gateway is reached as declared", "CreateHuntGroup"): gateway_added_at_another_port,
    ("the gateway's port fits the plan", "CreateHuntGroup"): gateway_at_the_tls_port_linked,
    ("the gateway takes no new calls", "RemoveHuntGroup"): quiet_gateway_deleted,
    ("the gateway has no calls", "RemoveHuntGroup"): gateway_deleted,
    ("what replaces it exists", "RemoveHuntGroup"): pilot_changed,
    ("the gateway takes no new calls", "SetGatewayState"): quiet_gateway_disabled,
    ("the gateway has no calls", "SetGatewayState"): gateway_disabled,
    ("the gateway takes no new calls", "RemoveGateway"): quiet_gateway_parted_and_deleted,
    ("the gateway has no calls", "RemoveGateway"): parted_gateway_deleted,
    ("the gateway has no hunt groups", "RemoveGateway"): everything_deleted,
    ("the plan has no hunt groups", "RemoveMailboxPolicy"): everything_deleted,
    ("the plan has no hunt groups", "RemoveDialPlan"): everything_without_policy_deleted,
    ("the plan has no mailbox policies", "RemoveDialPlan"): everything_deleted,
}
BY_DAY = (
    ("nothing would make its calls fail", "SetVoIPSecurity"),
    ("the gateway has no calls", "RemoveHuntGroup"),
    ("the plan has no hunt groups", "RemoveDialPlan"),
)
"""Two without which calls are lost, and one that Exchange itself keeps; the others take turns by night."""
ELSEWHERE = frozenset(
    kind for union in (CertificateStep, TrustStep, LyncStep, FrontEndRestartStep) for kind in get_args(union)
)
"""What is tried on the ways that a rollout, an integration and the restart of a pool can go."""
HERE = [
    edge for edge in EDGES if edge.after not in ELSEWHERE and edge.before.__module__ != lync_facts.__name__
]
BY_KEY: dict[tuple[str, str], Edge[Any]] = {(edge.name, edge.after.__name__): edge for edge in HERE}


def with_talk(spec: EstateSpec, talk: timedelta) -> EstateSpec:
    return replace(spec, devices=tuple(replace(device, talk=talk) for device in spec.devices))


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """An estate in which every call lasts for hours."""
    spec = with_talk(first_steps(), LONG)
    async with Lab.start(spec, clock=Clock(rate=RATE), seed=7) as lab:
        yield lab


async def trouble(operator: Operator, scenario: Scenario) -> list[str]:
    """Play a scenario; return the rules that it broke and the steps that Exchange refused."""
    await scenario(operator)
    refused = [event.message for event in operator.events if event.reason in {"Refused", "InUse", "NotFound"}]
    try:
        operator.lab.invariants.check()
    except RulesBrokenError as error:
        return [*refused, str(error)]
    return refused


def backwards(*arguments: Any, **named: Any) -> Plan:
    """Plan, but list the steps that may run now the other way round: their order is nobody's promise."""
    plan = make_plan(*arguments, **named)
    return replace(plan, steps=plan.steps[::-1])


def test_every_edge_of_the_order_is_tried_here() -> None:
    assert set(HARMED_BY) == set(BY_KEY)
    assert len(BY_KEY) == len(HERE)


@pytest.mark.parametrize(
    "scenario",
    [
        scenario if scenario is gateway_deleted else pytest.param(scenario, marks=night)
        for scenario in dict.fromkeys(HARMED_BY.values())
    ],
)
async def test_with_every_edge_nothing_is_harmed(lab: Lab, tmp_path: Path, scenario: Scenario) -> None:
    operator = declaring(lab, tmp_path)
    operator.planner = backwards
    assert await trouble(operator, scenario) == []


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param(key, id=f"{key[1]} without: {key[0]}", marks=() if key in BY_DAY else night)
        for key in BY_KEY
    ],
)
async def test_without_an_edge_something_is_harmed(
    lab: Lab, tmp_path: Path, missing: tuple[str, str]
) -> None:
    operator = declaring(lab, tmp_path)
    operator.planner = partial(backwards, edges=[edge for edge in EDGES if edge is not BY_KEY[missing]])
    assert await trouble(operator, HARMED_BY[missing])
