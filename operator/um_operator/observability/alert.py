"""What a declaration of an alert is: one row, from which the rules and the reference page are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["critical", "warning"]

RUNBOOKS: Final = "docs/runbooks/"
"""Where the runbook pages are, one an alert, named like it."""

OBJECT: Final = "kind, namespace, name, organization"
"""The labels of a resource."""
NAMED: Final = "{{ $labels.kind }} {{ $labels.namespace }}/{{ $labels.name }}"
"""A resource in a text."""
SUSPENDED: Final = "unless on (kind, namespace, name) um_operator_object_suspended == 1"
"""Leaves out what is suspended or held."""
ORGANIZATION_SUSPENDED: Final = (
    'unless on (namespace, organization) um_operator_object_suspended{kind="ExchangeOrganization"} == 1'
)
"""Leaves out what is of an organisation that is suspended or held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert.

    Attributes:
        expression: PromQL; each series of its result is one alert.
        hold: how long the expression must hold before the alert fires (Prometheus' ``for``).
        severity: ``critical`` wakes a person, ``warning`` is for working hours.
        why: why this severity, and why it waits no longer.
        summary: one line, a template of Prometheus.
        description: what is so and what follows from it, a template of Prometheus.
    """

    name: str
    expression: str
    hold: timedelta
    severity: Severity
    why: str
    summary: str
    description: str

    @property
    def runbook(self) -> str:
        """Return the path of its page in this repository."""
        return f"{RUNBOOKS}{self.name}.md"
