"""Flux's health check expressions for our kinds, evaluated in the order that Flux documents (its RFC 9)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import cel
import yaml

HEALTH_CHECKS: Final = Path(__file__).parents[2] / "deploy" / "gitops" / "flux" / "health-checks.yaml"
[EXPRESSIONS] = yaml.safe_load(HEALTH_CHECKS.read_text())["spec"]["healthCheckExprs"]


def health(obj: Mapping[str, Any]) -> str:
    """Return Current, Failed or InProgress."""
    status = obj["status"]
    if status["observedGeneration"] != obj["metadata"]["generation"]:
        return "InProgress"
    for name, result in (("inProgress", "InProgress"), ("failed", "Failed"), ("current", "Current")):
        if cel.evaluate(EXPRESSIONS[name], {"status": status}):
            return result
    return "InProgress"
