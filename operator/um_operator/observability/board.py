"""What metrics are read from at scrape time: plain values, replaced as a whole, never changed.

This floor knows neither the API nor the engine; who does fills these in. Instants are seconds since 1970
(UTC), of the same clock as Prometheus', so that a query can subtract them from ``time()``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["True", "False", "Unknown"]
Mode: TypeAlias = Literal["Observe", "Plan", "Enforce"]
OrganizationKey: TypeAlias = tuple[str, str]
"""Namespace and name of an ExchangeOrganization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSample:
    """One resource, the organisation itself included.

    Attributes:
        organization: metadata.name of its ExchangeOrganization.
        conditions: status by type, as they stand in ``status.conditions``.
        ready_reason: the reason of Ready; a word of the table of reasons.
        not_ready_since: since when Ready is not True; ``None`` while it is.
        suspended: whether new writes rest, by ``suspend`` or by a hold, its own or its organisation's.
        drifted_fields: how many declared fields are not as they were put in force.
        drift_since: when the oldest of these differences was first read.
    """

    kind: str
    namespace: str
    name: str
    organization: str
    conditions: Mapping[str, Status] = field(default_factory=dict)
    ready_reason: str = ""
    not_ready_since: float | None = None
    suspended: bool = False
    drifted_fields: int = 0
    drift_since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSample:
    """One organisation that this replica keeps as declared, and its resources.

    Attributes:
        interval: seconds between two full passes, as declared.
        since: when this replica began to keep it.
        last_pass: when the last pass ended.
        last_full_pass: the same for passes that read everything.
        waiting_steps: how many planned steps wait, by reason; a step that waits for several counts for each.
        sessions: remote PowerShell sessions, at work and at rest.
    """

    namespace: str
    name: str
    mode: Mode
    interval: float
    since: float
    objects: tuple[ObjectSample, ...] = ()
    last_pass: float | None = None
    last_full_pass: float | None = None
    planned_steps: int = 0
    interrupting_steps: int = 0
    waiting_steps: Mapping[str, int] = field(default_factory=dict)
    sessions: int = 0

    @property
    def key(self) -> OrganizationKey:
        """Return namespace and name."""
        return self.namespace, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseSample:
    """The Lease as this replica saw it last.

    Attributes:
        held: whether this replica holds it.
        transitions: ``spec.leaseTransitions``.
        renewed: the last renewal that was seen, whoever made it.
    """

    namespace: str
    name: str
    held: bool
    transitions: int = 0
    renewed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInfo:
    """What runs: the version of um-operator, of Python and of kopf."""

    version: str
    python: str
    kopf: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that this replica shows; organisations and stray resources only while it holds the Lease.

    Attributes:
        stray: resources that name an organisation that nobody declared.
    """

    build: BuildInfo
    organizations: Mapping[OrganizationKey, OrganizationSample] = field(default_factory=dict)
    stray: tuple[ObjectSample, ...] = ()
    lease: LeaseSample | None = None
