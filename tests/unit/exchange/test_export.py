"""Export and plan: what is exported of an estate is no change to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_support import NOW
from manifests_support import organization_document, valid
from um_operator.api.durations import canonical
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.select import Invalid, parse
from um_operator.desired.resolve import resolve
from um_operator.desired.resources import Resources
from um_operator.exchange.export import Export, LeftOut, export
from um_operator.observed.exchange import DialPlanFact, GatewayFact, HuntGroupFact
from um_operator.observed.fact import Known, NotReadError, Unknown
from um_operator.observed.ledger import Ledger
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import PropertyValue, name_key
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan

UNREAD = Unknown("NotRead", "not read", NOW)


def plan(name: str, **properties: PropertyValue) -> DialPlanFact:
    shown: dict[str, PropertyValue] = {
        "countryOrRegionCode": "49",
        "numberOfDigitsInExtension": 4,
        "uriType": "TelephoneExtension",
        "voipSecurity": "Unsecured",
    }
    return DialPlanFact(name, name_key(name), "TelephoneExtension", 4, "Unsecured", {**shown, **properties})


def gateway(name: str, address: str = "", **properties: PropertyValue) -> GatewayFact:
    address = address or "sbc01.contoso.com"
    shown: dict[str, PropertyValue] = {"address": address, "port": 5060, "state": "Enabled", **properties}
    return GatewayFact(name, name_key(name), address, 5060, "Enabled", shown)


def snapshot(
    plans: Iterable[DialPlanFact] = (),
    gateways: Iterable[GatewayFact] = (),
    groups: Iterable[HuntGroupFact] = (),
) -> Snapshot:
    return Snapshot(
        organization=UNREAD,
        servers=Known({}, NOW),
        dial_plans=Known({name_key(fact.name): Known(fact, NOW) for fact in plans}, NOW),
        gateways=Known({name_key(fact.name): Known(fact, NOW) for fact in gateways}, NOW),
        hunt_groups=Known(tuple(groups), NOW),
        mailbox_policies=Known((), NOW),
    )


def plan_of(exported: Export, live: Snapshot) -> Plan:
    """Return the plan of what was exported, in the least careful mode."""
    owner = valid(organization_document(mode="Enforce"), ExchangeOrganization)
    resources = [parse(document) for document in exported.documents]
    understood = [resource for resource in resources if not isinstance(resource, Invalid)]
    assert len(understood) == len(resources)
    desired = resolve(Resources.of([owner, *understood]), owner)
    return make_plan(desired, live, Ledger(), NOW, pass_started=NOW)


def test_a_plan_a_gateway_and_their_link_come_out_as_people_write_them() -> None:
    live = snapshot(
        [
            plan(
                "Contoso PBX",
                accessTelephoneNumbers=("4900", "4950"),
                maxCallDuration="30m",
                recordingIdleTimeout="5s",
                infoAnnouncement="Disabled",
                operatorExtension=None,
                pilotIdentifierList=(),
                configuredInternationalGroups=(("World", "00*", "00*", ""), ("World", "01x", "9*", "a, b")),
            )
        ],
        [gateway("sbc01")],
        [
            HuntGroupFact("H1", "SBC01", "contoso pbx", "4900"),
            HuntGroupFact("H2", "sbc01", "Contoso PBX", ""),
        ],
    )
    assert export(live, "contoso", "um") == Export(
        (
            {
                "apiVersion": "unifiedmessaging.dev/v1beta1",
                "kind": "UMDialPlan",
                "metadata": {"name": "contoso-pbx", "namespace": "um"},
                "spec": {
                    "organizationRef": {"name": "contoso"},
                    "name": "Contoso PBX",
                    "countryOrRegionCode": "49",
                    "numberOfDigitsInExtension": 4,
                    "uriType": "TelephoneExtension",
                    "voipSecurity": "Unsecured",
                    "accessTelephoneNumbers": ["4900", "4950"],
                    "maxCallDuration": "30m",
                    "recordingIdleTimeout": "5s",
                    "infoAnnouncement": "Disabled",
                    "configuredInternationalGroups": [
                        {
                            "name": "World",
                            "rules": [
                                {"numberMask": "00*", "dialedNumber": "00*"},
                                {"numberMask": "01x", "dialedNumber": "9*", "comment": "a, b"},
                            ],
                        }
                    ],
                },
            },
            {
                "apiVersion": "unifiedmessaging.dev/v1beta1",
                "kind": "UMIPGateway",
                "metadata": {"name": "sbc01", "namespace": "um"},
                "spec": {
                    "organizationRef": {"name": "contoso"},
                    "address": "sbc01.contoso.com",
                    "port": 5060,
                    "state": "Enabled",
                    "dialPlanRefs": [
                        {"name": "contoso-pbx"},
                        {"name": "contoso-pbx", "pilotIdentifier": "4900"},
                    ],
                },
            },
        ),
        (),
    )


@pytest.mark.parametrize(
    ("live", "left_out", "documents"),
    [
        (
            snapshot([plan("P", audioCodec="Mp3", maxCallDuration="8h20m")]),
            [("UMDialPlan/P", "maxCallDuration", "between")],
            1,
        ),
        (snapshot([plan("N" * 50)]), [("UMDialPlan/" + "N" * 50, "", "at most 49")], 0),
        (snapshot([plan("P", countryOrRegionCode=None)]), [("UMDialPlan/P", "", "is required")], 0),
        (snapshot([plan("P", countryOrRegionCode="12345")]), [("UMDialPlan/P", "", '"12345"')], 0),
        (
            snapshot([], [gateway("a"), gateway("b", "SBC01.contoso.com.")]),
            [("UMIPGateway/b", "address", 'gateway "a" has the same address')],
            1,
        ),
        (
            snapshot([], [gateway("a")], [HuntGroupFact("H1", "a", "Gone", "")]),
            [("UMIPGateway/a", "dialPlanRefs", 'dial plan "Gone"')],
            1,
        ),
        (
            snapshot([plan("P")], [gateway("a")], [HuntGroupFact("H1", "a", "P", "x" * 300)]),
            [("UMIPGateway/a", "dialPlanRefs", "at most")],
            2,
        ),
    ],
)
def test_what_the_api_cannot_express_is_left_out_and_listed_with_the_reason(
    live: Snapshot, left_out: list[tuple[str, str, str]], documents: int
) -> None:
    exported = export(live, "default")
    assert len(exported.documents) == documents
    assert [(item.subject, item.field) for item in exported.left_out] == [row[:2] for row in left_out]
    for item, (_, _, why) in zip(exported.left_out, left_out, strict=True):
        assert why in item.why
    assert plan_of(exported, live).steps == ()


def test_which_gateways_of_a_sip_plan_are_pools_of_lync_is_left_to_people() -> None:
    sip = replace(plan("Lync", uriType="SipName"), uri_type="SipName")
    pool = gateway("pool", "lyncpool01.contoso.com")
    live = snapshot([sip, plan("P")], [pool], [HuntGroupFact(one, "pool", one, "") for one in ("Lync", "P")])
    [item] = export(live, "default").left_out
    assert (item.subject, item.field) == ("LyncIntegration", "dialPlanRefs[Lync]")
    assert "declare a LyncIntegration" in item.why
    assert export(snapshot([sip], [pool]), "default").left_out == (), "nothing is linked to it"


def test_an_object_that_was_not_understood_is_listed() -> None:
    live = snapshot([plan("P")])
    assert isinstance(live.dial_plans, Known)
    odd = Unknown("NotRead", "not understood", NOW)
    live = replace(live, dial_plans=Known({**live.dial_plans.value, "odd": odd}, NOW))
    assert export(live, "default").left_out == (LeftOut("UMDialPlan/odd", "", "not understood"),)


@pytest.mark.parametrize(
    "live",
    [
        replace(snapshot(), dial_plans=UNREAD),
        replace(snapshot(), gateways=UNREAD),
        replace(snapshot(), hunt_groups=UNREAD),
    ],
)
def test_nothing_is_exported_while_a_list_is_unknown(live: Snapshot) -> None:
    with pytest.raises(NotReadError, match="not read"):
        export(live, "default")


NAMES = st.text("aZ9 .-_#'&()äßçİé漢字🕻", min_size=1, max_size=8).filter(lambda name: name == name.strip())
PROPERTIES: dict[str, st.SearchStrategy[PropertyValue]] = {
    "accessTelephoneNumbers": st.sampled_from([(), ("",), ("+49 89",), ("4900", "4950"), ("1,2", "3")]),
    "faxEnabled": st.booleans() | st.none(),
    "maxCallDuration": st.integers(0, 300).map(lambda minutes: canonical(timedelta(minutes=minutes))),
    "recordingIdleTimeout": st.integers(0, 20).map(lambda seconds: canonical(timedelta(seconds=seconds))),
    "operatorExtension": st.sampled_from([None, "4000", "*9", "12 34", "9" * 33]),
    "defaultLanguage": st.sampled_from(["de-DE", "en-US", "zh-Hans-CN", "not a language"]),
    "dialByNameSecondary": st.sampled_from(["None", "FirstLast"]),
    "voipSecurity": st.sampled_from(["Unsecured", "SIPSecured", "Secured"]),
    "configuredInternationalGroups": st.lists(
        st.tuples(
            st.sampled_from(["World", "a b", " a", "g" * 33, "é"]),
            st.sampled_from(["00*", "xxx", "0-1"]),
            st.sampled_from(["9*", ""]),
            st.sampled_from(["", "a, b", " ", "c" * 200]),
        ),
        unique=True,
        max_size=3,
    ).map(lambda rules: tuple(sorted(rules))),
}
PLANS = st.lists(
    st.builds(lambda name, properties: plan(name, **properties), NAMES, st.fixed_dictionaries(PROPERTIES)),
    unique_by=lambda fact: name_key(fact.name),
    max_size=3,
)
GATEWAYS = st.lists(
    st.builds(
        lambda name, address, port, simulator: gateway(name, address, port=port, simulator=simulator),
        NAMES,
        st.sampled_from(["a.contoso.com", "B.contoso.com", "10.1.1.1", "fe80::1", "not an address"]),
        st.sampled_from([0, 5060, 5061]),
        st.booleans(),
    ),
    unique_by=lambda fact: name_key(fact.name),
    max_size=3,
)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_planning_what_was_exported_changes_nothing(data: st.DataObject) -> None:
    plans = [
        replace(fact, voip_security=fact.properties["voipSecurity"])  # type: ignore[arg-type]
        for fact in data.draw(PLANS)
    ]
    gateways = [
        replace(fact, port=fact.properties["port"])  # type: ignore[arg-type]
        for fact in data.draw(GATEWAYS)
    ]
    links = st.builds(
        HuntGroupFact,
        NAMES,
        st.sampled_from([fact.name for fact in gateways] or ["gone"]),
        st.sampled_from([fact.name for fact in plans] or ["gone"]),
        st.sampled_from(["", "4900", "+49 89", "a,b"]),
    )
    live = snapshot(plans, gateways, data.draw(st.lists(links, max_size=4)))
    exported = export(live, "default")
    assert plan_of(exported, live).steps == ()
    said = {(document["kind"], document["metadata"]["name"]) for document in exported.documents}
    assert len(said) == len(exported.documents), "two manifests have one name"
    whole = {item.subject for item in exported.left_out if not item.field or item.field == "address"}
    assert len(said) + len(whole) == len(plans) + len(gateways), "each object is declared or listed"
