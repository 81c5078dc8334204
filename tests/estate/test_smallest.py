"""The smallest example exactly as it is committed, on one server: Kerberos, placeholder password and all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509

import kerberos_kdc
from estate.harness import REPOSITORY, Operator, live, text
from kerberos_kdc import KDC, running_kdc
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.status import UMDialPlanStatus
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Effect
from um_operator.lab.presets import smallest

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(bool(kerberos_kdc.missing()), reason=kerberos_kdc.missing() or "-"),
]

SMALLEST = REPOSITORY / "examples" / "smallest"
SERVER = "ex01.contoso.com"


@pytest.fixture(scope="module")
def kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KDC]:
    """A KDC that knows the account of the example by its placeholder password."""
    account = yaml.safe_load((SMALLEST / "credentials.yaml").read_text())["stringData"]
    with running_kdc(tmp_path_factory.mktemp("kdc")) as kdc:
        kdc.user(account["username"].partition("@")[0], account["password"])
        yield kdc


@pytest.fixture
async def lab(kdc: KDC, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    for name, value in kdc.environment.items():
        monkeypatch.setenv(name, value)
    keytab = kdc.keytab("servers.keytab", [f"HTTP/{SERVER}"])
    clock, times = Clock(rate=10.0), ServiceTimes.fixed(5)
    async with Lab.start(smallest(), clock=clock, times=times, seed=7, keytab=keytab) as lab:
        yield lab
        lab.invariants.check()
        lab.invariants.check_end()


async def test_the_smallest_example_becomes_ready_once_a_person_loaded_the_certificate(
    lab: Lab, tmp_path: Path
) -> None:
    operator = Operator(lab, [SMALLEST], tmp_path / "state")
    waiting = await operator.apply(within=timedelta(hours=2))

    assert {key.kind: reason_of(waiting, key) for key in waiting.memory.statuses} == {
        "ExchangeOrganization": ("True", "Connected"),
        "UMCertificate": ("True", "Deployed"),
        "UMIPGateway": ("True", "UpToDate"),
        "UMDialPlan": ("False", "WaitingForGateways"),
    }
    plan = waiting.memory.statuses[ObjectKey("UMDialPlan", "pbx")]
    assert isinstance(plan, UMDialPlanStatus)
    assert {(one.object, one.reason) for one in plan.waiting_for} == {
        ("UMIPGateway/sbc01", "ClientCertificateRejected")
    }
    certificate = waiting.memory.statuses[ObjectKey("UMCertificate", "um")]
    assert isinstance(certificate, UMCertificateStatus)
    [server] = certificate.servers
    for service in lab.host(SERVER).services.values():
        shown = set(service.program.listening.values()) - {""}
        assert shown == {server.wanted}, service.name
    assert (live(lab, "UMIPGateway", "sbc01")["Port"], security(lab)) == (5060, "Unsecured")

    a_person_brings_trust(lab, operator)
    done = await operator.apply(within=timedelta(hours=2))

    assert not done.plan.steps
    assert {reason_of(done, key)[0] for key in done.memory.statuses} == {"True"}
    assert (live(lab, "UMIPGateway", "sbc01")["Port"], security(lab)) == (5061, "SIPSecured")
    plan = done.memory.statuses[ObjectKey("UMDialPlan", "pbx")]
    assert isinstance(plan, UMDialPlanStatus)
    assert plan.before_secure is not None
    assert plan.before_secure.verified
    failed = lab.calls.summary().gateways["sbc01"].failures
    await lab.calls.until_each_gateway_called(deadline=20)
    assert lab.calls.summary().gateways["sbc01"].failures == failed
    assert not lab.calls.summary().total.cut


def a_person_brings_trust(lab: Lab, operator: Operator) -> None:
    """Load our CA into the device and its CA into the server, and have it call over TLS once it has to."""
    [path] = operator.state.glob("*/.configmaps/um-trust.json")
    [anchor] = x509.load_pem_x509_certificates(json.loads(path.read_text())["data"]["ca.crt"].encode())
    device = lab.calls.gateways["sbc01"]
    device.tls.trusted.trust(anchor)
    lab.host(SERVER).stores.root.trust(lab.calls.device_authority.root)

    def follow(effect: Effect) -> None:
        if effect.kind == Kind.DIAL_PLAN and (effect.after or {}).get("VoIPSecurity") == "SIPSecured":
            device.transport = "tls"

    lab.journal.subscribe(follow)


def security(lab: Lab) -> str:
    """Return the security of the plan, as an administrator sees it."""
    return text(live(lab, "UMDialPlan", "pbx")["VoIPSecurity"])


def reason_of(report: Report, key: ObjectKey) -> tuple[str, str]:
    """Return status and reason of the condition Ready."""
    [ready] = [one for one in report.memory.statuses[key].conditions if one.type == "Ready"]
    return ready.status, ready.reason
