"""The smallest example exactly as it is committed, on one server: Kerberos, placeholder password and all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

import kerberos_kdc
from estate.harness import REPOSITORY, SERVERS_HAVE_READ, Operator
from kerberos_kdc import KDC, running_kdc
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import smallest
from um_operator.planning.steps import SetVoIPSecurity

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


async def test_everything_is_ready_but_the_plan_which_names_the_gateway(lab: Lab, tmp_path: Path) -> None:
    operator = Operator(lab, [SMALLEST], tmp_path / "state")
    report = await operator.apply(within=timedelta(hours=2))

    assert [
        (type(planned.step), {wait.object for wait in planned.waits}) for planned in report.plan.steps
    ] == [(SetVoIPSecurity, {"UMIPGateway/sbc01"})]
    assert {key.kind: reason_of(report, key) for key in report.memory.statuses} == {
        "ExchangeOrganization": ("True", "Connected"),
        "UMCertificate": ("True", "Deployed"),
        "UMIPGateway": ("True", "UpToDate"),
        "UMDialPlan": ("False", "WaitingForGateways"),
    }
    certificate = report.memory.statuses[ObjectKey("UMCertificate", "um")]
    assert isinstance(certificate, UMCertificateStatus)
    [server] = certificate.servers
    for service in lab.host(SERVER).services.values():
        shown = set(service.program.listening.values()) - {""}
        assert shown == {server.wanted}, service.name

    lab.clock.advance(SERVERS_HAVE_READ)
    await lab.calls.until_each_gateway_called(deadline=20)
    assert not lab.calls.summary().total.cut


def reason_of(report: Report, key: ObjectKey) -> tuple[str, str]:
    """Return status and reason of the condition Ready."""
    [ready] = [one for one in report.memory.statuses[key].conditions if one.type == "Ready"]
    return ready.status, ready.reason
