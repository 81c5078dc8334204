"""What every resource carries: metadata and the key by which the operator knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import ConfigDict, Field

from um_operator.api.model import Model
from um_operator.api.strings import Instant, KubernetesName, Namespace, parse_instant

KindName: TypeAlias = Literal[
    "ExchangeOrganization", "LyncIntegration", "UMCertificate", "UMDialPlan", "UMIPGateway"
]

GROUP = "unifiedmessaging.dev"
VERSION = "v1beta1"
API_VERSION: Literal["unifiedmessaging.dev/v1beta1"] = "unifiedmessaging.dev/v1beta1"
FINALIZER = f"{GROUP}/exchange-object"


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """A resource of one organisation: its kind and its metadata.name (all stand in one namespace)."""

    kind: KindName
    name: str

    def __str__(self) -> str:
        """Return ``Kind/name``, as it stands in messages and in ``status.waitingFor``."""
        return f"{self.kind}/{self.name}"


class ObjectMeta(Model):
    """The part of Kubernetes' ObjectMeta that the operator reads; the rest is known and left alone."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: KubernetesName
    """The resource's name, unique in its namespace and kind."""
    namespace: Namespace | None = None
    """The namespace; all resources of an organisation stand in one."""
    labels: dict[str, str] | None = None
    """Labels, not read by the operator."""
    annotations: dict[str, str] | None = None
    """Annotations; ``annotations.py`` has those that the operator reads."""
    uid: str | None = None
    """Set by the API server."""
    resource_version: str | None = None
    """Set by the API server."""
    generation: int = 1
    """Raised whenever the spec changes."""
    creation_timestamp: Instant | None = None
    """When the resource was created; of two claims the older one wins."""
    deletion_timestamp: Instant | None = None
    """Present while the resource is being deleted."""
    finalizers: tuple[str, ...] | None = Field(default=None, strict=False)
    """Who still has to clean up before the resource goes."""

    generate_name: Any = Field(default=None, exclude=True)
    deletion_grace_period_seconds: Any = Field(default=None, exclude=True)
    managed_fields: Any = Field(default=None, exclude=True)
    owner_references: Any = Field(default=None, exclude=True)
    self_link: Any = Field(default=None, exclude=True)

    @property
    def deleting(self) -> bool:
        """Whether the resource is being deleted."""
        return self.deletion_timestamp is not None

    @property
    def has_finalizer(self) -> bool:
        """Whether the operator's finalizer stands on it: then it goes only once that is taken off."""
        return FINALIZER in (self.finalizers or ())

    @property
    def created_at(self) -> datetime | None:
        """Return when the resource was created, if it is known."""
        return parse_instant(self.creation_timestamp) if self.creation_timestamp else None


class Resource(Model):
    """A resource: group and version, metadata; each kind adds its kind, spec and status."""

    api_version: Literal["unifiedmessaging.dev/v1beta1"] = API_VERSION
    """Group and version."""
    metadata: ObjectMeta
    """Name, namespace, labels, annotations."""
