"""The resources of the API server that the operator works with, and their addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from um_operator.api.meta import GROUP, VERSION, KindName
from um_operator.api.names import NAMES

RawObject: TypeAlias = Mapping[str, Any]
"""An object as the API server sends it."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind as the API server serves it; ``group`` is empty for the core group."""

    group: str
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        """Return group and version as they stand in objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """Return the address of a list, an object, or a subresource of one."""
        base = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        parts = [base]
        if namespace is not None:
            parts.append(f"namespaces/{quote(namespace, safe='')}")
        parts.append(self.plural)
        if name:
            parts.append(quote(name, safe=""))
        if subresource:
            parts.append(subresource)
        return "/".join(parts)


OURS: Final[Mapping[KindName, ResourceType]] = {
    kind: ResourceType(GROUP, VERSION, names.plural, kind) for kind, names in NAMES.items()
}
SECRETS: Final = ResourceType("", "v1", "secrets", "Secret")
CONFIG_MAPS: Final = ResourceType("", "v1", "configmaps", "ConfigMap")
NAMESPACES: Final = ResourceType("", "v1", "namespaces", "Namespace")
EVENTS: Final = ResourceType("events.k8s.io", "v1", "events", "Event")
LEASES: Final = ResourceType("coordination.k8s.io", "v1", "leases", "Lease")
DEFINITIONS: Final = ResourceType(
    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition"
)
