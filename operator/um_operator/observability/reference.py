"""The reference pages of metrics and alerts, made from their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from um_operator.observability.alert import Alert
from um_operator.observability.alerts import ALERTS
from um_operator.observability.metric import Label, Metric
from um_operator.observability.metrics import BY_NAME

GENERATED: Final = "<!-- Made by tools/generate_docs.py from the declarations; do not edit. -->"


def metrics_page() -> str:
    """Return the page of every metric, in Markdown."""
    lines = (
        GENERATED,
        "",
        "# Metrics",
        "",
        "Served at `/metrics`, read when it is scraped: what is deleted leaves no series. Instants are "
        "absolute, an age is `time() - …`. Resources and organisations are shown by the replica that holds "
        "the Lease. "
        "`process_*` and `python_gc_*` are those of the client library.",
        "",
        "| Metric | Type | Labels | Meaning |",
        "|---|---|---|---|",
        *(_metric(metric) for metric in BY_NAME.values()),
        "",
        "## Labels",
        "",
        "No label holds a message, an address or a thumbprint. A value that is not of its label's form is "
        "counted as `other`.",
        "",
        "| Label | Meaning | Values |",
        "|---|---|---|",
        *(_label(label) for label in _labels()),
    )
    return "\n".join(lines) + "\n"


def alerts_page() -> str:
    """Return the page of every alert, in Markdown."""
    lines = [
        GENERATED,
        "",
        "# Alerts",
        "",
        "`deploy/prometheus/um-operator.rules.yaml` has them as rules. Times are relative to the `interval` "
        "of the organisation, or to the time that a renewal was given. Of resources that are suspended or "
        "held nobody is told, unless it is the operator's own fault or a certificate ends within days.",
    ]
    for alert in ALERTS:
        lines += _alert(alert)
    return "\n".join(lines) + "\n"


def _metric(metric: Metric) -> str:
    labels = ", ".join(f"`{name}`" for name in metric.label_names)
    return f"| `{metric.name}` | {metric.type} | {labels} | {metric.help} |"


def _labels() -> Iterator[Label]:
    """Yield each label once, in the order of the metrics; two of one name have two meanings."""
    yield from dict.fromkeys(label for metric in BY_NAME.values() for label in metric.labels)


def _label(label: Label) -> str:
    values = ", ".join(f"`{word}`" for word in label.words)
    return f"| `{label.name}` | {label.meaning} | {values} |"


def _alert(alert: Alert) -> Iterator[str]:
    minutes = round(alert.hold.total_seconds() / 60)
    yield from ("", f"## {alert.name} ({alert.severity})", "")
    yield f"For {minutes} minutes. {alert.why} [What to do](../runbooks/{alert.name}.md)"
    yield from ("", "```promql", *alert.expression.splitlines(), "```")
