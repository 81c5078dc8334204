from __future__ import annotations

from typing import Any

from manifests_support import (
    example,
    gateway_document,
    organization_document,
    plan_document,
    with_metadata,
)
from um_operator.api.annotations import RETRY_REQUESTED_AT
from um_operator.api.meta import ObjectKey
from um_operator.api.select import parse
from um_operator.desired.organization import DesiredGateway, DesiredOrganization
from um_operator.desired.resolve import resolve, without_organization
from um_operator.desired.resources import Resources

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
PBX = [{"name": "pbx", "pilotIdentifier": "4900"}]


def resources(*documents: dict[str, Any], secrets: frozenset[str] | None = None) -> Resources:
    return Resources.of((parse(item) for item in documents), secrets=secrets)


def resolved(*documents: dict[str, Any], in_force: tuple[ObjectKey, ...] = ()) -> DesiredOrganization:
    found = resources(organization_document(mode="Enforce"), *documents)
    return resolve(found, found.organizations[0], in_force)


def gateway_of(desired: DesiredOrganization, name: str) -> DesiredGateway:
    return next(item for item in desired.gateways if item.key.name == name)


def claimed(desired: DesiredOrganization) -> set[str]:
    return {str(item.key) for item in desired.objects if item.blocked and item.blocked.reason == "Claimed"}


def test_the_contoso_example_resolves_without_an_obstacle() -> None:
    found = Resources.of(example("contoso"))
    desired = resolve(found, found.organizations[0])
    assert [plan.name for plan in desired.dial_plans] == ["Contoso-Lync", "Contoso-PBX"]
    assert [item.name for item in desired.gateways] == ["cube01", "kamailio01", "sbc01"]
    assert {str(item.key): item.blocked for item in desired.objects if item.blocked} == {}
    assert [group.pilot_identifier for group in gateway_of(desired, "kamailio01").hunt_groups] == [
        "4900",
        "4950",
    ]
    assert {item.care.mode for item in desired.objects} == {"Enforce"}


def test_a_name_left_out_is_the_resources_own() -> None:
    desired = resolved(plan_document("pbx"), plan_document("lync", name="Contoso-Lync"))
    assert {str(plan.key): plan.name for plan in desired.dial_plans} == {
        "UMDialPlan/pbx": "pbx",
        "UMDialPlan/lync": "Contoso-Lync",
    }


def test_a_hunt_group_is_known_by_the_names_in_exchange() -> None:
    desired = resolved(
        plan_document("pbx", name="Contoso-PBX"), gateway_document("sbc01", name="SBC 1", dialPlanRefs=PBX)
    )
    (group,) = gateway_of(desired, "sbc01").hunt_groups
    assert (group.gateway, group.dial_plan, group.pilot_identifier) == ("SBC 1", "Contoso-PBX", "4900")
    assert group.dial_plan_key == ObjectKey("UMDialPlan", "pbx")
    assert group.name.startswith("Contoso-PBX-4900-")


def test_a_missing_plan_is_named_and_stops_only_its_own_hunt_group() -> None:
    refs = [{"name": "pbx"}, {"name": "branch"}]
    gateway = gateway_document("sbc01", dialPlanRefs=refs, unlistedHuntGroups="Remove")
    desired = gateway_of(resolved(plan_document("pbx"), gateway), "sbc01")
    assert [group.dial_plan for group in desired.hunt_groups] == ["pbx"]
    (missing,) = desired.unresolved
    assert (missing.reason, missing.stalled) == ("DependencyNotFound", False)
    assert missing.message == '"UMDialPlan/branch" does not exist'
    assert desired.blocked is None


def test_while_a_plan_is_missing_no_unlisted_hunt_group_is_removed() -> None:
    gateway = gateway_document("sbc01", dialPlanRefs=PBX, unlistedHuntGroups="Remove")
    assert not gateway_of(resolved(gateway), "sbc01").remove_unlisted
    assert gateway_of(resolved(plan_document("pbx"), gateway), "sbc01").remove_unlisted


def test_a_plan_of_another_organisation_is_not_found() -> None:
    plan = plan_document("pbx", organizationRef={"name": "fabrikam"})
    (missing,) = gateway_of(resolved(plan, gateway_document("sbc01", dialPlanRefs=PBX)), "sbc01").unresolved
    assert missing.message == '"UMDialPlan/pbx" belongs to another organization than "default"'


def test_one_bad_plan_does_not_stop_the_rest() -> None:
    desired = resolved(
        plan_document("pbx", uriType="Tel"),
        plan_document("lync"),
        gateway_document("sbc01", dialPlanRefs=PBX),
    )
    assert [str(item.key) for item in desired.invalid] == ["UMDialPlan/pbx"]
    assert [str(plan.key) for plan in desired.dial_plans] == ["UMDialPlan/lync"]
    (missing,) = gateway_of(desired, "sbc01").unresolved
    assert missing.message == '"UMDialPlan/pbx" cannot be used: see its problems'


def test_the_second_claim_of_a_name_is_stalled_whatever_its_case() -> None:
    desired = resolved(
        with_metadata(plan_document("new", name="CONTOSO-pbx"), creationTimestamp=NEW),
        with_metadata(plan_document("old", name="Contoso-PBX"), creationTimestamp=OLD),
    )
    assert claimed(desired) == {"UMDialPlan/new"}
    assert desired.dial_plans[0].obstacles[0].message == (
        'the name "CONTOSO-pbx" in Exchange is claimed by "UMDialPlan/old", which has it'
    )


def test_a_plan_and_a_gateway_may_have_the_same_name() -> None:
    assert claimed(resolved(plan_document("one"), gateway_document("one"))) == set()


def test_the_second_claim_of_an_address_is_stalled() -> None:
    desired = resolved(
        with_metadata(gateway_document("a", address="SBC.contoso.com"), creationTimestamp=NEW),
        with_metadata(gateway_document("b", address="sbc.contoso.com."), creationTimestamp=OLD),
    )
    assert claimed(desired) == {"UMIPGateway/a"}


def test_who_is_in_force_keeps_it_from_an_older_resource() -> None:
    desired = resolved(
        with_metadata(gateway_document("a", address="sbc.contoso.com"), creationTimestamp=NEW),
        with_metadata(gateway_document("b", address="sbc.contoso.com"), creationTimestamp=OLD),
        in_force=(ObjectKey("UMIPGateway", "a"),),
    )
    assert claimed(desired) == {"UMIPGateway/b"}


def test_who_lost_the_name_keeps_no_address_from_others() -> None:
    desired = resolved(
        with_metadata(gateway_document("a", name="SBC", address="one.contoso.com"), creationTimestamp=OLD),
        with_metadata(gateway_document("b", name="sbc", address="two.contoso.com"), creationTimestamp=NEW),
        gateway_document("c", address="two.contoso.com"),
    )
    assert claimed(desired) == {"UMIPGateway/b"}


def test_a_resource_that_became_invalid_keeps_its_name() -> None:
    desired = resolved(
        with_metadata(plan_document("old", name="Contoso", uriType="Tel"), creationTimestamp=OLD),
        with_metadata(plan_document("new", name="Contoso"), creationTimestamp=NEW),
    )
    assert claimed(desired) == {"UMDialPlan/new"}


def test_nothing_is_linked_to_a_plan_that_lost_its_name() -> None:
    desired = resolved(
        with_metadata(plan_document("pbx", name="X"), creationTimestamp=NEW),
        with_metadata(plan_document("old", name="X"), creationTimestamp=OLD),
        gateway_document("sbc01", dialPlanRefs=PBX),
    )
    gateway = gateway_of(desired, "sbc01")
    assert gateway.hunt_groups == ()
    assert 'claimed by "UMDialPlan/old"' in gateway.unresolved[0].message


def test_an_object_can_only_be_more_careful_than_its_organisation() -> None:
    desired = resolved(
        plan_document("a", mode="Observe"), plan_document("b", mode="Plan"), plan_document("c")
    )
    assert [plan.care.mode for plan in desired.dial_plans] == ["Observe", "Plan", "Enforce"]


def test_requests_and_deletion_come_along() -> None:
    manifest = with_metadata(
        gateway_document("sbc01", deletionPolicy="Delete", ignoreDrift=["port"]),
        annotations={RETRY_REQUESTED_AT: "now"},
        deletionTimestamp=NEW,
        generation=3,
    )
    gateway = gateway_of(resolved(manifest), "sbc01")
    assert (gateway.deleting, gateway.deletion_policy, gateway.generation) == (True, "Delete", 3)
    assert (gateway.requested_retry, gateway.ignore_drift) == ("now", frozenset({"port"}))


def test_a_missing_secret_is_an_obstacle_of_the_organisation() -> None:
    found = resources(organization_document(), secrets=frozenset({"other"}))
    (obstacle,) = resolve(found, found.organizations[0]).obstacles
    assert obstacle.message == 'Secret "exchange-operator" does not exist'
    there = resources(organization_document(), secrets=frozenset({"exchange-operator"}))
    assert resolve(there, there.organizations[0]).obstacles == ()


def test_a_resource_without_organisation_says_which_one_is_missing() -> None:
    found = resources(
        plan_document("pbx"),
        gateway_document("sbc01", organizationRef={"name": "contoso"}),
        organization_document("contoso", interval="1"),
    )
    told = {str(key): obstacles[0].message for key, obstacles in without_organization(found).items()}
    assert told == {
        "UMDialPlan/pbx": '"ExchangeOrganization/default" does not exist',
        "UMIPGateway/sbc01": '"ExchangeOrganization/contoso" cannot be used: see its problems',
    }
