"""From nothing to an integration: what is asked for, in which order, and what is left to a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lync_support import (
    CONTACT,
    EX01,
    JOINED,
    LYNC,
    NUMBER,
    POOL,
    SECURED,
    STANDARD,
    LyncEstate,
    estate,
    leaf,
    pool_fact,
    sip_plan,
    words,
    world,
)
from manifests_support import gateway
from model_estate import gateway_fact, plan_fact
from planning_support import NOW, World, findings, group_fact, kinds, of_type, reasons, sentences
from um_operator.api.reasons import Reason
from um_operator.observed.hosts import HostEvent
from um_operator.observed.lync import AutoAttendantFact
from um_operator.planning.steps import (
    CreateGateway,
    CreateHuntGroup,
    GrantPermissions,
    SetGateway,
    SetVoIPSecurity,
)

RUN = {"policy": "Run", "server": EX01}
UNIT = {"organizationalUnit": "OU=UM Contacts,DC=contoso,DC=com", "sipDomain": "contoso.com"}
LINKED = (SECURED, gateway_fact("pool", address=POOL, port=5061), group_fact("pool", "Contoso-Lync"))


def complete(**facts: Any) -> LyncEstate:
    """Return an estate in which nothing is missing."""
    return estate(*LINKED, members=JOINED, missing=frozenset(), contacts=(CONTACT,), **facts)


def test_an_integration_that_lacks_nothing_asks_for_nothing() -> None:
    plan = world(complete()).plan
    assert not plan.steps
    assert not plan.findings_of(LYNC)


def test_what_one_person_has_to_type_is_all_that_is_left_of_a_new_integration() -> None:
    settled = world(estate(SECURED), permissions=RUN, contacts=UNIT).settled()
    assert not settled.plan.steps
    assert findings(settled.plan, LYNC) == [("Pending", Reason.CONTACTS_MISSING)]
    assert isinstance(settled.estate, LyncEstate)
    assert settled.estate.members == JOINED
    assert settled.estate.gateways[POOL].port == 5061
    (instruction,) = words(settled)
    for typed in (
        'SIP dial plan "Contoso-Lync"', 'Organizational Unit "OU=UM Contacts,DC=contoso,DC=com"',
        'Name "Contoso-Lync-SA"', 'SIP Address "sip:contoso-lync-sa@contoso.com"',
        f'Server or Pool "{POOL}"', f'Phone Number "{NUMBER}"', 'Contact Type "Subscriber Access"',
    ):  # fmt: skip
        assert typed in instruction


def test_the_script_runs_after_membership_and_links_so_that_it_makes_no_gateway_of_its_own() -> None:
    plan = world(estate(SECURED), permissions=RUN).plan
    waits = of_type(plan, GrantPermissions).waits
    assert reasons(waits) == [Reason.SERVER_NOT_IN_DIAL_PLAN] * 2 + [Reason.WAITING_FOR_HUNT_GROUP]


def test_a_pool_is_linked_only_once_its_gateway_is_complete() -> None:
    plan = world(estate(SECURED)).plan
    assert not of_type(plan, CreateGateway).waits
    assert reasons(of_type(plan, SetGateway).waits) == [Reason.WAITING_FOR_GATEWAY]
    assert reasons(of_type(plan, CreateHuntGroup).waits) == [Reason.WAITING_FOR_GATEWAY]


def test_the_pilot_of_a_new_link_is_what_the_script_looks_for() -> None:
    step = of_type(world(estate(SECURED)).plan, CreateHuntGroup).step
    assert isinstance(step, CreateHuntGroup)
    assert step.pilot_identifier == "Contoso-Lync"


def test_a_gateway_with_the_address_of_a_pool_is_taken_whatever_its_name_and_its_pilot() -> None:
    plan = world(complete()).plan
    assert not plan.steps


def test_a_gateway_that_has_the_name_of_a_pool_and_another_address_is_left_alone() -> None:
    foreign = gateway_fact(POOL, address="elsewhere.contoso.com")
    settled = world(estate(SECURED, foreign)).settled()
    assert settled.estate.gateways[POOL] == foreign
    assert settled.estate.gateways[f"{POOL}-pool"].address == POOL


def test_the_port_of_a_pool_waits_for_its_plan_to_be_secured() -> None:
    unsecured = plan_fact("Contoso-Lync", **{**SECURED.properties, "voipSecurity": "Unsecured"})
    settled = world(estate(unsecured)).settled()
    assert settled.estate.gateways[POOL].port == 5060
    ready = [type(planned.step).__name__ for planned in settled.plan.steps if planned.ready]
    assert {"SetGatewayPort", "SetVoIPSecurity"} <= set(kinds(settled.plan))
    assert not ready


def test_what_the_securing_of_a_plan_waits_for_is_told_of_each_pool_by_its_own_name() -> None:
    unsecured = plan_fact("Contoso-Lync", **{**SECURED.properties, "voipSecurity": "Unsecured"})
    pools = (pool_fact(), pool_fact(STANDARD, (STANDARD,)))
    refs = [{"name": "lync", "outboundGateway": POOL}]
    both: dict[str, Any] = {"pools": [{"fqdn": POOL}, {"fqdn": STANDARD}], "dialPlanRefs": refs}
    settled = world(estate(unsecured, pools=pools), **both).settled()
    waits = of_type(settled.plan, SetVoIPSecurity).waits
    gateways = {wait.object for wait in waits if wait.reason == Reason.WAITING_FOR_GATEWAYS}
    assert gateways == {POOL, STANDARD}


@pytest.mark.parametrize(
    ("encryption", "security", "fits"),
    [
        ("RequireEncryption", "Secured", True),
        ("RequireEncryption", "SIPSecured", False),
        ("RequireEncryption", "Unsecured", False),
        ("SupportEncryption", "Secured", True),
        ("SupportEncryption", "SIPSecured", True),
        ("DoNotSupportEncryption", "Secured", False),
        ("DoNotSupportEncryption", "SIPSecured", True),
    ],
)
def test_a_plan_goes_with_what_a_pool_demands_of_media(encryption: Any, security: str, *, fits: bool) -> None:
    told = findings(world(complete(encryption=encryption), plan=sip_plan(voipSecurity=security)).plan, LYNC)
    assert (("Pending", Reason.INCOMPATIBLE_SECURITY) not in told) == fits


@pytest.mark.parametrize(
    ("plan", "why"),
    [({"uriType": "E164"}, '"E164", not "SipName"'), ({"name": "Contoso Lync"}, "its name has a space")],
)
def test_a_plan_that_lync_cannot_use_stalls_the_integration(plan: dict[str, str], why: str) -> None:
    fact = plan_fact(plan.get("name", "Contoso-Lync"), uriType=plan.get("uriType", "SipName"))
    made = world(estate(fact), plan=sip_plan(**plan)).plan
    assert findings(made, LYNC) == [("Blocked", Reason.DIAL_PLAN_NOT_SIP_NAME)]
    assert why in made.findings_of(LYNC)[0].message
    assert not made.of(LYNC)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"pools": ()}, Reason.POOL_NOT_FOUND),
        ({"pools": (pool_fact(services=frozenset({"Director"})),)}, Reason.POOL_NOT_SUPPORTED),
        ({"major": 7}, Reason.POOL_NOT_SUPPORTED),
    ],
)
def test_a_pool_that_does_not_work_with_um_is_named(facts: dict[str, Any], reason: Reason) -> None:
    told = findings(world(estate(SECURED, **facts)).plan, LYNC)
    assert ("Pending", reason) in told


def test_no_gateway_is_made_for_a_pool_that_the_topology_has_not() -> None:
    assert "CreateGateway" not in kinds(world(estate(SECURED, pools=())).plan)


def test_nothing_follows_from_a_topology_that_was_not_read() -> None:
    plan = world(estate(SECURED, topology_read=False)).plan
    assert findings(plan, LYNC) == [("Unread", Reason.NOT_READ)]
    assert not plan.of(LYNC)


def test_deleting_an_integration_takes_nothing_back() -> None:
    gone = world(complete())
    (plan, item) = gone.resources
    metadata = item.metadata.model_copy(update={"deletion_timestamp": "2026-11-25T11:00:00Z"})
    going = gone.declaring(plan, item.model_copy(update={"metadata": metadata}))
    assert not going.plan.steps
    assert going.plan.released == {LYNC: ""}


def test_permissions_are_only_said_to_be_missing_where_nobody_lets_the_script_run() -> None:
    plan = world(estate(*LINKED, members=JOINED)).plan
    assert not plan.steps
    assert findings(plan, LYNC) == [
        ("Pending", Reason.PERMISSIONS_MISSING),
        ("Pending", Reason.WAITING_FOR_PERMISSIONS),
    ]
    asked = next(one.message for one in plan.findings if one.reason == Reason.PERMISSIONS_MISSING)
    assert asked.startswith("run ExchUcUtil.ps1 on an Exchange server: Lync may not read objects of")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"registrar_pool": "other.contoso.com"}, "which is none of spec.pools"),
        ({"auto_attendant": True}, "is for an auto attendant"),
        ({"enabled": False}, "is disabled"),
    ],
)
def test_a_contact_that_is_not_as_it_has_to_be_counts_as_missing(change: dict[str, Any], why: str) -> None:
    odd = world(replace(complete(), contacts=(replace(CONTACT, **change),)))
    assert findings(odd.plan, LYNC) == [("Pending", Reason.CONTACTS_MISSING)]
    assert why in words(odd)[0]


def test_a_number_that_is_not_in_e164_has_to_be_changed_first() -> None:
    fact = plan_fact("Contoso-Lync", **{**SECURED.properties, "accessTelephoneNumbers": ("4900",)})
    odd = world(
        replace(complete(), plans={"contoso-lync": fact}), plan=sip_plan(accessTelephoneNumbers=["4900"])
    )
    assert "is not in E.164" in words(odd)[0]


def test_each_number_of_an_enabled_auto_attendant_needs_a_contact() -> None:
    attendants = (
        AutoAttendantFact("Reception", "Contoso-Lync", frozenset({"+4989555004901"}), enabled=True),
        AutoAttendantFact("Old", "Contoso-Lync", frozenset({"+4989555004902"}), enabled=False),
        AutoAttendantFact("Other", "Contoso-PBX", frozenset({"+4989555004903"}), enabled=True),
    )
    (instruction,) = words(world(complete(attendants=attendants)))
    assert 'Phone Number "+4989555004901"; Contact Type "Auto-Attendant"' in instruction


def test_contacts_that_nobody_looks_for_are_not_missing() -> None:
    plan = world(replace(complete(), contacts=()), contacts={"policy": "Ignore"}).plan
    assert not plan.findings_of(LYNC)


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (None, "none is assigned"),
        (leaf(POOL, "lyncfe01.contoso.com", not_after=NOW), "ended at"),
        (leaf(POOL, "lyncfe01.contoso.com", common_name="lyncfe01.contoso.com"), "has the common name"),
        (leaf(POOL, "lyncfe02.contoso.com"), 'does not name "lyncfe01.contoso.com"'),
        (leaf(POOL, "lyncfe01.contoso.com", extended_key_usages=frozenset({"clientAuth"})), "serverAuth"),
        (leaf(POOL, "lyncfe01.contoso.com", self_issued=True), "self-signed"),
    ],
)
def test_a_front_end_whose_certificate_um_refuses_is_named(shown: Any, why: str) -> None:
    odd = world(complete(certificates={"lyncfe01.contoso.com": shown}))
    assert findings(odd.plan, LYNC) == [("Pending", Reason.FRONT_END_CERTIFICATE_UNFIT)]
    assert 'front end "lyncfe01.contoso.com"' in words(odd)[0]
    assert why in words(odd)[0]


def test_a_call_that_a_front_end_lately_could_not_bring_to_um_is_told_and_an_old_one_not() -> None:
    lately = HostEvent(2, 44009, NOW, "ms-diagnostics 15030")
    long_ago = HostEvent(1, 44009, NOW.replace(year=2025), "ms-diagnostics 15030")
    assert ("Pending", Reason.CALLS_REJECTED) in findings(
        world(complete(events=(long_ago, lately))).plan, LYNC
    )
    assert not world(complete(events=(long_ago,))).plan.findings_of(LYNC)


def test_a_topology_that_is_not_everywhere_is_waited_for_until_the_integration_is_in_force() -> None:
    late = world(complete(late=frozenset({"lyncfe02.contoso.com"})))
    assert findings(late.plan, LYNC) == [("Pending", Reason.WAITING_FOR_MANAGEMENT_STORE)]
    assert not late.remembering(LYNC, applied_generation=1).plan.findings_of(LYNC)


def test_in_observe_every_difference_is_drift_and_nothing_is_ready() -> None:
    site = world(estate(SECURED), mode="Observe")
    assert ("Drift", Reason.SERVER_NOT_IN_DIAL_PLAN) in findings(site.plan, LYNC)
    assert not site.plan.ready


def two_pools(*gateways: Any, **facts: Any) -> World:
    """Return an Enterprise pool that places calls, and a Standard one that has joined later."""
    joined = estate(SECURED, *gateways, members=JOINED, missing=frozenset(), contacts=(CONTACT,), **facts)
    pools = (pool_fact(), pool_fact(STANDARD, (STANDARD,)))
    refs = [{"name": "lync", "outboundGateway": POOL}]
    wanted = [{"fqdn": POOL}, {"fqdn": STANDARD}]
    return world(replace(joined, pools=pools), pools=wanted, dialPlanRefs=refs)


def test_of_several_pools_exactly_the_named_one_places_calls() -> None:
    settled = two_pools().settled()
    out = {key: one.properties["outcallsAllowed"] for key, one in settled.estate.gateways.items()}
    assert out == {POOL: True, STANDARD: False}


def test_no_gateway_stops_placing_calls_before_the_named_one_does() -> None:
    closed = gateway_fact("pool", address=POOL, port=5061, outcallsAllowed=False)
    other = gateway_fact("se", address=STANDARD, port=5061)
    site = two_pools(
        closed, other, group_fact("pool", "Contoso-Lync"), group_fact("se", "Contoso-Lync", "", "se")
    )
    steps = {planned.step.subject: planned for planned in site.plan.steps}
    assert steps["UMIPGateway/pool"].ready
    assert reasons(steps["UMIPGateway/se"].waits) == [Reason.WAITING_FOR_GATEWAY]
    assert not site.settled().plan.steps


def test_a_gateway_of_other_plans_keeps_placing_calls() -> None:
    pbx = (plan_fact("Contoso-PBX"), gateway_fact("sbc01"), group_fact("sbc01", "Contoso-PBX"))
    site = estate(*LINKED, *pbx, members=JOINED, missing=frozenset(), contacts=(CONTACT,))
    assert not world(site).plan.steps


def test_an_old_gateway_of_the_plan_stops_placing_calls() -> None:
    old = (gateway_fact("old", port=5061), group_fact("old", "Contoso-Lync", "", "old"))
    site = world(replace(estate(*LINKED, *old), members=JOINED, missing=frozenset(), contacts=(CONTACT,)))
    assert sentences(site.plan) == ['Set outcallsAllowed from "true" to "false" of gateway "old".']


def test_a_branch_appliance_is_no_outbound_gateway() -> None:
    branch = pool_fact(STANDARD, (STANDARD,), services=frozenset({"Registrar", "MediationServer"}))
    site = replace(complete(), pools=(pool_fact(), branch))
    refs = [{"name": "lync", "outboundGateway": STANDARD}]
    told = words(world(site, dialPlanRefs=refs))
    assert f'outboundGateway "{STANDARD}" of dial plan "Contoso-Lync" is a "BranchAppliance"' in told


def test_a_pool_that_a_gateway_resource_declares_is_left_to_it() -> None:
    declared = gateway("pool", name="pool", address=POOL, dialPlanRefs=[{"name": "lync"}])
    plan = world(estate(SECURED), declared).plan
    assert {planned.step.owner.kind for planned in plan.steps if isinstance(planned.step, CreateGateway)} == {
        "UMIPGateway"
    }


def test_a_field_that_is_corrected_again_and_again_is_left_alone() -> None:
    path = f"gateways[{POOL}].port"
    moved = replace(complete(), gateways={"pool": gateway_fact("pool", address=POOL, port=5062)})
    site = world(moved).remembering(LYNC, applied_generation=1, corrections={path: (NOW, NOW, NOW)})
    assert ("Blocked", Reason.CORRECTION_STOPPED) in findings(site.plan, LYNC)
    assert "SetGateway" not in kinds(site.plan)
