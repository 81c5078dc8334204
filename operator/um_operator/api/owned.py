"""What a resource says that belongs to an organisation, and one that stands for an object in Exchange."""

from __future__ import annotations

from typing import Annotated

from um_operator.api.model import Immutable, ListOf, Model, at_most
from um_operator.api.references import OrganizationRef
from um_operator.api.strings import DeletionPolicy, Mode
from um_operator.api.text import Text

DriftPath = Annotated[str, Text(256)]


class OwnedSpec(Model):
    """Whose it is, and how careful to be."""

    organization_ref: Annotated[OrganizationRef, Immutable] = OrganizationRef()
    """The organisation that the resource belongs to."""
    mode: Mode | None = None
    """Observe, Plan or Enforce; the more careful of this and the organisation's holds (R3)."""
    suspend: bool | None = None
    """Whether new writes to the object rest; what is begun is finished (R13)."""


class ExchangeObjectSpec(OwnedSpec):
    """What deleting the resource means, and which drift is left alone."""

    deletion_policy: DeletionPolicy = "Orphan"
    """Whether the object is removed from Exchange when the resource is deleted (R3)."""
    ignore_drift: Annotated[ListOf[DriftPath], at_most(64)] = ()
    """Fields, by their path in ``status.drift``, whose drift is neither corrected nor reported."""
