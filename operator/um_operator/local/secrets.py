"""Secrets and ConfigMaps by name: from the manifests of the run, and those that runs made, in the state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from um_operator.local.errors import LocalError
from um_operator.local.key_values import KeyValues
from um_operator.local.secret_files import SecretFiles


@dataclass(frozen=True, slots=True, repr=False)
class LocalSecrets:
    """What the Secrets and ConfigMaps of the folders hold, and what runs wrote.

    Either may be both: what a run wrote wins key by key, and a manifest adds to it, as if it were applied
    with kubectl. Manifests are read once and never written.

    Attributes:
        by_secret: data of each Secret of the manifests.
        by_config_map: data of each ConfigMap of the manifests.
        files: the Secrets in the state; ``None`` for a run without state.
        writable: whether the run may write there.
        config_maps: the ConfigMaps in the state, likewise.
    """

    by_secret: Mapping[str, KeyValues]
    by_config_map: Mapping[str, KeyValues]
    files: SecretFiles | None = None
    writable: bool = False
    config_maps: SecretFiles | None = None
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def secret(self, name: str) -> KeyValues | None:
        """Return a Secret's data by key, ``None`` if there is no such Secret.

        Raises:
            LocalError: its file cannot be read.
        """
        return await _both(self.by_secret.get(name), self.files, name)

    async def config_map(self, name: str) -> KeyValues | None:
        """Return a ConfigMap's data by key, ``None`` if there is no such ConfigMap.

        Raises:
            LocalError: its file cannot be read.
        """
        return await _both(self.by_config_map.get(name), self.config_maps, name)

    async def create_secret(
        self,
        name: str,
        data: Mapping[str, bytes],
        *,
        kind: str = "Opaque",
        labels: Mapping[str, str] | None = None,
    ) -> bool:
        """Make a Secret and return whether it was made: one of that name is left as it is.

        Raises:
            LocalError: it cannot be written, or this run only reads.
        """
        files = self._files(name)
        async with self._writing:
            if await self.secret(name) is not None:
                return False
            await asyncio.to_thread(files.create, name, data, kind, labels or {})
            return True

    async def update_secret(
        self, name: str, change: Callable[[Mapping[str, bytes]], Mapping[str, bytes | None]]
    ) -> KeyValues | None:
        """Merge what ``change`` makes of a Secret; return what it holds then, ``None`` if it is gone.

        Raises:
            LocalError: it cannot be written, or this run only reads.
        """
        files = self._files(name)
        async with self._writing:
            before = await self.secret(name)
            changes = change(before) if before is not None else {}
            if not changes:
                return before
            written = await asyncio.to_thread(files.read, name)
            kept = _merged(written, changes)
            await asyncio.to_thread(files.replace, name, kept)
            return await self.secret(name)

    async def delete_secret(self, name: str) -> None:
        """Remove what a run wrote of a Secret, if it is there.

        Raises:
            LocalError: it cannot be removed, or this run only reads.
        """
        files = self._files(name)
        async with self._writing:
            await asyncio.to_thread(files.delete, name)

    async def write_config_map(
        self,
        name: str,
        change: Callable[[Mapping[str, bytes]], Mapping[str, bytes | None]],
        *,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Merge what ``change`` makes of a ConfigMap's text; one that is not there is made.

        Raises:
            LocalError: it cannot be written, or this run only reads.
        """
        files = self._writable(self.config_maps, "ConfigMap", name)
        async with self._writing:
            changes = change(await self.config_map(name) or {})
            if not changes:
                return
            written = await asyncio.to_thread(files.read, name)
            kept = _merged(written, changes)
            if written is None:
                await asyncio.to_thread(files.create, name, kept, "", labels or {})
            else:
                await asyncio.to_thread(files.replace, name, kept)

    def _files(self, name: str) -> SecretFiles:
        return self._writable(self.files, "Secret", name)

    def _writable(self, files: SecretFiles | None, kind: str, name: str) -> SecretFiles:
        if files is None or not self.writable:
            raise LocalError(f'{kind} "{name}" cannot be written: this run only reads')
        return files


def _merged(written: KeyValues | None, changes: Mapping[str, bytes | None]) -> KeyValues:
    """Return what a file holds after a change; ``None`` removes a key."""
    merged: dict[str, bytes | None] = {**(written or {}), **changes}
    return {key: value for key, value in merged.items() if value is not None}


async def _both(declared: KeyValues | None, files: SecretFiles | None, name: str) -> KeyValues | None:
    """Return what a manifest and a run's file hold together, ``None`` if there is neither."""
    written = await asyncio.to_thread(files.read, name) if files is not None else None
    return None if declared is None and written is None else {**(declared or {}), **(written or {})}
