"""The rules and the metrics as promtool judges them."""

from __future__ import annotations

from pathlib import Path

import pytest

from alert_scene import OF_CERTIFICATES, OF_LYNC, SEEN
from board_support import BUILD, organization_of, sample
from prometheus_support import missing, promtool
from troubled_sites import TROUBLES, shown_after
from um_operator.observability.alerts import ALERTS
from um_operator.observability.recorder import Metrics

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

ROOT = Path(__file__).parents[2]
TESTS = sorted((Path(__file__).parent / "rules").glob("*.yaml"))


def test_every_alert_is_seen_to_fire() -> None:
    seen = (dict(labels) for labels in (*SEEN, *OF_CERTIFICATES, *OF_LYNC))
    assert {(labels["alertname"], labels["severity"]) for labels in seen} == {
        (alert.name, alert.severity) for alert in ALERTS
    }


def test_every_alert_has_its_test() -> None:
    assert {path.stem.partition("-")[0] for path in TESTS} == {alert.name for alert in ALERTS}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
async def test_an_alert_fires_when_it_should_and_is_silent_else(path: Path) -> None:
    code, said = await promtool("test", "rules", str(path))
    assert code == 0, said


@pytest.mark.parametrize(
    "path", ["deploy/prometheus/um-operator.rules.yaml", "charts/um-operator/files/rules.yaml"]
)
async def test_the_rules_are_valid(path: str) -> None:
    code, said = await promtool("check", "rules", str(ROOT / path))
    assert code == 0, said
    assert f"{len(ALERTS)} rules found" in said


async def test_the_metrics_are_named_as_prometheus_advises() -> None:
    metrics = Metrics(BUILD)
    kept = metrics.organization("um", "contoso")
    kept.show(organization_of(sample(), waiting_steps={"WaitingForWindow": 1}))
    kept.service_started("UM")
    metrics.organization("um", "default").show(shown_after(TROUBLES["unowned"]()))
    kept.pass_ended("everything", "unchanged", 0.1)
    kept.step_ended("SetGateway", "Done")
    kept.remote_call("", "Get-UMDialPlan", 0.1, "ok")
    metrics.api_request("get", "leases", 200, 0.01)
    metrics.watch_restarted("UMDialPlan")
    metrics.loop_lagged("operator", 0.0)
    text, _ = metrics.exposition()
    ours = b"".join(line for line in text.splitlines(keepends=True) if b"um_operator_" in line)
    code, said = await promtool("check", "metrics", stdin=ours)
    assert (code, said) == (0, "")
