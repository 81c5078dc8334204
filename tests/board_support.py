"""Samples as the engine's reports would make them, for tests of metrics, alerts and what is served."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from um_operator.observability.board import BuildInfo, ObjectSample, OrganizationSample, Status
from um_operator.observability.recorder import Metrics

BUILD = BuildInfo(version="1.2.3", python="3.11.7", kopf="1.45.2")
NOW = 1_795_608_000.0


def sample(
    kind: str = "UMIPGateway",
    name: str = "sbc01",
    *,
    ready: Status = "True",
    reason: str = "UpToDate",
    namespace: str = "um",
    organization: str = "contoso",
    also: tuple[str, ...] = (),
    **more: Any,
) -> ObjectSample:
    """Return a resource with Ready and, beside it, the conditions ``also``, each True."""
    conditions: dict[str, Status] = {"Ready": ready, **dict.fromkeys(also, "True")}
    return ObjectSample(
        kind=kind,
        name=name,
        namespace=namespace,
        organization=organization,
        conditions=conditions,
        ready_reason=reason,
        suspended="Suspended" in also,
        **more,
    )


def organization_of(*objects: ObjectSample, **more: Any) -> OrganizationSample:
    """Return an organisation with these resources, whose last pass has just ended."""
    values: dict[str, Any] = {
        "namespace": "um",
        "name": "contoso",
        "mode": "Enforce",
        "interval": 300.0,
        "since": NOW - 3600,
        "last_pass": NOW,
        "last_full_pass": NOW,
    }
    return OrganizationSample(objects=objects, **{**values, **more})


def series(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return what a scrape gets: the value of each series by name and labels."""
    text, _ = metrics.exposition()
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text.decode())
        for one in family.samples
    }


def value(metrics: Metrics, metric: str, /, **labels: str) -> float | None:
    """Return the value of one series, ``None`` if there is none."""
    return series(metrics).get((metric, frozenset(labels.items())))
