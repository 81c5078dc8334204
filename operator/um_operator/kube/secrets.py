"""The engine's Secrets: Secrets and ConfigMaps of one namespace, by name, never as a list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, ForbiddenError, KubeError, NotFoundError
from um_operator.kube.resources import CONFIG_MAPS, SECRETS, RawObject, ResourceType

ATTEMPTS: Final = 5
"""How often a Secret is read and written again when somebody else writes it at the same time."""


@dataclass(frozen=True, slots=True)
class KubeSecrets:
    """What the resources of a namespace refer to, and the keys and certificates that are kept there."""

    client: KubeClient
    namespace: str

    async def secret(self, name: str) -> Mapping[str, bytes] | None:
        """Return a Secret's data by key, ``None`` if there is no such Secret.

        Raises:
            KubeError: it cannot be read.
        """
        found = await self._read(SECRETS, name)
        return _decoded(found.get("data") or {}, name) if found else None

    async def config_map(self, name: str) -> Mapping[str, bytes] | None:
        """Return a ConfigMap's data by key, ``None`` if there is no such ConfigMap.

        Raises:
            KubeError: it cannot be read.
        """
        found = await self._read(CONFIG_MAPS, name)
        if found is None:
            return None
        text = {key: str(value).encode() for key, value in (found.get("data") or {}).items()}
        return text | _decoded(found.get("binaryData") or {}, name)

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
            KubeError: it cannot be made.
        """
        body = {
            "apiVersion": SECRETS.api_version,
            "kind": SECRETS.kind,
            "metadata": {"name": name, "namespace": self.namespace, "labels": dict(labels or {})},
            "type": kind,
            "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
        }
        try:
            await self.client.create(SECRETS, self.namespace, body)
        except ConflictError:
            return False
        except ForbiddenError:
            raise self._forbidden(SECRETS, name, "create") from None
        return True

    async def update_secret(
        self, name: str, change: Callable[[Mapping[str, bytes]], Mapping[str, bytes | None]]
    ) -> Mapping[str, bytes] | None:
        """Merge what ``change`` makes of a Secret; return what it holds then, ``None`` if it is gone.

        Raises:
            KubeError: it cannot be read or written, or others write it again and again.
        """
        for _ in range(ATTEMPTS):
            found = await self._read(SECRETS, name)
            if found is None:
                return None
            before = _decoded(found.get("data") or {}, name)
            changes = change(before)
            if not changes:
                return before
            try:
                written = await self.client.patch(
                    SECRETS, self.namespace, name, _of_version(found, _encoded(changes))
                )
            except NotFoundError:
                return None
            except ConflictError:
                continue
            except ForbiddenError:
                raise self._forbidden(SECRETS, name, "patch") from None
            return _decoded(written.get("data") or {}, name)
        raise ConflictError(f'Secret "{self.namespace}/{name}" is written by others again and again')

    async def delete_secret(self, name: str) -> None:
        """Remove a Secret, if it is there.

        Raises:
            KubeError: it cannot be removed.
        """
        try:
            await self.client.delete(SECRETS, self.namespace, name)
        except NotFoundError:
            return
        except ForbiddenError:
            raise self._forbidden(SECRETS, name, "delete") from None

    async def write_config_map(
        self,
        name: str,
        change: Callable[[Mapping[str, bytes]], Mapping[str, bytes | None]],
        *,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Merge what ``change`` makes of a ConfigMap's text; one that is not there is made.

        Raises:
            KubeError: it cannot be read or written, or others write it again and again.
        """
        for _ in range(ATTEMPTS):
            found = await self._read(CONFIG_MAPS, name)
            held = (found or {}).get("data") or {}
            changes = change({key: str(value).encode() for key, value in held.items()})
            if not changes:
                return
            text = {key: None if value is None else value.decode() for key, value in changes.items()}
            try:
                await self._write_config_map(name, found, text, labels or {})
            except (ConflictError, NotFoundError):
                continue
            return
        raise ConflictError(f'ConfigMap "{self.namespace}/{name}" is written by others again and again')

    async def _write_config_map(
        self, name: str, found: RawObject | None, text: Mapping[str, str | None], labels: Mapping[str, str]
    ) -> None:
        verb = "create" if found is None else "patch"
        try:
            if found is None:
                kept = {key: value for key, value in text.items() if value is not None}
                metadata = {"name": name, "namespace": self.namespace, "labels": dict(labels)}
                head = {"apiVersion": CONFIG_MAPS.api_version, "kind": CONFIG_MAPS.kind}
                await self.client.create(
                    CONFIG_MAPS, self.namespace, {**head, "metadata": metadata, "data": kept}
                )
            else:
                await self.client.patch(CONFIG_MAPS, self.namespace, name, _of_version(found, text))
        except ForbiddenError:
            raise self._forbidden(CONFIG_MAPS, name, verb) from None

    async def _read(self, resource: ResourceType, name: str) -> RawObject | None:
        try:
            return await self.client.get(resource, self.namespace, name)
        except NotFoundError:
            return None
        except ForbiddenError:
            raise self._forbidden(resource, name, "get") from None

    def _forbidden(self, resource: ResourceType, name: str, verb: str) -> ForbiddenError:
        done = {"get": "read", "create": "made", "patch": "changed", "delete": "removed"}[verb]
        return ForbiddenError(
            f'{resource.kind} "{self.namespace}/{name}" may not be {done}: '
            f"the operator's account needs the right to {verb} {resource.plural} in this namespace"
        )


def _encoded(changes: Mapping[str, bytes | None]) -> dict[str, str | None]:
    return {
        key: base64.b64encode(value).decode() if value is not None else None for key, value in changes.items()
    }


def _of_version(found: RawObject, data: Mapping[str, str | None]) -> RawObject:
    """Return a merge patch that holds only for what was read."""
    return {"metadata": {"resourceVersion": found["metadata"]["resourceVersion"]}, "data": dict(data)}


def _decoded(data: Mapping[str, str], name: str) -> dict[str, bytes]:
    try:
        return {key: base64.b64decode(value, validate=True) for key, value in data.items()}
    except (binascii.Error, ValueError):
        raise KubeError(f'"{name}" holds something that is not base64') from None
