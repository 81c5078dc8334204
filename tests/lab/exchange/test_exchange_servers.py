"""Get-ExchangeServer, Get-OrganizationConfig, Get-UMMailboxPolicy and the shape of their rows."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from exchange_bench import DC1, DC2, Bench, spec_with
from um_operator.lab.exchange.builder import MailboxSpec, PlanSpec, ServerSpec
from um_operator.lab.exchange.servers import Release
from um_operator.lab.exchange.wire import readable

CAPTURE = Path(__file__).parents[2] / "data" / "exchange-captures" / "E16-GetExchangeServer.xml"
CLIXML = "{http://schemas.microsoft.com/powershell/2004/04}"
ESTATE = (
    ServerSpec("ex01", "Berlin"),
    ServerSpec("cas01", "Berlin", Release.E2013, ("ClientAccess",)),
    ServerSpec("mbx01", "Hamburg", Release.E2013, ("Mailbox",)),
    ServerSpec("ex2010", "Berlin", Release.E2010, ("UnifiedMessaging",)),
    ServerSpec("ex2019", "Berlin", Release.E2019),
    ServerSpec("edge01", None, Release.E2016, ("Edge",)),
    ServerSpec("exold", "Berlin", alive=False),
)


@pytest.fixture
def bench() -> Bench:
    return Bench(spec_with(servers=ESTATE))


def test_every_entry_of_the_directory_is_a_server_also_one_whose_machine_is_gone(bench: Bench) -> None:
    assert bench.done("Get-ExchangeServer").names == [server.name for server in ESTATE]


@pytest.mark.parametrize(
    ("server", "version", "role", "kinds"),
    [
        ("ex01", "Version 15.1 (Build 2507.6)", "Mailbox", {"UnifiedMessaging", "Frontend"}),
        ("cas01", "Version 15.0 (Build 1497.2)", "ClientAccess", {"Frontend"}),
        ("mbx01", "Version 15.0 (Build 1497.2)", "Mailbox", {"UnifiedMessaging"}),
        ("ex2010", "Version 14.3 (Build 123.4)", "UnifiedMessaging", {"UnifiedMessaging"}),
        ("ex2019", "Version 15.2 (Build 1544.4)", "Mailbox", set()),
        ("edge01", "Version 15.1 (Build 2507.6)", "Edge", {"Edge"}),
    ],
)
def test_a_server_says_what_it_is(
    bench: Bench, server: str, version: str, role: str, kinds: set[str]
) -> None:
    row = bench.done("Get-ExchangeServer", server).row
    assert (row["AdminDisplayVersion"].text, readable(row["ServerRole"])) == (version, role)
    properties = {
        "UnifiedMessaging": "IsUnifiedMessagingServer",
        "Frontend": "IsFrontendTransportServer",
        "Edge": "IsEdgeServer",
    }
    assert {kind for kind, name in properties.items() if row[name]} == kinds


def test_domain_controllers_are_shown_with_status_only_and_only_of_machines_that_answer(bench: Bench) -> None:
    def used(server: str, **status: bool) -> object:
        return bench.done("Get-ExchangeServer", server, **status).row["CurrentDomainControllers"]

    assert used("ex01") == []
    assert used("ex01", Status=True) == [DC1]
    assert used("mbx01", Status=True) == [DC2]
    assert used("exold", Status=True) == []
    assert used("edge01", Status=True) == []


def test_a_site_is_shown_as_its_path(bench: Bench) -> None:
    assert (
        bench.done("Get-ExchangeServer", "ex01").row["Site"].text == "contoso.com/Configuration/Sites/Berlin"
    )
    assert bench.done("Get-ExchangeServer", "edge01").row["Site"] is None


def test_a_server_is_shown_with_the_properties_of_a_real_one(bench: Bench) -> None:
    captured = ET.parse(CAPTURE).getroot()[0]
    properties = {p.get("N") for p in captured.find(f"{CLIXML}Props") or ()}
    in_capture_only = {
        "DataCollectionEnabled", "MailboxProvisioningAttributes", "MitigationsApplied", "MitigationsBlocked",
        "MitigationsEnabled", "MonitoringGroup", "ObjectCategory", "ObjectClass",
    }  # fmt: skip
    shown = bench.done("Get-ExchangeServer", "ex01")
    assert properties - shown.row.keys() == in_capture_only
    assert shown.rows[0].type_names[0] == captured.findtext(f"{CLIXML}TN/{CLIXML}T")


def test_the_organisation_has_a_name_and_a_dn(bench: Bench) -> None:
    row = bench.done("Get-OrganizationConfig").row
    dn = "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"
    assert (row["Name"], row["DistinguishedName"]) == ("Contoso", dn)


def test_a_mailbox_policy_is_held_by_its_users_and_named_by_plan() -> None:
    spec = spec_with(
        plans=(PlanSpec("PBX"), PlanSpec("Branch")), mailboxes=(MailboxSpec("Anna", "ex01", "PBX", "1"),)
    )
    bench = Bench(spec)
    assert bench.done("Get-UMMailboxPolicy", UMDialPlan="Branch").names == ["Branch Default Policy"]
    done = bench.run("Remove-UMMailboxPolicy", "PBX Default Policy", Confirm=False)
    assert (done.failure, "'Anna'" in done.errors[0].message) == (
        "MailboxPolicyAssociatedWithUserException",
        True,
    )
    assert (
        bench.run("Remove-UMDialPlan", "PBX", Confirm=False).failure == "DialPlanAssociatedWithUserException"
    )
    bench.done("Remove-UMMailboxPolicy", "Branch Default Policy", Confirm=False)
