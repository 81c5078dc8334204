from __future__ import annotations

import pytest

from clixml_support import captured
from exchange_support import (
    ad_object_id,
    enum,
    gateway_row,
    hunt_group_row,
    plan_row,
    row,
    server_row,
)
from um_operator.exchange import rows
from um_operator.exchange.codecs import ReadError
from um_operator.observed.exchange import (
    Binding,
    CallRouterFact,
    HuntGroupFact,
    MailboxPolicyFact,
    UMServiceFact,
)
from um_operator.remoting import clixml
from um_operator.remoting.session import PSRow, PSValue

SERVER_DN = "CN=EX01,CN=Servers,CN=Exchange Administrative Group,CN=Contoso,DC=contoso,DC=com"
ROUTER_DN = f"CN=FrontendUMCallRouter,CN=SIP,CN=Protocols,{SERVER_DN}"


def settings(**changed: PSValue) -> PSRow:
    properties: dict[str, PSValue] = {
        "Name": "EX01",
        "UMStartupMode": enum("Dual", 2),
        "DialPlans": (ad_object_id("Contoso-Lync"), ad_object_id("Branch")),
        "SipTcpListeningPort": 5060,
        "SipTlsListeningPort": 5161,
        "UMCertificateThumbprint": None,
    }
    return row("Settings", "EX01", **{**properties, **changed})


def test_a_server_is_read_as_a_real_one_shows_itself() -> None:
    shown = clixml.read(next(captured("E16-GetExchangeServer.xml")))
    assert isinstance(shown, PSRow)
    server = rows.server(shown)
    assert server.fqdn == "Solo-E16A.Solo.local"
    assert server.site == "Default-First-Site-Name"
    assert server.version == (15, 1, 2375, 7)
    assert server.roles == {"Mailbox"}
    assert server.domain_controllers == ("Solo-DC1.Solo.local",)
    assert server.runs_um


@pytest.mark.parametrize(
    ("what", "shown", "services"),
    [
        ("Exchange 2016", server_row("ex01"), {"UM", "UMCallRouter"}),
        (
            "Exchange 2013, Client Access",
            server_row("cas01", minor=0, roles="ClientAccess"),
            {"UMCallRouter"},
        ),
        ("Exchange 2013, Mailbox", server_row("mbx01", minor=0, roles="Mailbox"), {"UM"}),
        (
            "Exchange 2013, both roles",
            server_row("ex02", minor=0, roles="Mailbox, ClientAccess"),
            {"UM", "UMCallRouter"},
        ),
        ("Exchange 2019", server_row("ex19", minor=2), set()),
        ("an Edge", server_row("edge01", roles="Edge", Site=None), set()),
        ("Exchange 2010", server_row("um10", AdminDisplayVersion="Version 14.3 (Build 123.4)"), set()),
    ],
)
def test_versions_and_roles_decide_which_um_services_a_server_runs(
    what: str, shown: PSRow, services: set[str]
) -> None:
    server = rows.server(shown)
    assert server.um_services == services
    assert server.runs_um == bool(services)


def test_a_dial_plan_has_its_properties_and_what_its_identity_is_made_of() -> None:
    plan = rows.dial_plan(plan_row(VoIPSecurity="sipsecured", MaxCallDuration=30))
    assert (plan.name, plan.uri_type, plan.digits) == ("Contoso-PBX", "TelephoneExtension", 4)
    assert plan.voip_security == plan.properties["voipSecurity"] == "SIPSecured"
    assert plan.properties["maxCallDuration"] == "30m"


def test_a_gateway_may_show_its_address_as_an_object() -> None:
    host = row("Microsoft.Exchange.Data.UMSmartHost", "sbc01.contoso.com", Domain="sbc01.contoso.com")
    gateway = rows.gateway(gateway_row(Address=host))
    assert gateway.address == gateway.properties["address"] == "sbc01.contoso.com"
    assert (gateway.port, gateway.state) == (5060, "Enabled")


def test_links_are_known_by_the_names_of_both_ends() -> None:
    assert rows.hunt_group(hunt_group_row("H1", "sbc01", "Contoso-PBX", "4900")) == HuntGroupFact(
        "H1", "sbc01", "Contoso-PBX", "4900"
    )
    assert rows.hunt_group(hunt_group_row("H1", "sbc01", "P")).pilot_identifier == ""
    policy = row("UMMailboxPolicy", "P", Name="P Default Policy", UMDialPlan="P")
    assert rows.mailbox_policy(policy) == MailboxPolicyFact("P Default Policy", "P")


def test_services_are_read_with_mode_ports_and_plans() -> None:
    plans = frozenset({"Contoso-Lync", "Branch"})
    assert rows.um_service(settings(), "ex01.contoso.com") == UMServiceFact("ex01.contoso.com", "Dual", plans)
    router = rows.call_router(settings(DialPlans=None), "ex01.contoso.com")
    assert router == CallRouterFact("ex01.contoso.com", "Dual", 5060, 5161, frozenset())


@pytest.mark.parametrize(
    ("dn", "fqdn", "is_its"),
    [
        (ROUTER_DN, "ex01.contoso.com", True),
        (SERVER_DN, "EX01.branch.contoso.com", True),
        (ROUTER_DN, "ex02.contoso.com", False),
        (None, "ex02.contoso.com", True),
    ],
)
def test_settings_that_say_whose_they_are_must_be_of_the_server_asked_for(
    dn: str | None, fqdn: str, is_its: bool
) -> None:
    assert rows.is_of_server(settings(DistinguishedName=dn), fqdn) is is_its


@pytest.mark.parametrize(
    ("read", "shown", "named"),
    [
        (rows.server, server_row("ex01", AdminDisplayVersion="fifteen"), "AdminDisplayVersion"),
        (rows.server, server_row("ex01", Fqdn=None), "Fqdn"),
        (rows.dial_plan, plan_row(URIType=enum("Carrier", 9)), "URIType"),
        (rows.dial_plan, plan_row(VoIPSecurity=None), "VoIPSecurity"),
        (rows.gateway, gateway_row(Port="sip"), "Port"),
        (rows.gateway, gateway_row(Address=""), "Address"),
        (rows.hunt_group, row("UMHuntGroup", Name="H1", UMIPGateway=None, UMDialPlan="P"), "UMIPGateway"),
        (lambda shown: rows.um_service(shown, "ex01"), settings(UMStartupMode="Both"), "UMStartupMode"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_understood_names_the_property(read: object, shown: PSRow, named: str) -> None:
    assert callable(read)
    with pytest.raises(ReadError, match=f'property "{named}"'):
        read(shown)


@pytest.mark.parametrize(
    ("shown", "binding"),
    [
        ({"UMCertificateThumbprint": "ab" * 20}, Binding("AB" * 20)),
        ({"UMCertificateThumbprint": "AB CD " * 10}, Binding("ABCD" * 10)),
        ({"UMCertificateThumbprint": None}, Binding()),
        ({"UMCertificateThumbprint": ""}, Binding()),
        ({}, Binding(shown=False)),
    ],
)
def test_a_binding_is_a_thumbprint_none_or_not_shown(shown: dict[str, PSValue], binding: Binding) -> None:
    assert rows.binding(row("Settings", **shown)) == binding


@pytest.mark.parametrize("odd", ["12", "not a thumbprint at all, but of forty words", 7, ("AB" * 20,)])
def test_what_is_no_thumbprint_is_not_understood(odd: PSValue) -> None:
    with pytest.raises(ReadError):
        rows.binding(row("Settings", UMCertificateThumbprint=odd))


def test_the_domain_controller_that_a_server_reads_settings_from_comes_first() -> None:
    shown = server_row(
        "ex01", CurrentDomainControllers=("dc01", "dc02"), CurrentConfigDomainController="dc02"
    )
    assert rows.server(shown).domain_controllers == ("dc02", "dc01")
