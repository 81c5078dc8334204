"""How the operator is probed, scraped and alerted on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from chart_support import CHART, SOME_NAMESPACES, Values, render, template, the

pytestmark = pytest.mark.usefixtures("helm_is_here")


def test_probes_and_scrapes_meet_the_ports_that_are_listened_on() -> None:
    values = {
        **SOME_NAMESPACES,
        "metrics": {"port": 9000, "serviceMonitor": {"enabled": True}},
        "health": {"port": 9001},
    }
    manifests = render(values)
    (container,) = the(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == {
        "metrics": 9000,
        "health": 9001,
    }
    assert {"--metrics-bind-address=0.0.0.0:9000", "--health-probe-bind-address=0.0.0.0:9001"} <= set(
        container["args"]
    )
    assert {probe: container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    service = the(manifests, "Service")
    labels = the(manifests, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert service["spec"]["ports"] == [{"name": "metrics", "port": 9000, "targetPort": "metrics"}]
    monitor = the(manifests, "ServiceMonitor")["spec"]
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] == "metrics"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Return a copy of the chart that a test may change."""
    copy = tmp_path / "um-operator"
    shutil.copytree(CHART, copy)
    return copy


RULES = """
groups:
- name: um-operator
  rules:
  - alert: UmOperatorStalled
    expr: um_operator_object_condition{type="Stalled"} == 1
    annotations:
      summary: '{{ $labels.kind }} {{ $labels.name }} is stalled'
      runbook_url: docs/runbooks/UmOperatorStalled.md
"""
RULE: Values = {**SOME_NAMESPACES, "metrics": {"prometheusRule": {"enabled": True}}}


def test_the_rules_are_those_of_the_file_word_by_word(chart: Path) -> None:
    (chart / "files" / "rules.yaml").write_text(RULES)
    assert the(render(RULE, chart=chart), "PrometheusRule")["spec"] == yaml.safe_load(RULES)


def test_runbooks_are_linked_where_they_are_served(chart: Path) -> None:
    (chart / "files" / "rules.yaml").write_text(RULES)
    served = {"enabled": True, "runbooks": "https://docs.contoso.com/um-operator"}
    values = {**SOME_NAMESPACES, "metrics": {"prometheusRule": served}}
    ((rule,),) = [
        group["rules"] for group in the(render(values, chart=chart), "PrometheusRule")["spec"]["groups"]
    ]
    link = rule["annotations"]["runbook_url"]
    assert link == "https://docs.contoso.com/um-operator/runbooks/UmOperatorStalled.md"


def test_a_chart_without_rules_says_so(chart: Path) -> None:
    (chart / "files" / "rules.yaml").unlink(missing_ok=True)
    assert "this chart was packed without files/rules.yaml" in template(RULE, chart=chart).stderr
