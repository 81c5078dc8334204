"""The larger example exactly as it is committed: Kerberos from a real KDC, bound to the TLS channel."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import kerberos_kdc
from estate.conftest import RATE
from estate.harness import Operator, write
from kerberos_kdc import KDC, REALM, running_kdc
from larger_example import as_committed
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.cli.lab import SECRETS
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import contoso
from um_operator.planning.steps import (
    CreateDialPlan,
    CreateGateway,
    GrantPermissions,
    JoinDialPlans,
    RequestCertificate,
)

pytestmark = pytest.mark.skipif(bool(kerberos_kdc.missing()), reason=kerberos_kdc.missing() or "-")
COMPUTERS = (
    *(f"ex0{number}.contoso.com" for number in range(1, 5)),
    *(f"lyncfe0{number}.contoso.com" for number in range(1, 4)),
    "lyncpool01.contoso.com",
    "lyncse01.contoso.com",
)


@pytest.fixture(scope="module")
def kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KDC]:
    with running_kdc(tmp_path_factory.mktemp("kdc")) as kdc:
        yield kdc


@pytest.fixture(scope="module")
def keytab(kdc: KDC) -> Path:
    return kdc.keytab("servers.keytab", [f"HTTP/{computer}" for computer in COMPUTERS])


@pytest.fixture
async def lab(kdc: KDC, keytab: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    for name, value in kdc.environment.items():
        monkeypatch.setenv(name, value)
    async with Lab.start(contoso(), clock=Clock(rate=RATE), seed=7, keytab=keytab) as lab:
        yield lab
        lab.invariants.check()


@pytest.fixture(params=["keytab", pytest.param("password", marks=pytest.mark.night)])
def operator(request: pytest.FixtureRequest, lab: Lab, kdc: KDC, tmp_path: Path) -> Operator:
    """An operator that observes, with the example, whose accounts log on as an administrator may have it."""
    found = as_committed(lab)
    found["ExchangeOrganization", "contoso"]["spec"]["mode"] = "Observe"
    for account in lab.spec.organization.accounts:
        user = account.name.rpartition("\\")[2]
        if user in SECRETS:
            kdc.user(user, account.password)
            password = {"password": account.password.encode()}
            shown = (
                password if request.param == "password" else {"keytab": kdc.keytab_of_user(user).read_bytes()}
            )
            found["Secret", SECRETS[user]] = secret(
                SECRETS[user], username=f"{user}@{REALM}".encode(), **shown
            )
    return Operator(lab, [write(tmp_path / "manifests", found.values())], tmp_path / "state")


def secret(name: str, **data: bytes) -> dict[str, Any]:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}


async def test_every_host_of_the_example_is_read(lab: Lab, operator: Operator) -> None:
    report = await operator.one_pass()
    statuses = report.memory.statuses
    ready = {key: one for key, status in statuses.items() for one in status.conditions if one.type == "Ready"}
    assert ready[ObjectKey("ExchangeOrganization", "contoso")].reason == Reason.CONNECTED
    assert Reason.NOT_READ not in {one.reason for one in ready.values()}
    assert [finding for finding in report.plan.findings if finding.weight == "Unread"] == []
    assert {type(one.step) for one in report.plan.steps} >= {
        RequestCertificate,
        CreateDialPlan,
        CreateGateway,
        JoinDialPlans,
        GrantPermissions,
    }
    assert lab.journal.effects == []
