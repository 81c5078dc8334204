"""For each edge about Lync an estate in which that edge alone holds a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from lync_site import LyncSite
from lync_support import EX01, JOINED, POOL, SECURED, STANDARD, estate, pool_fact, world
from model_estate import gateway_fact, plan_fact
from planning_support import NOW, World, group_fact
from um_operator.api.meta import ObjectKey
from um_operator.observed.ledger import BeforeSecure
from um_operator.planning.steps import (
    CreateHuntGroup,
    GrantPermissions,
    InstallChain,
    InstallLyncTrust,
    JoinDialPlans,
    RequestCertificate,
    SetGateway,
    Step,
)

RUN: Final = {"policy": "Run", "server": EX01}
PLAN = ObjectKey("UMDialPlan", "lync")
UNSECURED = plan_fact("Contoso-Lync", **{**SECURED.properties, "voipSecurity": "Unsecured"})
LINKED = (SECURED, gateway_fact("pool", address=POOL, port=5061), group_fact("pool", "Contoso-Lync"))


def two_gateways() -> World:
    """Return two pools, of which the one that is to place calls does not yet."""
    closed = gateway_fact("pool", address=POOL, port=5061, outcallsAllowed=False)
    other = (gateway_fact("se", address=STANDARD, port=5061), group_fact("se", "Contoso-Lync", "", "se"))
    both = estate(SECURED, closed, group_fact("pool", "Contoso-Lync"), *other, members=JOINED)
    both = replace(both, pools=(pool_fact(), pool_fact(STANDARD, (STANDARD,))), missing=frozenset())
    refs = [{"name": "lync", "outboundGateway": POOL}]
    return world(both, pools=[{"fqdn": POOL}, {"fqdn": STANDARD}], dialPlanRefs=refs)


LYNC_SCENARIOS: Final[Mapping[tuple[str, type[Step]], Callable[[], Any]]] = {
    ("the plans exist", JoinDialPlans): lambda: world(estate()),
    ("calls go out through the named gateway", SetGateway): two_gateways,
    ("every server is a member", GrantPermissions): lambda: world(estate(*LINKED), permissions=RUN),
    ("the plans of pools work", CreateHuntGroup): lambda: world(
        estate(UNSECURED, gateway_fact("pool", address=POOL), members=JOINED)
    ),
    ("the plans of pools work", GrantPermissions): lambda: world(
        estate(*LINKED, members=JOINED), permissions=RUN
    ).remembering(PLAN, before_secure=BeforeSecure("Unsecured", secured_at=NOW)),
    ("the pools are linked", GrantPermissions): lambda: world(
        estate(*LINKED[:2], members=JOINED), permissions=RUN
    ),
    ("the CAs are published", InstallLyncTrust): lambda: (
        LyncSite.calling("ex01").doing(RequestCertificate).doing(InstallChain)
    ),
}
