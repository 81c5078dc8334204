"""Secrets for runs that only look: what they learn of a Secret is gone with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from um_operator.engine.ports import PortError, SecretChange, Secrets


@dataclass(frozen=True, slots=True)
class ReadOnlySecrets:
    """Reads what ``source`` has, and writes nothing.

    An answer that came for a certificate request is noted in its Secret by whoever sees it, so that is seen
    here as well, and written by the next run that may. To make or remove a Secret is a mistake of ours.
    """

    source: Secrets
    _noted: dict[str, Mapping[str, bytes]] = field(default_factory=dict, init=False)

    async def secret(self, name: str) -> Mapping[str, bytes] | None:
        """Return a Secret's data by key, ``None`` if there is no such Secret."""
        return self._noted[name] if name in self._noted else await self.source.secret(name)

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
        """Merge what ``change`` makes of a Secret for this run alone; return what it holds then."""
        before = await self.secret(name)
        changes = change(before) if before is not None else {}
        if before is None or not changes:
            return before
        merged: dict[str, bytes | None] = {**before, **changes}
        self._noted[name] = {key: value for key, value in merged.items() if value is not None}
        return self._noted[name]

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
