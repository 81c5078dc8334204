from __future__ import annotations

from typing import get_args

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.exchange.apply import invocation
from um_operator.exchange.guard import guard
from um_operator.planning.steps import (
    CertificateStep,
    Change,
    CreateDialPlan,
    CreateGateway,
    CreateHuntGroup,
    FrontEndRestartStep,
    GrantPermissions,
    InstallLyncTrust,
    JoinDialPlans,
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    SetDialPlan,
    SetGateway,
    SetGatewayPort,
    SetGatewayState,
    SetVoIPSecurity,
    Step,
    TrustStep,
)
from um_operator.remoting.session import Argument

DC = "dc01.contoso.com"
PLAN = ObjectKey("UMDialPlan", "pbx")
GATEWAY = ObjectKey("UMIPGateway", "sbc01")


ELSEWHERE = {
    *get_args(CertificateStep),
    *get_args(TrustStep),
    *get_args(FrontEndRestartStep),
    GrantPermissions,
    InstallLyncTrust,
}
PLANS_AND_GATEWAYS = {*get_args(Step)} - ELSEWHERE

STEPS: list[tuple[Step, str, dict[str, Argument]]] = [
    (
        JoinDialPlans(owner=PLAN, server="ex01.contoso.com", service="UM", dial_plans=("Contoso-Lync",)),
        "Set-UMService",
        {"Identity": "ex01", "DialPlans": {"Add": ["Contoso-Lync"]}},
    ),
    (
        JoinDialPlans(
            owner=PLAN, server="ex01.contoso.com", service="UMCallRouter", dial_plans=("Contoso-Lync",)
        ),
        "Set-UMCallRouterSettings",
        {"Server": "ex01.contoso.com", "DialPlans": {"Add": ["Contoso-Lync"]}},
    ),
    (
        CreateDialPlan(
            owner=PLAN,
            dial_plan="Contoso-PBX",
            properties={
                "countryOrRegionCode": "49",
                "numberOfDigitsInExtension": 4,
                "uriType": "TelephoneExtension",
                "voipSecurity": "Secured",
                "generateUMMailboxPolicy": False,
            },
        ),
        "New-UMDialPlan",
        {
            "Name": "Contoso-PBX",
            "CountryOrRegionCode": "49",
            "NumberOfDigitsInExtension": 4,
            "URIType": "TelExtn",
            "VoIPSecurity": "Unsecured",
            "GenerateUMMailboxPolicy": False,
        },
    ),
    (
        SetDialPlan(owner=PLAN, dial_plan="Contoso-PBX", changes=(Change("faxEnabled", False, True),)),
        "Set-UMDialPlan",
        {"Identity": "Contoso-PBX", "FaxEnabled": False, "ForceUpgrade": True},
    ),
    (
        SetVoIPSecurity(owner=PLAN, dial_plan="Contoso-PBX", security="Secured", before="Unsecured"),
        "Set-UMDialPlan",
        {"Identity": "Contoso-PBX", "VoIPSecurity": "Secured", "ForceUpgrade": True},
    ),
    (
        RemoveMailboxPolicy(owner=PLAN, dial_plan="Contoso-PBX", policy="Contoso-PBX Default Policy"),
        "Remove-UMMailboxPolicy",
        {"Identity": "Contoso-PBX Default Policy"},
    ),
    (
        RemoveDialPlan(owner=PLAN, dial_plan="Contoso-PBX", guid="1"),
        "Remove-UMDialPlan",
        {"Identity": "Contoso-PBX"},
    ),
    (
        CreateGateway(owner=GATEWAY, gateway="sbc01", address="sbc01.contoso.com", ip_address_family="Any"),
        "New-UMIPGateway",
        {"Name": "sbc01", "Address": "sbc01.contoso.com", "IPAddressFamily": "Any"},
    ),
    (
        SetGateway(
            owner=GATEWAY,
            gateway="sbc01",
            changes=(Change("port", 5061, 5060), Change("outcallsAllowed", False, True)),
        ),
        "Set-UMIPGateway",
        {"Identity": "sbc01", "Port": 5061, "OutcallsAllowed": False, "ForceUpgrade": True},
    ),
    (
        SetGatewayPort(owner=PLAN, gateway="sbc01", port=5061, before=5060, plans={PLAN: 1}),
        "Set-UMIPGateway",
        {"Identity": "sbc01", "Port": 5061, "ForceUpgrade": True},
    ),
    (
        SetGatewayState(owner=GATEWAY, gateway="sbc01", state="Disabled", before="NoNewCalls"),
        "Set-UMIPGateway",
        {"Identity": "sbc01", "Status": "Disabled", "ForceUpgrade": True},
    ),
    (
        RemoveGateway(owner=GATEWAY, gateway="sbc01", guid="1"),
        "Remove-UMIPGateway",
        {"Identity": "sbc01"},
    ),
    (
        CreateHuntGroup(
            owner=GATEWAY, gateway="sbc01", dial_plan="Contoso-PBX", pilot_identifier="4900", name="H1"
        ),
        "New-UMHuntGroup",
        {"Name": "H1", "UMDialPlan": "Contoso-PBX", "UMIPGateway": "sbc01", "PilotIdentifier": "4900"},
    ),
    (
        RemoveHuntGroup(
            owner=GATEWAY, gateway="sbc01", dial_plan="Contoso-PBX", pilot_identifier="4900", name="H1"
        ),
        "Remove-UMHuntGroup",
        {"Identity": "sbc01\\H1"},
    ),
]


def test_the_table_of_this_test_walks_the_whole_union_of_steps() -> None:
    assert {type(step) for step, _, _ in STEPS} == PLANS_AND_GATEWAYS


@pytest.mark.parametrize(("step", "cmdlet", "parameters"), STEPS, ids=lambda value: type(value).__name__)
def test_each_step_is_one_cmdlet_that_never_asks_and_names_the_domain_controller(
    step: Step, cmdlet: str, parameters: dict[str, Argument]
) -> None:
    command = invocation(step, DC)
    assert command.name == cmdlet
    assert command.parameters == {**parameters, "Confirm": False, "DomainController": DC}


def test_without_a_chosen_domain_controller_exchange_takes_its_own() -> None:
    assert "DomainController" not in invocation(STEPS[0][0], None).parameters


def test_a_hunt_group_without_pilot_takes_every_number() -> None:
    step = CreateHuntGroup(owner=GATEWAY, gateway="sbc01", dial_plan="P", pilot_identifier="", name="H1")
    assert "PilotIdentifier" not in invocation(step, None).parameters


def test_nothing_is_removed_without_a_look_at_it_and_nothing_else_needs_one() -> None:
    guarded = {type(step).__name__ for step, _, _ in STEPS if guard(step) is not None}
    assert guarded == {
        cmdlet.__name__ for cmdlet in PLANS_AND_GATEWAYS if cmdlet.__name__.startswith("Remove")
    }
