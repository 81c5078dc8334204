"""Calls that a restarted server rejects stop the rollout there (R16)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.harness import Operator, declaring
from gateways_support import EX01, EX02, LINE, SPEC, device
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import smallest

pytestmark = pytest.mark.timeout(240)

UM = ObjectKey("UMCertificate", "um")
MOST_LOOKS = 20
MISDIALLED = device(lines=(replace(LINE, pilot="4999"),), channels=1, pause=timedelta(seconds=20))
"""A device that dials a number which no hunt group has: its calls are rejected, wherever they come in."""
ORGANIZATION = {
    "exchange": {
        "endpoints": ["http://ex01.contoso.com/PowerShell/"],
        "authentication": {"method": "NTLM", "secretRef": {"name": "exchange-operator"}},
    },
    "mode": "Enforce",
    "disruption": {"soak": "5m"},
}


def documents() -> list[dict[str, Any]]:
    version = {"apiVersion": "unifiedmessaging.dev/v1beta1"}
    return [
        {
            **version,
            "kind": "ExchangeOrganization",
            "metadata": {"name": "default"},
            "spec": ORGANIZATION,
        },
        {
            **version,
            "kind": "UMCertificate",
            "metadata": {"name": "um"},
            "spec": {"issuer": {"ca": {}}},
        },
    ]


def conditions(report: Report) -> dict[str, str]:
    status = report.memory.statuses[UM]
    assert isinstance(status, UMCertificateStatus)
    return {one.type: f"{one.reason}: {one.message}" for one in status.conditions}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    organization = replace(SPEC, accounts=smallest().organization.accounts)
    estate = EstateSpec(organization, devices=(MISDIALLED,))
    async with Lab.start(estate, clock=Clock(rate=10.0), times=ServiceTimes.fixed(5), seed=7) as lab:
        yield lab
        lab.invariants.check()


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Operator:
    return declaring(lab, tmp_path, *documents())


def on_tls(lab: Lab, fqdn: str) -> bool:
    """Whether the call router of a server listens on its port for TLS."""
    return bool(lab.host(fqdn).services["MSExchangeUMCR"].program.listening.get(5061))


async def test_calls_that_are_rejected_after_a_restart_stop_the_rollout(lab: Lab, operator: Operator) -> None:
    told: dict[str, str] = {}
    for _ in range(MOST_LOOKS):
        told = conditions(await operator.apply(within=timedelta(minutes=2)))
        if "ManualActionRequired" in told:
            break
    assert told["ManualActionRequired"].startswith(
        f'RolloutStopped: the call router of "{EX01}" rejects calls since it was put back into service; '
    )
    assert lab.host(EX01).rejected_calls > 0
    assert (on_tls(lab, EX01), on_tls(lab, EX02)) == (True, False)
