"""The engine's Secrets: Secrets and ConfigMaps of one namespace, by name, never as a list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ForbiddenError, KubeError, NotFoundError
from um_operator.kube.resources import CONFIG_MAPS, SECRETS, RawObject, ResourceType


@dataclass(frozen=True, slots=True)
class KubeSecrets:
    """Reads what the resources of a namespace refer to."""

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

    async def _read(self, resource: ResourceType, name: str) -> RawObject | None:
        try:
            return await self.client.get(resource, self.namespace, name)
        except NotFoundError:
            return None
        except ForbiddenError:
            raise ForbiddenError(
                f'{resource.kind} "{self.namespace}/{name}" may not be read: '
                f"the operator's account needs the right to get {resource.plural} in this namespace"
            ) from None


def _decoded(data: Mapping[str, str], name: str) -> dict[str, bytes]:
    try:
        return {key: base64.b64decode(value, validate=True) for key, value in data.items()}
    except (binascii.Error, ValueError):
        raise KubeError(f'"{name}" holds something that is not base64') from None
