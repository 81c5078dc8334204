"""The engine's Plans of one organisation: an immutable ConfigMap each, which goes with the organisation."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from um_operator.api.meta import API_VERSION, GROUP
from um_operator.engine.ports import OrganizationId
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, NotFoundError
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.resources import CONFIG_MAPS, RawObject
from um_operator.kube.secrets import KubeSecrets
from um_operator.planning import stored_plan
from um_operator.planning.stored_plan import StoredPlan

ORGANIZATION_LABEL = f"{GROUP}/organization"


@dataclass(frozen=True, slots=True)
class KubePlans:
    """The stored plans of one organisation, each in a ConfigMap that is named by its digest."""

    client: KubeClient
    objects: Objects
    organization: OrganizationId

    @property
    def shown_by(self) -> str:
        """Return what shows a person the whole plan of a digest."""
        return "ConfigMap of that name"

    async def store(self, plan: StoredPlan) -> None:
        """Keep a plan; what is there under its digest already is left as it is. Durable on return.

        Raises:
            KubeError: it cannot be stored.
        """
        try:
            await self.client.create(CONFIG_MAPS, self.organization.namespace, self._config_map(plan))
        except ConflictError:
            return

    async def load(self, digest: str) -> StoredPlan | None:
        """Return the plan of a digest, ``None`` if there is no such ConfigMap.

        Raises:
            UnusablePlanError: what is stored under the digest is not that plan.
            KubeError: it cannot be read.
        """
        data = await KubeSecrets(self.client, self.organization.namespace).config_map(digest)
        return stored_plan.unpacked(data, digest) if data is not None else None

    async def forget(self, digest: str) -> None:
        """Remove the plan of a digest, if it is there.

        Raises:
            KubeError: it cannot be removed.
        """
        try:
            await self.client.delete(CONFIG_MAPS, self.organization.namespace, digest)
        except NotFoundError:
            return

    def _config_map(self, plan: StoredPlan) -> RawObject:
        packed = stored_plan.packed(plan)
        text = {key: value.decode() for key, value in packed.items() if key == stored_plan.KEY}
        rest = {
            key: base64.b64encode(value).decode() for key, value in packed.items() if key != stored_plan.KEY
        }
        return {
            "apiVersion": CONFIG_MAPS.api_version,
            "kind": CONFIG_MAPS.kind,
            "metadata": {
                "name": plan.digest,
                "namespace": self.organization.namespace,
                "labels": {ORGANIZATION_LABEL: self.organization.name},
                "ownerReferences": self._owner(),
            },
            "immutable": True,
            "data": text,
            "binaryData": rest,
        }

    def _owner(self) -> list[RawObject]:
        held = self.objects.get(Reference(self.organization.namespace, self.organization.key))
        if held is None:
            return []
        return [
            {
                "apiVersion": API_VERSION,
                "kind": "ExchangeOrganization",
                "name": self.organization.name,
                "uid": held.raw["metadata"]["uid"],
            }
        ]
