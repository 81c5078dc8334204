"""Secrets and ConfigMaps by name, from the manifests of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from um_operator.local.key_values import KeyValues


@dataclass(frozen=True, slots=True, repr=False)
class LocalSecrets:
    """What the Secrets and ConfigMaps of the folders hold; read once, kept for the run, never written."""

    by_secret: Mapping[str, KeyValues]
    by_config_map: Mapping[str, KeyValues]

    async def secret(self, name: str) -> KeyValues | None:
        """Return a Secret's data by key, ``None`` if there is no such Secret."""
        return self.by_secret.get(name)

    async def config_map(self, name: str) -> KeyValues | None:
        """Return a ConfigMap's data by key, ``None`` if there is no such ConfigMap."""
        return self.by_config_map.get(name)
