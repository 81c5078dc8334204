"""What every resource carries: metadata and the key by which the operator knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

KindName: TypeAlias = Literal["ExchangeOrganization", "UMDialPlan", "UMIPGateway"]

GROUP = "unifiedmessaging.dev"
VERSION = "v1beta1"
API_VERSION = f"{GROUP}/{VERSION}"


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """A resource of one organisation: its kind and its metadata.name (all stand in one namespace)."""

    kind: KindName
    name: str

    def __str__(self) -> str:
        """Return ``Kind/name``, as it stands in messages and in ``status.waitingFor``."""
        return f"{self.kind}/{self.name}"
