from __future__ import annotations

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from manifests_support import gateway_document, valid
from um_operator.api.certificate_status import UMCertificateStatus
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
CERTIFICATE = """
conditions:
- {type: Ready, status: "False", reason: WaitingForWindow, message: two wait, observedGeneration: 4,
   lastTransitionTime: "2026-11-19T14:05:21Z"}
- {type: RestartPending, status: "True", reason: DrainTimedOut, message: calls did not end,
   observedGeneration: 4, lastTransitionTime: "2026-11-21T22:11:30Z"}
history:
- {revision: 4, cause: "SpecChanged: dnsNames", planDigest: plan-39881c9c1e7c03f24e79f8e0,
   startedAt: "2026-11-19T14:05:21Z"}
- {revision: 3, cause: RenewalDue, result: Succeeded, startedAt: "2026-11-12T08:00:04Z",
   finishedAt: "2026-11-14T22:11:40Z"}
nextWindow: {name: saturday-night, startsAt: "2026-11-28T21:00:00Z", endsAt: "2026-11-29T01:00:00Z"}
notAfter: "2028-11-11T08:00:00Z"
notBefore: "2026-11-12T08:00:00Z"
observedGeneration: 4
renewalTime: "2028-09-12T08:00:00Z"
revision: 4
serverCount: 4
servers:
- name: ex03.contoso.com
  notAfter: "2028-11-18T14:05:00Z"
  revision: 4
  services:
  - {name: UM, bound: C8DC53A3BCC5AB9A84F96A79C2EB545F3F8FE8CD, startupMode: Dual,
     served: 9515BE6880A227BC0628438402A26C2E98A0D06B, startedAt: "2026-11-14T21:39:04Z",
     restartOwedSince: "2026-11-21T22:11:30Z"}
  state: Bound
  wanted: C8DC53A3BCC5AB9A84F96A79C2EB545F3F8FE8CD
servingCount: 2
trustBundle:
  configMapName: um-trust
  sha256: b2b5556385befdf4df0119019fb3c5c37fc4c080ca7f143544d28adaa71d3f3c
requests: [{revision: 4, server: ex04.contoso.com, secretName: um-ex04.contoso.com-4, csr: "-----BEGIN"}]
issuance:
  revision: 4
  asked: 39881c9c1e7c03f24e79f8e0b2b5556385befdf4df0119019fb3c5c37fc4c080
  cause: "SpecChanged: dnsNames"
  startedAt: "2026-11-19T14:05:21Z"
  attempts: [{server: ex04.contoso.com, count: 2, last: "2026-11-19T16:05:21Z"}]
  rejected: [{server: ex01.contoso.com, revision: 2, reason: NotProven, message: nothing was served}]
  unreferenced: [{revision: 3, since: "2026-11-21T21:05:47Z"}]
lastHandledRenewAt: "2026-11-19T15:05:00+01:00"
"""
REMEMBERED_OF_SERVERS = """
observedGeneration: 1
serverEntries:
- name: ex03.contoso.com
  hold: {component: UMCallRouter, requester: Sidelined, since: "2026-11-21T21:40:00Z"}
  activatedAt: "2026-11-14T21:50:00Z"
  services:
  - name: UM
    bound: {certificate: um/ex03.contoso.com/4, thumbprint: C8DC53A3BCC5AB9A84F96A79C2EB545F3F8FE8CD,
            startupMode: Dual, processStart: "2026-11-14T21:39:04Z", at: "2026-11-21T21:39:00Z"}
    previous: {startupMode: TCP}
    restart: {stoppedAt: "2026-11-21T21:41:00Z", processStart: "2026-11-14T21:39:04Z", count: 1}
"""
REMEMBERED_OF_FRONT_ENDS = """
observedGeneration: 1
stoppedEntries:
- computer: lyncfe01.contoso.com
  pool: lyncpool01.contoso.com
  services: [RTCASMCU, RTCSRV]
  since: "2026-11-21T21:40:00Z"
  processStart: "2026-11-14T21:39:04.250000Z"
  startedAt: "2026-11-21T21:52:00Z"
integratedEntries:
- pool: lyncpool01.contoso.com
  dialPlans: [Contoso-Lync]
  chain: b2b5556385befdf4df0119019fb3c5c37fc4c080ca7f143544d28adaa71d3f3c
  since: "2026-11-21T21:00:00Z"
  frontEnds:
  - {name: lyncfe01.contoso.com, processStart: "2026-11-14T21:39:04.250000Z"}
  - {name: lyncfe02.contoso.com, restartedAt: "2026-11-21T22:39:04Z"}
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
    [
        (ExchangeOrganizationStatus, ORGANIZATION),
        (ExchangeOrganizationStatus, REMEMBERED_OF_SERVERS),
        (ExchangeOrganizationStatus, REMEMBERED_OF_FRONT_ENDS),
        (UMCertificateStatus, CERTIFICATE),
        (UMDialPlanStatus, PLAN),
        (UMIPGatewayStatus, GATEWAY),
    ],
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
