"""Instants as Kubernetes writes them where whole seconds are not enough."""

from __future__ import annotations

from datetime import UTC, datetime


def micro_time(at: datetime) -> str:
    """Return an instant as Kubernetes' MicroTime."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
