"""Each edge holds a step that nothing else holds: without it the step would run too early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from lync_scenes import LYNC_SCENARIOS
from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, World, deleted, group_fact
from rollout_machine import authority
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.reasons import Reason
from um_operator.observed.deliveries import DeliveryFact
from um_operator.observed.fact import Known, Unknown
from um_operator.planning.edge import Edge
from um_operator.planning.front_ends.edges import FRONT_END_EDGES
from um_operator.planning.order import EDGES
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    CreateDialPlan,
    CreateGateway,
    CreateHuntGroup,
    DeliverTrust,
    DrainServer,
    ImportCertificate,
    InstallChain,
    PublishAuthorities,
    RemoveCertificate,
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    RequestCertificate,
    RestartService,
    SetDialPlan,
    SetGateway,
    SetGatewayState,
    SetVoIPSecurity,
    Step,
)

OWN = tuple(edge for edge in EDGES if edge not in FRONT_END_EDGES)
"""Those of front ends have scenes of their own."""
REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]
DELIVERY = {
    "preset": "Kamailio",
    "endpoint": "ssh://sbc01.contoso.com",
    "secretRef": {"name": "sbc01"},
    "knownHostsRef": {"name": "keys"},
}
ROOTS = frozenset({authority("Contoso CA", NOW).sha256})
PLAN, GATEWAY = plan_fact("pbx"), gateway_fact("sbc01")
GROUP = group_fact("sbc01", "pbx", "4900")


def ran(world: World, *types: type[Step]) -> World:
    for kind in types:
        (found,) = [one for one in world.seen().plan.steps if isinstance(one.step, kind)]
        world = world.seen().ran(found)
    return world


def nothing_there(**spec: Any) -> World:
    return World((dial_plan(audioCodec="Wma"), gateway(dialPlanRefs=REFS, **spec)))


def gateway_goes(*objects: Any, calls: int = 0, **state: Any) -> World:
    manifests = (dial_plan(), deleted(gateway(deletionPolicy="Delete", dialPlanRefs=REFS)))
    estate = ModelEstate.of(PLAN, gateway_fact("sbc01", **state), GROUP, *objects)
    return World(manifests, replace(estate, calls={"sbc01": calls}))


def parted_gateway_goes(calls: int = 0, **state: Any) -> World:
    """A gateway whose last hunt group was just removed."""
    manifests = (deleted(gateway(deletionPolicy="Delete")),)
    return World(manifests, replace(ModelEstate.of(gateway_fact("sbc01", **state)), calls={"sbc01": calls}))


def closed_everywhere(world: World) -> World:
    """Every server has read that the gateway takes no new calls; replication and poll are over."""
    return world.seen().later(timedelta(minutes=25))


def plan_and_gateway_go(**spec: Any) -> World:
    """A plan of ours and its gateway, both being deleted; the gateway is closed, a call still runs."""
    created = World((dial_plan(deletionPolicy="Delete", **spec), gateway(dialPlanRefs=REFS))).settled()
    going = (
        deleted(dial_plan(deletionPolicy="Delete", **spec)),
        deleted(gateway(deletionPolicy="Delete", dialPlanRefs=REFS)),
    )
    return replace(created, resources=going)


def one_server(**changed: Any) -> Site:
    """A server whose certificate is being brought into force; ``changed`` by somebody beforehand."""
    return Site.of("ex01").changed("ex01", **changed)


def not_answered() -> Site:
    """The issuer was asked and has not answered."""
    site = one_server()
    return replace(site, servers=replace(site.servers, issues=False)).past(RequestCertificate)


def configured(**changed: Any) -> Site:
    """A server whose services are configured; ``changed`` by somebody beforehand."""
    return one_server(**changed).until(ConfigureService).doing(ConfigureService)


def one_role_each() -> Site:
    """A server with the UM service, one with the call router; both are configured, none is restarted."""
    site = Site.of(
        "ex01", "ex02", org={"disruption": {"maxUnavailable": 2}}, ex01=["UM"], ex02=["UMCallRouter"]
    )
    return site.until(ConfigureService).doing(ConfigureService)


def unknown_gateway() -> Site:
    """A server whose gateway trusts its chain, and shows a certificate that is not known there."""
    ready = one_server().secured("sbc01").past(InstallChain)
    trusting = gateway("sbc01", trust={"onUntrustedPeer": "Proceed"})
    site = ready.declaring(*ready.resources, trusting)
    return replace(site, authorities={trusting.key: Known((authority("Devices", NOW),), NOW)})


def managed_device(**facts: Any) -> Site:
    """A server whose certificate is issued, and a gateway whose device can be logged on to."""
    site = one_server().past(RequestCertificate).secured("sbc01")
    managed = gateway("sbc01", trust={"delivery": DELIVERY})
    device = DeliveryFact(frozenset(), **facts)
    return replace(
        site.declaring(*site.resources, managed),
        bundles={UM: Known(frozenset(), NOW)},
        deliveries={managed.key: Known(device, NOW)},
    )


def warming_up(site: Site) -> Site:
    """A server whose UM service was just started and does not answer yet."""
    return site.changed("ex01", warming=frozenset({"UM"}))


def drained(**changed: Any) -> Site:
    """A server that was configured and taken out of service, and then changed."""
    return one_server().past(DrainServer).changed("ex01", **changed)


def retired() -> Site:
    """A former revision that nobody used for longer than it is kept; then a server is out of reach."""
    former = Site.of("ex01", "ex02").patient()
    return former.renewing().patient().later(timedelta(hours=169)).changed("ex02", down=True)


Scene: TypeAlias = World | Site

SCENARIOS: dict[tuple[str, type[Step]], Callable[[], Scene]] = {
    ("the plan exists", SetDialPlan): nothing_there,
    ("the plan exists", CreateHuntGroup): lambda: ran(nothing_there(), CreateGateway),
    ("a plan of ours is configured", CreateHuntGroup): lambda: ran(
        nothing_there(), CreateDialPlan, CreateGateway
    ),
    ("nothing would make its calls fail", SetVoIPSecurity): lambda: World(
        (dial_plan(voipSecurity="SIPSecured"),), ModelEstate.of(PLAN)
    ),
    ("the gateway exists", SetGateway): lambda: nothing_there(port=5062),
    ("the gateway exists", SetGatewayState): lambda: nothing_there(state="NoNewCalls"),
    ("the gateway exists", CreateHuntGroup): lambda: ran(nothing_there(), CreateDialPlan, SetDialPlan),
    ("the gateway is reached as declared", CreateHuntGroup): lambda: ran(
        nothing_there(port=5062), CreateDialPlan, SetDialPlan, CreateGateway
    ),
    ("the gateway's port fits the plan", CreateHuntGroup): lambda: World(
        (dial_plan(), gateway(dialPlanRefs=REFS)), ModelEstate.of(PLAN, gateway_fact("sbc01", port=5061))
    ),
    ("the gateway takes no new calls", RemoveHuntGroup): gateway_goes,
    ("the gateway has no calls", RemoveHuntGroup): lambda: closed_everywhere(
        gateway_goes(calls=1, state="NoNewCalls")
    ),
    ("what replaces it exists", RemoveHuntGroup): lambda: World(
        (dial_plan(), gateway(dialPlanRefs=REFS, unlistedHuntGroups="Remove")),
        ModelEstate.of(PLAN, GATEWAY, group_fact("sbc01", "pbx", "4950")),
    ),
    ("the gateway takes no new calls", SetGatewayState): lambda: World(
        (gateway(state="Disabled"),), ModelEstate.of(GATEWAY, GROUP)
    ),
    ("the gateway has no calls", SetGatewayState): lambda: closed_everywhere(
        World(
            (gateway(state="Disabled"),),
            replace(ModelEstate.of(gateway_fact("sbc01", state="NoNewCalls"), GROUP), calls={"sbc01": 1}),
        )
    ),
    ("the gateway takes no new calls", RemoveGateway): parted_gateway_goes,
    ("the gateway has no calls", RemoveGateway): lambda: closed_everywhere(
        parted_gateway_goes(calls=1, state="NoNewCalls")
    ),
    ("the gateway has no hunt groups", RemoveGateway): lambda: closed_everywhere(
        gateway_goes(state="NoNewCalls")
    ),
    ("the plan has no hunt groups", RemoveMailboxPolicy): plan_and_gateway_go,
    ("the plan has no hunt groups", RemoveDialPlan): lambda: plan_and_gateway_go(
        generateUMMailboxPolicy=False
    ),
    ("the plan has no mailbox policies", RemoveDialPlan): lambda: replace(
        World((dial_plan(),)).settled(), resources=(deleted(dial_plan(deletionPolicy="Delete")),)
    ),
    ("the certificate is issued", ImportCertificate): not_answered,
    ("the certificate is issued", ConfigureService): not_answered,
    ("the certificate is issued", InstallChain): not_answered,
    ("the certificate is imported", ConfigureService): lambda: one_server(roots=ROOTS).past(
        RequestCertificate
    ),
    ("the server trusts the chain", ConfigureService): lambda: one_server().past(ImportCertificate),
    ("every peer trusts the chain", ConfigureService): lambda: (
        one_server().secured("sbc01").past(InstallChain)
    ),
    ("the server trusts the gateways", ConfigureService): unknown_gateway,
    ("the certificate is issued", PublishAuthorities): lambda: replace(
        not_answered(), bundles={UM: Known(frozenset(), NOW)}
    ),
    ("the CAs are published", DeliverTrust): managed_device,
    ("nobody else is at work on the device", DeliverTrust): lambda: managed_device(
        reason=Reason.DEVICE_LOCKED
    ).past(PublishAuthorities),
    ("mode and binding are written", DrainServer): lambda: one_server().past(InstallChain),
    ("mode and binding have arrived", DrainServer): lambda: configured(lags=True),
    ("the UM services behind it are through", DrainServer): one_role_each,
    ("mode and binding have arrived", RestartService): lambda: drained(site={"UM": ("TCP", None)}),
    ("the server is drained", RestartService): configured,
    ("calls have ended", RestartService): lambda: drained(calls=3),
    ("the UM service beside it is ready", RestartService): drained,
    ("the last start had its time", RestartService): lambda: warming_up(
        drained().past(RestartService).past(RestartService)
    ),
    ("the service is at rest", RestartService): lambda: drained(stopping=frozenset({"UM"})),
    ("the server is ready", ActivateServer): drained,
    ("nothing uses the certificate", RemoveCertificate): retired,
    **LYNC_SCENARIOS,
}


def ready(world: Scene, edges: tuple[Edge[Any], ...], kind: type[Step]) -> set[str]:
    plan = make_plan(
        world.desired, world.snapshot, world.ledger, world.now, pass_started=world.now, edges=edges
    )
    return {one.step.step_id for one in plan.steps if one.ready and isinstance(one.step, kind)}


def test_every_edge_has_a_scenario_of_its_own() -> None:
    assert [(edge.name, edge.after) for edge in EDGES] == list(
        dict.fromkeys((edge.name, edge.after) for edge in EDGES)
    )
    assert set(SCENARIOS) == {(edge.name, edge.after) for edge in OWN}


@pytest.mark.parametrize("edge", OWN, ids=lambda edge: f"{edge.name} -> {edge.after.__name__}")
def test_without_this_edge_a_step_would_run_too_early(edge: Edge[Any]) -> None:
    world: Scene = SCENARIOS[edge.name, edge.after]().seen()
    others = tuple(other for other in EDGES if other is not edge)
    assert ready(world, others, edge.after) > ready(world, EDGES, edge.after)


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge.name} -> {edge.after.__name__}")
def test_every_edge_says_why_and_where_that_is_known_from(edge: Edge[Any]) -> None:
    assert edge.why
    assert edge.source


def test_calls_that_were_not_counted_in_this_pass_are_not_taken_for_none() -> None:
    world = gateway_goes(state="NoNewCalls").seen()
    uncounted = replace(world.snapshot, active_calls={})
    failed = replace(world.snapshot, active_calls={"sbc01": Unknown("NotRead", "no answer", world.now)})
    for snapshot in (uncounted, failed):
        plan = make_plan(world.desired, snapshot, world.ledger, world.now, pass_started=world.now)
        assert not [one for one in plan.steps if one.ready]
