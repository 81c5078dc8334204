"""The larger example exactly as it is committed: Kerberos from a real KDC, bound to the TLS channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import kerberos_kdc
from estate.conftest import RATE
from estate.harness import CONTOSO_ALONE, Operator, account_of, certificate_authority, secret
from kerberos_kdc import KDC, REALM, running_kdc
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import contoso
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity

pytestmark = pytest.mark.skipif(bool(kerberos_kdc.missing()), reason=kerberos_kdc.missing() or "-")
SERVERS = ("ex01.contoso.com", "ex02.contoso.com")
USER = "svc-um-operator"


@pytest.fixture(scope="module")
def kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KDC]:
    with running_kdc(tmp_path_factory.mktemp("kdc")) as kdc:
        yield kdc


@pytest.fixture(scope="module")
def keytab(kdc: KDC) -> Path:
    return kdc.keytab("servers.keytab", [f"HTTP/{server}" for server in SERVERS])


@pytest.fixture
async def lab(kdc: KDC, keytab: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    for name, value in kdc.environment.items():
        monkeypatch.setenv(name, value)
    async with Lab.start(contoso(), clock=Clock(rate=RATE), seed=7, keytab=keytab) as lab:
        yield lab
        lab.invariants.check()


@pytest.fixture(params=["password", "keytab"])
def account(request: pytest.FixtureRequest, lab: Lab, kdc: KDC, tmp_path: Path) -> Path:
    """Write the account's Secret, the way an administrator would."""
    password = account_of(lab).password
    kdc.user(USER, password)
    username = f"{USER}@{REALM}".encode()
    if request.param == "password":
        return secret(tmp_path / "secrets", username=username, password=password.encode())
    keys = kdc.keytab_of_user(USER).read_bytes()
    return secret(tmp_path / "secrets", username=username, keytab=keys)


async def test_the_example_reaches_its_two_cut_overs(lab: Lab, account: Path, tmp_path: Path) -> None:
    folders = [*CONTOSO_ALONE, account, certificate_authority(lab, tmp_path / "ca")]
    operator = Operator(lab, folders, tmp_path / "state")
    report = await operator.apply()
    cut_overs = [planned for planned in report.plan.steps if isinstance(planned.step, SetVoIPSecurity)]
    assert len(cut_overs) == 2
    assert {type(planned.step) for planned in report.plan.steps} == {SetGatewayPort, SetVoIPSecurity}
    assert {effect.caller for effect in lab.journal.effects} == {account_of(lab).name}
