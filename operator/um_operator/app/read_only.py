"""Secrets for runs that only look: whoever would write one is told that this is a mistake of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from um_operator.engine.ports import PortError, SecretChange, Secrets


@dataclass(frozen=True, slots=True)
class ReadOnlySecrets:
    """Reads what ``source`` has, and writes nothing."""

    source: Secrets

    async def secret(self, name: str) -> Mapping[str, bytes] | None:
        """Return a Secret's data by key, ``None`` if there is no such Secret."""
        return await self.source.secret(name)

    async def config_map(self, name: str) -> Mapping[str, bytes] | None:
        """Return a ConfigMap's data by key, ``None`` if there is no such ConfigMap."""
        return await self.source.config_map(name)

    async def create_secret(
        self,
        name: str,
        data: Mapping[str, bytes],
        *,
        kind: str = "Opaque",
        labels: Mapping[str, str] | None = None,
    ) -> bool:
        """Refuse."""
        del data, kind, labels
        raise _refused(name)

    async def update_secret(self, name: str, change: SecretChange) -> Mapping[str, bytes] | None:
        """Refuse."""
        del change
        raise _refused(name)

    async def delete_secret(self, name: str) -> None:
        """Refuse."""
        raise _refused(name)

    async def write_config_map(
        self, name: str, change: SecretChange, *, labels: Mapping[str, str] | None = None
    ) -> None:
        """Refuse."""
        del change, labels
        raise _refused(name, "ConfigMap")


def _refused(name: str, kind: str = "Secret") -> PortError:
    return PortError(f'{kind} "{name}" is not written by a run that only reads')
