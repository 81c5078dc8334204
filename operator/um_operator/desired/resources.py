"""Everything of one namespace, as it was read: valid resources, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from um_operator.api.certificate import UMCertificate
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.lync_integration import LyncIntegration
from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.select import AnyResource, Invalid

Owned: TypeAlias = LyncIntegration | UMCertificate | UMDialPlan | UMIPGateway
"""A resource that belongs to an organisation."""


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of one namespace.

    Attributes:
        invalid: resources of ours that cannot be used; they do not stop the rest.
        secrets: names of the Secrets that exist; ``None`` where Secrets are read by name, never listed.
    """

    organizations: tuple[ExchangeOrganization, ...] = ()
    dial_plans: tuple[UMDialPlan, ...] = ()
    gateways: tuple[UMIPGateway, ...] = ()
    certificates: tuple[UMCertificate, ...] = ()
    lync_integrations: tuple[LyncIntegration, ...] = ()
    invalid: tuple[Invalid, ...] = ()
    secrets: frozenset[str] | None = None

    @classmethod
    def of(
        cls, parsed: Iterable[AnyResource | Invalid], *, secrets: frozenset[str] | None = None
    ) -> Resources:
        """Sort what the documents of one namespace say by kind."""
        everything = tuple(parsed)
        return cls(
            organizations=tuple(item for item in everything if isinstance(item, ExchangeOrganization)),
            dial_plans=tuple(item for item in everything if isinstance(item, UMDialPlan)),
            gateways=tuple(item for item in everything if isinstance(item, UMIPGateway)),
            certificates=tuple(item for item in everything if isinstance(item, UMCertificate)),
            lync_integrations=tuple(item for item in everything if isinstance(item, LyncIntegration)),
            invalid=tuple(item for item in everything if isinstance(item, Invalid)),
            secrets=secrets,
        )

    def organization(self, name: str) -> ExchangeOrganization | None:
        """Return a valid organisation by its metadata.name."""
        return next((item for item in self.organizations if item.metadata.name == name), None)

    @property
    def owned(self) -> tuple[Owned, ...]:
        """Return everything that belongs to an organisation."""
        return (*self.dial_plans, *self.gateways, *self.certificates, *self.lync_integrations)

    def is_invalid(self, key: ObjectKey) -> bool:
        """Tell whether a resource exists but cannot be used."""
        return any(item.key == key for item in self.invalid)
