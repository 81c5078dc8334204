"""Certificates: from one manifest to servers that serve the wanted one on the wire, while calls go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.harness import Operator, credentials
from estate.wire import on_the_wire
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import smallest

pytestmark = pytest.mark.timeout(240)

UM = ObjectKey("UMCertificate", "um")
SERVERS = ["ex01.contoso.com"]
ORGANIZATION: dict[str, Any] = {
    "exchange": {
        "endpoints": ["http://ex01.contoso.com/PowerShell/"],
        "authentication": {"method": "NTLM", "secretRef": {"name": "exchange-operator"}},
    },
    "mode": "Enforce",
    "disruption": {"soak": "1m"},
}
CERTIFICATE = {"issuer": {"ca": {}}, "servers": {"include": SERVERS}}


def document(kind: str, name: str, spec: dict[str, Any], **annotations: str) -> dict[str, Any]:
    metadata = {"name": name, **({"annotations": annotations} if annotations else {})}
    return {"apiVersion": "unifiedmessaging.dev/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}


def declare(operator: Operator, **annotations: str) -> None:
    operator.declare(
        document("ExchangeOrganization", "default", ORGANIZATION),
        document("UMCertificate", "um", CERTIFICATE, **annotations),
    )


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(smallest(), clock=Clock(rate=10.0), times=ServiceTimes.fixed(5), seed=7) as lab:
        yield lab
        lab.invariants.check()
        lab.invariants.check_end()


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Operator:
    folder = tmp_path / "manifests"
    folder.mkdir()
    operator = Operator(lab, [folder, credentials(lab, tmp_path / "secrets")], tmp_path / "state")
    declare(operator)
    return operator


def told(report: Report) -> UMCertificateStatus:
    status = report.memory.statuses[UM]
    assert isinstance(status, UMCertificateStatus)
    return status


async def test_a_server_serves_a_new_certificate_and_then_its_renewal(lab: Lab, operator: Operator) -> None:
    status = told(await operator.apply(within=timedelta(hours=6)))
    [ready] = status.conditions
    assert (ready.type, ready.status, ready.reason) == ("Ready", "True", "Deployed")
    first = {row.name: row.wanted for row in status.servers}
    assert sorted(first) == SERVERS
    for fqdn, thumbprint in first.items():
        assert [await on_the_wire(lab, fqdn, port) for port in (5061, 5063)] == [thumbprint, thumbprint]

    effects = len(lab.journal.effects)
    again = await operator.apply()
    assert again.plan.steps == ()
    assert len(lab.journal.effects) == effects, "a second run changed something"

    declare(operator, **{"unifiedmessaging.dev/renew-requested-at": "2026-01-05T12:00:00Z"})
    renewed = told(await operator.apply(within=timedelta(hours=6)))
    assert renewed.conditions[0].reason == "Deployed"
    assert renewed.revision == 2
    for row in renewed.servers:
        assert row.wanted != first[row.name]
        assert [await on_the_wire(lab, row.name, port) for port in (5061, 5063)] == [row.wanted, row.wanted]
