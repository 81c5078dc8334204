"""Alerts as Prometheus reads them: a rule file, whose groups are also those of a PrometheusRule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import yaml

from um_operator.observability.alert import Alert
from um_operator.observability.alerts import ALERTS

GENERATED: Final = "# Made by tools/generate_rules.py from the alerts' declarations; do not edit.\n"


PRESENT: Final = "time()"
"""The present instant in an expression, in seconds since 1970."""


def rule_file(alerts: Iterable[Alert] = ALERTS, *, time_scale: float = 1.0, present: str = PRESENT) -> str:
    """Return a rule file, in YAML.

    Args:
        alerts: in the order of the file.
        time_scale: by how much the time is multiplied that an expression must hold; below 1 where the
            operator has a faster clock than Prometheus.
        present: the present instant by the operator's clock, as PromQL.
    """
    rules = [_rule(alert, time_scale, present) for alert in alerts]
    groups = [{"name": "um-operator", "rules": rules}]
    return GENERATED + yaml.dump({"groups": groups}, Dumper=_Dumper, sort_keys=False, width=1_000)


def _rule(alert: Alert, time_scale: float, present: str) -> dict[str, Any]:
    expression = alert.expression.replace(PRESENT, present)
    return {
        "alert": alert.name,
        "expr": expression + "\n" if "\n" in expression else expression,
        "for": _duration(alert.hold * time_scale),
        "labels": {"severity": alert.severity},
        "annotations": {
            "summary": alert.summary,
            "description": alert.description,
            "runbook_url": alert.runbook,
        },
    }


def _duration(time: timedelta) -> str:
    """Return a duration in Prometheus' form: whole minutes, else milliseconds."""
    minutes, rest = divmod(time, timedelta(minutes=1))
    return f"{round(time / timedelta(milliseconds=1))}ms" if rest else f"{minutes}m"


class _Dumper(yaml.SafeDumper):
    """Writes expressions as blocks, as a person would."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
