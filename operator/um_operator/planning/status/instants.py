"""Instants as statuses and messages write them."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(at: datetime) -> str:
    """Return an RFC 3339 instant in UTC, whole seconds: what Kubernetes writes."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
