from __future__ import annotations

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from manifests_support import gateway_document, valid
from um_operator.api.condition import Condition
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.status import (
    ExchangeOrganizationStatus,
    HuntGroup,
    UMDialPlanStatus,
    UMIPGatewayStatus,
)

ORGANIZATION = """
conditions:
- {type: Ready, status: "False", reason: ServersUnreadable, message: one, observedGeneration: 2,
   lastTransitionTime: "2026-11-23T07:41:02Z"}
domainController: dc01.contoso.com
endpoint: https://ex01.contoso.com/PowerShell/
lastHandledReconcileAt: "2026-11-23T08:40:00+01:00"
nextWindow: {name: saturday-night, startsAt: "2026-11-28T21:00:00Z", endsAt: "2026-11-29T01:00:00Z"}
observedGeneration: 2
organizationDN: CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com
plan: {digest: plan-35dd80cbf6870e4c16835d22, interruptingStepCount: 1, stepCount: 3, waitingFor: Approval,
       sentences: [Create dial plan "Contoso-Lync".]}
readableServerCount: 3
serverCount: 4
servers:
- {name: ex03.contoso.com, inService: Unknown, readable: Unknown, reason: SessionConfigurationNotFound,
   message: none, roles: [ClientAccess, Mailbox], site: Munich, version: 15.1.2507.6}
"""
PLAN = """
appliedGeneration: 1
conditions: []
effectiveAt: "2026-11-14T22:56:10Z"
gatewayCount: 3
gateways: [{kind: UMIPGateway, name: kamailio01, ready: "False", reason: PlainSIPOnTLSPort}]
guid: 569f7a09-0087-49e7-a71a-247a24ea0809
name: Contoso-PBX
observedGeneration: 1
origin: Adopted
securedGatewayCount: 2
uriType: TelephoneExtension
voipSecurity: Unsecured
waitingFor: [{object: UMIPGateway/kamailio01, reason: PlainSIPOnTLSPort, message: answers SIP without TLS}]
"""
GATEWAY = """
address: cube01.contoso.com
dialPlans: Contoso-PBX
drift: [{path: port, want: "5061", have: "5060", since: "2026-11-23T07:55:14Z", changedBy: 'CONTOSO\\j.doe'}]
huntGroups: [{dialPlan: Contoso-PBX, name: Default Hunt Group, origin: Unlisted, pilotIdentifier: ""}]
observedGeneration: 1
origin: Created
port: 5060
state: Enabled
trust: {state: Trusted, shownBy: Delivery, caSHA256: [b2b5]}
"""


@pytest.mark.parametrize(
    ("model", "text"),
    [(ExchangeOrganizationStatus, ORGANIZATION), (UMDialPlanStatus, PLAN), (UMIPGatewayStatus, GATEWAY)],
)
def test_a_status_is_read_and_written_as_documented(model: Any, text: str) -> None:
    written = yaml.safe_load(text)
    read = model.model_validate(written).declared()
    assert {key: read[key] for key in written if written[key] != []} == {
        key: value for key, value in written.items() if value != []
    }


def test_before_the_first_look_the_generation_is_minus_one() -> None:
    assert UMDialPlanStatus().observed_generation == -1
    assert UMDialPlanStatus().declared() == {"observedGeneration": -1}


def test_what_another_release_wrote_into_a_status_is_left_out() -> None:
    assert UMIPGatewayStatus.model_validate({"port": 5060, "fromTheFuture": [1]}).port == 5060


def test_a_status_is_made_by_field_name_and_written_in_camel_case() -> None:
    group = HuntGroup(name="pbx-4900", dial_plan="Contoso-PBX", origin="Declared")
    assert group.declared() == {
        "name": "pbx-4900",
        "dialPlan": "Contoso-PBX",
        "pilotIdentifier": "",
        "origin": "Declared",
    }


def test_a_status_is_bounded() -> None:
    group = HuntGroup(name="x", dial_plan="x", origin="Unlisted")
    with pytest.raises(ValidationError):
        UMIPGatewayStatus(hunt_groups=(group,) * 129)


def test_a_condition_has_a_reason_of_one_word() -> None:
    with pytest.raises(ValidationError):
        Condition(type="Ready", status="True", reason="up to date")


def test_a_status_in_a_manifest_is_not_what_people_write() -> None:
    resource = valid({**gateway_document("sbc01"), "status": {"port": 5061}}, UMIPGateway)
    assert resource.status.port == 5061
    assert "status" not in resource.declared()
