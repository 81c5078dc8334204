"""Get-/Set-UMService and Get-/Set-UMCallRouterSettings."""

from typing import Any

import pytest

from exchange_bench import Bench, spec_with
from um_operator.lab.exchange.builder import ServerSpec
from um_operator.lab.exchange.servers import Release
from um_operator.lab.exchange.wire import readable
from um_operator.lab.variants import Landing, ServerThumbprint, Variants


@pytest.fixture
def bench() -> Bench:
    bench = Bench(variants=Variants(landing=Landing.DIALLED))
    for name in ("Lync", "Lync2"):
        bench.plan(name, URIType="SipName")
    return bench


def members(bench: Bench, cmdlet: str = "Get-UMService", *positional: str) -> list[str]:
    return [plan.text for plan in bench.done(cmdlet, *(positional or ("ex01",))).row["DialPlans"]]


def test_services_begin_in_tcp_mode_without_plans_or_certificate(bench: Bench) -> None:
    service = bench.done("Get-UMService", "ex01").row
    router = bench.done("Get-UMCallRouterSettings", "ex01").row
    for row in (service, router):
        assert readable(row["UMStartupMode"]) == "TCP"
        assert readable(row["IPAddressFamily"]) == "Any"
        assert (row["DialPlans"], row["UMCertificateThumbprint"]) == ([], None)
    assert (router["SipTcpListeningPort"], router["SipTlsListeningPort"]) == (5060, 5061)
    assert (service["MaxCallsAllowed"], service["IrmLogMaxAge"].text) == (100, "30.00:00:00")
    assert service["IrmLogMaxDirectorySize"].text == "250 MB (262,144,000 bytes)"


def test_a_list_of_plans_overwrites_and_a_hashtable_edits(bench: Bench) -> None:
    bench.done("Set-UMService", "ex01", DialPlans="Lync")
    bench.done("Set-UMService", "ex01", DialPlans={"Add": "Lync2"})
    assert members(bench) == ["Lync", "Lync2"]
    bench.done("Set-UMService", "ex01", DialPlans={"Remove": ["Lync"]})
    assert members(bench) == ["Lync2"]
    bench.done("Set-UMService", "ex01", DialPlans=["Lync"])
    assert members(bench) == ["Lync"]
    bench.done("Set-UMService", "ex01", DialPlans=None)
    assert members(bench) == []


def test_a_plan_lists_its_um_services(bench: Bench) -> None:
    bench.done("Set-UMService", "ex02", DialPlans="Lync")
    bench.done("Set-UMCallRouterSettings", "ex01", DialPlans="Lync")
    assert [s.text for s in bench.done("Get-UMDialPlan", "Lync").row["UMServers"]] == ["ex02"]


@pytest.mark.parametrize("uri_type", ["TelExtn", "E164"])
def test_only_sip_uri_plans_have_servers(bench: Bench, uri_type: str) -> None:
    bench.plan("PBX", URIType=uri_type)
    done = bench.run("Set-UMService", "ex01", DialPlans={"Add": "PBX"})
    assert done.failure == "CannotAssociateDialPlanException"


def test_a_server_of_2010_may_be_in_any_plan() -> None:
    old = ServerSpec("ex2010", "Berlin", Release.E2010, ("UnifiedMessaging",))
    bench = Bench(spec_with(servers=(old,)))
    bench.plan("PBX")
    bench.done("Set-UMService", "ex2010", DialPlans="PBX")
    assert members(bench, "Get-UMService", "ex2010") == ["PBX"]


@pytest.mark.parametrize("identity", ["ex01", "EX01.contoso.com", "legacy", "dn", "guid"])
def test_a_service_is_named_in_every_way_its_server_is(bench: Bench, identity: str) -> None:
    server = bench.done("Get-ExchangeServer", "ex01").row
    forms = {"legacy": "ExchangeLegacyDN", "dn": "DistinguishedName", "guid": "Guid"}
    asked = server[forms[identity]] if identity in forms else identity
    assert bench.done("Get-UMService", asked).names == ["ex01"]


def test_a_call_router_is_named_by_server_and_not_by_identity(bench: Bench) -> None:
    error_id = bench.refused_binding("Set-UMCallRouterSettings", Identity="ex01", UMStartupMode="Dual")
    assert error_id == "NamedParameterNotFound,Set-UMCallRouterSettings"


def test_ports_belong_to_the_call_router(bench: Bench) -> None:
    given = {"SipTlsListeningPort": 5161}
    assert bench.refused_binding("Set-UMService", "ex01", **given) == "NamedParameterNotFound,Set-UMService"
    done = bench.done("Set-UMCallRouterSettings", Server="ex01", **given)
    assert done.warnings
    assert bench.done("Get-UMCallRouterSettings", Server="ex01").row["SipTlsListeningPort"] == 5161


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("MaxCallsAllowed", -1), ("SIPAccessService", "pool.contoso.com")],
)
def test_settings_that_are_refused(bench: Bench, parameter: str, value: Any) -> None:
    assert bench.run("Set-UMService", "ex01", **{parameter: value}).failure == "DataValidationException"


@pytest.mark.parametrize(
    ("parameter", "value", "after"),
    [
        ("UMStartupMode", "dual", "Dual"),
        ("SIPAccessService", "pool.contoso.com:5061", "pool.contoso.com:5061"),
        ("IrmLogMaxAge", "10.00:00:00", "10.00:00:00"),
        ("IrmLogMaxDirectorySize", "1GB", "1 GB (1,073,741,824 bytes)"),
        ("IrmLogMaxDirectorySize", "unlimited", "Unlimited"),
        ("IPAddressFamily", "IPv4Only", "IPv4Only"),
    ],
)
def test_settings_that_can_be_changed(bench: Bench, parameter: str, value: Any, after: str) -> None:
    bench.done("Set-UMService", "ex01", **{parameter: value})
    assert readable(bench.done("Get-UMService", "ex01").row[parameter]) == after


def test_without_server_the_call_router_of_the_running_server_is_meant(bench: Bench) -> None:
    assert bench.done("Get-UMCallRouterSettings").names == ["ex01"]
    bench.done("Set-UMCallRouterSettings", UMStartupMode="Dual")
    modes = [
        readable(bench.done("Get-UMCallRouterSettings", s).row["UMStartupMode"]) for s in ("ex01", "ex02")
    ]
    assert modes == ["Dual", "TCP"]


@pytest.mark.parametrize("release", [Release.E2010, Release.E2019])
def test_a_server_without_call_router_is_refused(release: Release) -> None:
    bench = Bench(spec_with(servers=(ServerSpec("other", "Berlin", release, ("Mailbox",)),)))
    assert bench.run("Get-UMCallRouterSettings", "other").failure == "ServerNotClientAccessServerException"


def test_split_roles_have_their_services_on_different_machines() -> None:
    servers = (
        ServerSpec("cas01", "Berlin", Release.E2013, ("ClientAccess",)),
        ServerSpec("mbx01", "Berlin", Release.E2013, ("Mailbox",)),
    )
    bench = Bench(spec_with(servers=servers))
    assert bench.done("Get-UMService").names == ["mbx01"]
    assert bench.done("Get-UMCallRouterSettings", "cas01").names == ["cas01"]
    assert bench.run("Get-UMCallRouterSettings", "mbx01").failure == "ServerNotClientAccessServerException"


def test_variant_the_um_service_shows_no_thumbprint() -> None:
    bench = Bench(variants=Variants(server_thumbprint=ServerThumbprint.ABSENT))
    assert "UMCertificateThumbprint" not in bench.done("Get-UMService", "ex01").row
    assert "UMCertificateThumbprint" in bench.done("Get-UMCallRouterSettings", "ex01").row
