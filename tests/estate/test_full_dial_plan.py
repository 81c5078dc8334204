"""With more than 200 gateways in a dial plan the UM service does not start; the next one is never linked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from estate import many
from estate.conftest import RATE
from estate.harness import SERVERS_HAVE_READ, Operator, declaring
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.presets import first_steps

FULL = "plan-0000"
MOST = 200
TOO_MANY = "TooManyGateways"


def with_telephones(spec: EstateSpec) -> EstateSpec:
    return replace(spec, devices=first_steps().devices)


@pytest.fixture
async def lab(live: int) -> AsyncIterator[Lab]:
    """An estate with so many gateways in one plan, and a PBX of another plan that calls."""
    spec = with_telephones(many.estate(1, live))
    async with Lab.start(spec, clock=Clock(rate=RATE), seed=7) as lab:
        yield lab
        lab.invariants.check()


def links(lab: Lab) -> int:
    return len(lab.console().run("Get-UMHuntGroup", parameters={"UMDialPlan": FULL}).rows)


def stalled(report: Report, *names: str) -> list[str]:
    statuses = [report.memory.statuses[ObjectKey("UMIPGateway", name)] for name in names]
    return [c.reason for status in statuses for c in status.conditions if c.type == "Stalled"]


def linking(lab: Lab, folder: Path, *names: str) -> Operator:
    gateways = (gateway(name, (FULL, "4900")) for name in names)
    return declaring(lab, folder, organization(), dial_plan(FULL), *gateways)


@pytest.mark.parametrize("live", [MOST])
async def test_the_201st_gateway_is_refused_and_the_services_go_on_starting(lab: Lab, tmp_path: Path) -> None:
    report = await linking(lab, tmp_path, "sbc01").apply()
    assert stalled(report, "sbc01") == [TOO_MANY]
    assert lab.counters.invocations["New-UMHuntGroup"] == 0
    lab.clock.advance(SERVERS_HAVE_READ)
    await lab.shut_down("ex01.contoso.com")
    await lab.boot("ex01.contoso.com")
    await lab.calls.until_each_gateway_called(4, gateways=["legacy-pbx"], deadline=30)
    started = [entry for entry in lab.journal.entries if getattr(entry, "what", "") == "ServiceNotStarted"]
    assert not started


@pytest.mark.night
@pytest.mark.parametrize("live", [MOST - 1])
async def test_of_two_gateways_for_the_last_place_one_gets_it(lab: Lab, tmp_path: Path) -> None:
    report = await linking(lab, tmp_path, "cube01", "sbc01").apply()
    assert stalled(report, "cube01", "sbc01") == [TOO_MANY]
    assert links(lab) == MOST
    assert lab.counters.invocations["New-UMHuntGroup"] == 1
