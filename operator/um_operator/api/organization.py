"""ExchangeOrganization: one Exchange organisation, how to reach it, and what may be done to it when."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from um_operator.api.connection import Product, ServerSelection, TLSTrust
from um_operator.api.durations import Between, Duration
from um_operator.api.maintenance import Blackout, Disruption, MaintenanceWindow
from um_operator.api.meta import ObjectKey, Resource
from um_operator.api.model import ListOf, Model, at_most, keyed_by
from um_operator.api.status import ExchangeOrganizationStatus
from um_operator.api.strings import Mode, PlanDigest


class Sessions(Model):
    """How many remote PowerShell sessions are open at one time; Exchange allows a user 18."""

    per_server: Annotated[int, Field(ge=1, le=8)] = 2
    """Sessions to one server."""
    total: Annotated[int, Field(ge=1, le=64)] = 12
    """Sessions of the whole organisation."""


class ExchangeOrganizationSpec(Model):
    """What is wanted of the operator for one Exchange organisation."""

    exchange: Product
    """Exchange's remote PowerShell and servers."""
    lync: Product | None = None
    """The same for Lync or Skype for Business."""
    tls: TLSTrust = TLSTrust()
    """Whose certificates the operator trusts."""
    servers: ServerSelection = ServerSelection()
    """Which Exchange servers count."""
    interval: Annotated[Duration, Between("30s", "24h")] = timedelta(minutes=5)
    """Time between two full readings of the organisation; each is moved by up to 10 %."""
    mode: Mode = "Observe"
    """Observe reports and changes nothing; Plan makes a plan that waits for approval; Enforce carries it out.
    Of the organisation's and a resource's mode the more careful one holds (R3)."""
    suspend: bool | None = None
    """Whether new writes to the organisation rest; what is begun is finished (R13)."""
    approved_plan: PlanDigest | None = None
    """The digest of the plan that may run; its ConfigMap of the same name shows it."""
    maintenance_windows: Annotated[ListOf[MaintenanceWindow], keyed_by("name"), at_most(16)] = ()
    """When steps that interrupt calls may begin; without any, always."""
    blackouts: Annotated[ListOf[Blackout], keyed_by("name"), at_most(64)] = ()
    """When no interruption begins."""
    on_missed_window: Literal["Proceed", "Hold"] = "Proceed"
    """Whether a certificate that is about to expire (from 72 h before) waits for a window all the same."""
    disruption: Disruption = Disruption()
    """How much may be out of service, and how calls are treated."""
    replication_grace: Annotated[Duration, Between("0s", "24h")] = timedelta(minutes=15)
    """How long after a change of the domain controller nothing that we wrote is corrected."""
    sessions: Sessions = Sessions()
    """How many remote PowerShell sessions are open at one time."""


class ExchangeOrganization(Resource):
    """One Exchange organisation."""

    kind: Literal["ExchangeOrganization"] = "ExchangeOrganization"
    """The kind."""
    spec: ExchangeOrganizationSpec
    """What is wanted."""
    status: ExchangeOrganizationStatus = Field(default=ExchangeOrganizationStatus(), exclude=True)
    """What is: written by the operator."""

    @property
    def key(self) -> ObjectKey:
        """Return the key by which the operator knows the resource."""
        return ObjectKey(self.kind, self.metadata.name)
