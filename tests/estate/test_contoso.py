"""The larger example: what can be done now is done, and two cut-overs say what they wait for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from estate.conftest import RATE
from estate.harness import CONTOSO, CONTOSO_ALONE, Operator, certificate_authority, credentials, with_ntlm
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import contoso
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(contoso(), clock=Clock(rate=RATE), seed=7) as lab:
        yield lab
        lab.invariants.check()


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Operator:
    """An operator with the example without cert-manager, NTLM in place of Kerberos, and the lab's CA."""
    folders = [
        *CONTOSO_ALONE,
        with_ntlm(CONTOSO / "organization.yaml", tmp_path / "ntlm"),
        credentials(lab, tmp_path / "secrets"),
        certificate_authority(lab, tmp_path / "ca"),
    ]
    return Operator(lab, folders, tmp_path / "state")


async def test_only_the_two_cut_overs_are_left_and_say_what_they_wait_for(
    lab: Lab, operator: Operator
) -> None:
    report = await operator.apply()
    assert {type(planned.step) for planned in report.plan.steps} == {SetGatewayPort, SetVoIPSecurity}
    cut_overs = [planned for planned in report.plan.steps if isinstance(planned.step, SetVoIPSecurity)]
    assert [planned.step.subject for planned in cut_overs] == [
        "UMDialPlan/Contoso-Lync",
        "UMDialPlan/Contoso-PBX",
    ]
    ports = [planned for planned in report.plan.steps if isinstance(planned.step, SetGatewayPort)]
    assert {planned.waits[0].reason for planned in ports} <= {"WaitingForSecure", "WaitingForWindow"}
    for planned in cut_overs:
        assert "WaitingForServers" in {wait.reason for wait in planned.waits}
        status = report.memory.statuses[planned.step.owner]
        assert status.waiting_for  # type: ignore[union-attr]
    effects = len(lab.journal.effects)
    await operator.apply()
    assert len(lab.journal.effects) == effects
