"""Get- and Set-ServerComponentState, and how they look beside a capture of a real server."""

import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest

from clixml_support import captured
from exchange_bench import Bench, spec_with
from um_operator.lab.exchange.builder import ServerSpec
from um_operator.lab.exchange.servers import Release
from um_operator.lab.powershell import CmdletError, PSObject
from um_operator.lab.variants import CallRouterComponent, Landing, Variants
from um_operator.lab.wsman.clixml import to_clixml

ROUTER = "UMCallRouter"
OPERATOR = {"Component": ROUTER, "Requester": "Sidelined"}
SERIALIZED_AT_THE_CLIENT = {"OrgHierarchyToIgnore", "PartitionGuid", "PartitionFQDN"}


@pytest.fixture
def bench() -> Bench:
    return Bench(variants=Variants(landing=Landing.DIALLED))


def state(bench: Bench, component: str = ROUTER, server: str = "ex01") -> str:
    row = bench.done("Get-ServerComponentState", server, Component=component).row
    return str(row["State"].name)


def held(bench: Bench, place: str, component: str = ROUTER) -> dict[str, str]:
    row = bench.done("Get-ServerComponentState", "ex01", Component=component).row
    return {item.properties["Requester"]: item.properties["State"] for item in row[place].items}


def say(bench: Bench, state: str, **parameters: Any) -> None:
    bench.done("Set-ServerComponentState", "ex01", State=state, **{**OPERATOR, **parameters})


def test_the_worst_of_all_requesters_holds(bench: Bench) -> None:
    say(bench, "Draining")
    assert state(bench) == "Draining"
    say(bench, "Inactive", Requester="Maintenance")
    say(bench, "Active")
    assert state(bench) == "Inactive"
    say(bench, "Active", Requester="Maintenance")
    assert state(bench) == "Active"


def test_a_state_holds_on_that_server_alone(bench: Bench) -> None:
    say(bench, "Draining")
    assert (state(bench), state(bench, server="ex02")) == ("Draining", "Active")


def test_a_server_that_is_offline_as_a_whole_holds_every_component(bench: Bench) -> None:
    say(bench, "Inactive", Component="ServerWideOffline", Requester="Maintenance")
    row = bench.done("Get-ServerComponentState", "ex01", Component=ROUTER).row
    assert (row["State"].name, row["ServerWideOfflineIsOffline"]) == ("Inactive", True)


def test_a_state_is_kept_on_the_server_and_in_the_directory_unless_one_is_named(bench: Bench) -> None:
    say(bench, "Draining")
    assert (held(bench, "LocalStates")["Sidelined"], held(bench, "RemoteStates")["Sidelined"]) == (
        "Draining",
        "Draining",
    )
    say(bench, "Active", LocalOnly=True)
    assert (held(bench, "LocalStates")["Sidelined"], held(bench, "RemoteStates")["Sidelined"]) == (
        "Active",
        "Draining",
    )
    assert state(bench) == "Draining"
    say(bench, "Active", RemoteOnly=True)
    assert state(bench) == "Active"


def test_both_places_alone_are_refused(bench: Bench) -> None:
    given: dict[str, Any] = {**OPERATOR, "State": "Active", "LocalOnly": True, "RemoteOnly": True}
    assert bench.run("Set-ServerComponentState", "ex01", **given).failure == "ArgumentException"


def test_others_hold_some_components_from_the_beginning(bench: Bench) -> None:
    assert held(bench, "LocalStates") == {"HealthApi": "Active"}
    assert held(bench, "RemoteStates") == {}
    for component in ("Monitoring", "RecoveryActionsEnabled", "ServerWideOffline"):
        assert held(bench, "RemoteStates", component) == {"Functional": "Active"}
    assert state(bench, "ForwardSyncDaemon") == "Inactive"


def test_each_effect_is_the_callers(bench: Bench) -> None:
    say(bench, "Draining")
    assert (bench.last.name, bench.last.kind) == ("ex01.contoso.com", "ServerComponentState")
    assert bench.last.after == {f"{ROUTER}\\Sidelined": "Draining"}
    assert bench.last.cmdlet == "Set-ServerComponentState"


def test_what_if_holds_nothing(bench: Bench) -> None:
    say(bench, "Draining", WhatIf=True)
    assert state(bench) == "Active"


@pytest.mark.parametrize(
    "given", [{"Requester": "Somebody"}, {"State": "Asleep"}, {"Requester": None}, {"State": None}]
)
def test_only_known_words_bind(bench: Bench, given: dict[str, Any]) -> None:
    assert bench.refused_binding(
        "Set-ServerComponentState", "ex01", **{**OPERATOR, "State": "Active", **given}
    )


def test_an_unknown_component_is_refused(bench: Bench) -> None:
    assert bench.run("Get-ServerComponentState", "ex01", Component="Telephone").failure == "ArgumentException"


def test_an_identity_is_needed(bench: Bench) -> None:
    with pytest.raises(CmdletError, match="missing mandatory"):
        bench.run("Get-ServerComponentState")


@pytest.mark.parametrize("choice", CallRouterComponent)
def test_variant_exchange_2013_calls_the_component_otherwise(choice: CallRouterComponent) -> None:
    old = spec_with(servers=(ServerSpec("ex01", "Berlin", Release.E2013, ("ClientAccess",)),))
    bench = Bench(old, Variants(landing=Landing.DIALLED, call_router_component=choice))
    names = {row.properties["Component"] for row in bench.done("Get-ServerComponentState", "ex01").rows}
    other = choice is CallRouterComponent.UNIFIED_MESSAGING
    assert ("UnifiedMessaging" in names, ROUTER in names) == (other, not other)


def test_a_row_looks_as_a_real_server_showed_it(bench: Bench) -> None:
    bench.clock.advance(timedelta(hours=1))
    rows = bench.done("Get-ServerComponentState", "ex01").rows
    real = {_component(o): o for o in captured("E16-GetServerComponentState.xml")}
    ours = {_component(o): o for o in (ET.fromstring(to_clixml(row)) for row in rows)}
    assert list(ours) == list(real)
    for component, shown in ours.items():
        assert _shape(shown) == _shape(real[component]), component


def _component(element: ET.Element) -> str | None:
    return element.findtext("Props/S[@N='Component']")


def _shape(element: ET.Element) -> list[Any]:
    """Names and types of the properties; of the lists how many items there are, and theirs."""
    found: list[Any] = [(p.tag, p.get("N")) for p in element.findall("Props/*")]
    for name in ("RemoteStates", "LocalStates"):
        items = element.findall(f"Props/Obj[@N='{name}']/LST/Obj")
        found += [[(p.tag, p.get("N"), _said(p)) for p in item.findall("Props/*")] for item in items]
    identity = element.find("Props/Obj[@N='Identity']/Props")
    assert identity is not None
    found.append([(p.tag, p.get("N")) for p in identity if p.get("N") not in SERIALIZED_AT_THE_CLIENT])
    found.append(
        (element.findtext("Props/Obj[@N='State']/ToString"), element.findtext("Props/Obj[@N='State']/I32"))
    )
    return found


def _said(element: ET.Element) -> str | None:
    return element.text if element.get("N") in ("Requester", "State", "Component") else None


def test_the_list_travels_as_a_list_of_its_type(bench: Bench) -> None:
    row = bench.done("Get-ServerComponentState", "ex01", Component="Monitoring").row
    details = row["RemoteStates"]
    assert isinstance(details, PSObject)
    assert details.type_names[0].startswith("System.Collections.Generic.List`1[[Microsoft.Exchange.Data.")
