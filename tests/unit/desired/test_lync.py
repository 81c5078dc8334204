"""A LyncIntegration as it is wanted, and what it has to itself."""

from __future__ import annotations

from typing import Any

from manifests_support import (
    gateway_document,
    lync_document,
    organization_document,
    plan_document,
    with_metadata,
)
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.select import parse
from um_operator.desired.organization import DesiredLyncIntegration, DesiredOrganization, Obstacle
from um_operator.desired.resolve import resolve
from um_operator.desired.resources import Resources

LYNC = {"endpoints": ["https://lyncpool01.contoso.com/OcsPowershell"]}
PLAN = plan_document("lync", name="Contoso-Lync")
OLD, YOUNG = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def organization_of(
    *documents: dict[str, Any], secrets: frozenset[str] | None = None, **spec: Any
) -> DesiredOrganization:
    everything = [organization_document(**{"mode": "Enforce", "lync": LYNC, **spec}), *documents]
    found = Resources.of((parse(item) for item in everything), secrets=secrets)
    return resolve(found, found.organizations[0])


def wanted(*documents: dict[str, Any], **organization: Any) -> DesiredLyncIntegration:
    (only,) = organization_of(*documents, **organization).lync_integrations
    return only


def reasons(obstacles: tuple[Obstacle, ...]) -> list[str]:
    return [obstacle.reason for obstacle in obstacles]


def test_pools_are_in_the_order_of_the_manifest_and_each_once() -> None:
    pools = [{"fqdn": "B.contoso.com"}, {"fqdn": "a.contoso.com", "port": 5067}, {"fqdn": "b.contoso.com"}]
    refs = [{"name": "lync", "outboundGateway": "a.contoso.com"}]
    item = wanted(lync_document(pools=pools, dialPlanRefs=refs), PLAN)
    assert [(pool.fqdn, pool.port) for pool in item.pools] == [
        ("b.contoso.com", 5061),
        ("a.contoso.com", 5067),
    ]


def test_a_plan_is_known_by_its_name_in_exchange_and_calls_through_the_only_pool() -> None:
    (plan,) = wanted(lync_document(), PLAN).dial_plans
    assert (plan.name, plan.key) == ("Contoso-Lync", ObjectKey("UMDialPlan", "lync"))
    assert plan.outbound_gateway == "lyncpool01.contoso.com"


def test_a_plan_that_is_not_there_stops_nothing_else() -> None:
    item = wanted(lync_document(dialPlanRefs=[{"name": "lync"}, {"name": "none"}]), PLAN)
    assert [plan.name for plan in item.dial_plans] == ["Contoso-Lync"]
    assert reasons(item.unresolved) == [Reason.DEPENDENCY_NOT_FOUND]
    assert item.obstacles == ()


def test_a_pool_whose_gateway_is_declared_leaves_it_to_that_resource() -> None:
    declared = gateway_document("pool", address="LYNCPOOL01.contoso.com")
    (pool,) = wanted(lync_document(), PLAN, declared).pools
    assert pool.gateway == ObjectKey("UMIPGateway", "pool")
    (pool,) = wanted(lync_document(), PLAN).pools
    assert pool.gateway is None


def test_without_a_way_to_lync_nothing_is_done() -> None:
    item = wanted(lync_document(), PLAN, lync=None)
    assert reasons(item.obstacles) == [Reason.LYNC_NOT_CONFIGURED]
    assert item.blocked is not None
    assert item.blocked.stalled


def test_an_account_that_is_not_there_is_told() -> None:
    account = {"secretRef": {"name": "admin"}}
    item = wanted(
        lync_document(permissions={"authentication": account}), PLAN, secrets=frozenset({"exchange-operator"})
    )
    assert [obstacle.message for obstacle in item.obstacles] == ['Secret "admin" does not exist']


def test_an_account_that_proves_itself_in_clear_asks_for_https() -> None:
    account = {"secretRef": {"name": "admin"}, "method": "Basic"}
    item = wanted(lync_document(permissions={"authentication": account}), PLAN)
    assert reasons(item.obstacles) == [Reason.INVALID_SPEC]


def test_of_two_that_want_a_pool_or_a_plan_the_older_one_has_it() -> None:
    older = with_metadata(lync_document("a"), creationTimestamp=OLD)
    younger = with_metadata(lync_document("b"), creationTimestamp=YOUNG)
    a, b = organization_of(younger, older, PLAN).lync_integrations
    assert a.obstacles == ()
    assert [obstacle.message for obstacle in b.obstacles] == [
        'Lync pool "lyncpool01.contoso.com" is claimed by "LyncIntegration/a", which has it',
        '"UMDialPlan/lync" for Lync is claimed by "LyncIntegration/a", which has it',
    ]


def test_a_gateway_that_says_the_opposite_of_the_outbound_gateway_is_a_second_claim() -> None:
    older = with_metadata(lync_document(), creationTimestamp=OLD)
    against = gateway_document("sbc01", outcallsAllowed=True, dialPlanRefs=[{"name": "lync"}])
    desired = organization_of(older, PLAN, with_metadata(against, creationTimestamp=YOUNG))
    (gateway,) = desired.gateways
    assert reasons(gateway.obstacles) == [Reason.CLAIMED]
    assert 'claimed by "LyncIntegration/lync"' in gateway.obstacles[0].message
    assert desired.lync_integrations[0].obstacles == ()


def test_a_gateway_that_says_the_same_or_is_of_another_plan_claims_nothing() -> None:
    same = gateway_document("sbc01", outcallsAllowed=False, dialPlanRefs=[{"name": "lync"}])
    other = gateway_document("sbc02", outcallsAllowed=True, dialPlanRefs=[{"name": "pbx"}])
    desired = organization_of(lync_document(), PLAN, plan_document("pbx"), same, other)
    assert [gateway.obstacles for gateway in desired.gateways] == [(), ()]
    assert desired.lync_integrations[0].obstacles == ()


def test_it_stands_among_the_resources_and_is_as_careful_as_both_say() -> None:
    desired = organization_of(lync_document(mode="Plan"), PLAN)
    (item,) = desired.lync_integrations
    assert item in desired.resources
    assert item.care.mode == "Plan"
    assert desired.uids.keys() >= {item.key}
