"""What a look at an organisation needs, whether its manifests are a folder's alone or a cluster's as well."""

from __future__ import annotations

from typing import Protocol

from um_operator.api.organization import ExchangeOrganization
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.identities import Identities
from um_operator.engine.ports import Clock, Journal, Lease, Plans, Records, SecretStore


class Around(Protocol):
    """What is around a look at an organisation, in a folder or a cluster."""

    @property
    def secrets(self) -> SecretStore:
        """Return where Secrets and CAs are."""

    @property
    def lease(self) -> Lease:
        """Return the right to write."""

    @property
    def clock(self) -> Clock:
        """Return the source of instants."""

    @property
    def identities(self) -> Identities:
        """Return what is known of each organisation."""


class Remembered(Records, Protocol):
    """Records that tell whether there were any."""

    @property
    def found(self) -> bool:
        """Return whether there was anything to read."""


class Organization(Protocol):
    """One organisation that is looked at, with what is remembered of it."""

    @property
    def name(self) -> str:
        """Return its metadata.name."""

    @property
    def organization(self) -> ExchangeOrganization:
        """Return the resource."""

    @property
    def desired(self) -> DesiredOrganization:
        """Return what is wanted."""

    @property
    def records(self) -> Remembered:
        """Return ledger and statuses."""

    @property
    def journal(self) -> Journal:
        """Return the account of every effect."""

    @property
    def plans(self) -> Plans:
        """Return the stored plans."""
