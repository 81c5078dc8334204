"""Objects of our kinds in one namespace of an API server, by plain HTTP: in the server's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cluster_client import APPLY, MERGE, Client, Json, Reply, Server
from um_operator.api.meta import API_VERSION, KindName
from um_operator.api.names import NAMES


class Objects:
    """The objects of one namespace; unknown fields are refused, as kubectl asks by default."""

    def __init__(self, server: Server, namespace: str) -> None:
        self.namespace = namespace
        self._client = Client(server)

    def create_namespace(self) -> Reply:
        """Make the namespace."""
        document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        return self._client.request("POST", "/api/v1/namespaces", document)

    def create(self, document: Json, *, dry_run: bool = False) -> Reply:
        """Make an object; with ``dry_run`` only say whether it could be made."""
        return self._send("POST", self._path(document["kind"]), document, dry_run=dry_run)

    def replace(self, document: Json, *, dry_run: bool = False) -> Reply:
        """Put a document, which has its resourceVersion, in place of an object."""
        return self._send("PUT", self._path_of(document), document, dry_run=dry_run)

    def write_status(self, kind: KindName, name: str, status: Mapping[str, Any]) -> Reply:
        """Merge a status into an object's, as the operator does."""
        path = f"{self._path(kind, name)}/status"
        return self._send("PATCH", path, {"status": dict(status)}, content_type=MERGE)

    def apply(self, document: Json, manager: str) -> Reply:
        """Apply a document server-side for a field manager."""
        query = {"fieldManager": manager}
        return self._send("PATCH", self._path_of(document), document, content_type=APPLY, query=query)

    def get(self, kind: KindName, name: str) -> Json:
        """Read an object, which must be there."""
        return self._client.get(self._path(kind, name)).ok()

    def delete(self, kind: KindName, name: str) -> Reply:
        """Delete an object."""
        return self._client.request("DELETE", self._path(kind, name))

    def _path_of(self, document: Json) -> str:
        return self._path(document["kind"], document["metadata"]["name"])

    def _path(self, kind: str, *name: str) -> str:
        plurals: dict[str, str] = {names.kind: names.plural for names in NAMES.values()}
        plural = plurals.get(kind, f"{kind.lower()}s")
        return "/".join((f"/apis/{API_VERSION}/namespaces/{self.namespace}/{plural}", *name))

    def _send(
        self,
        method: str,
        path: str,
        document: Json,
        *,
        dry_run: bool = False,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        asked = {"fieldValidation": "Strict", **(query or {}), **({"dryRun": "All"} if dry_run else {})}
        return self._client.request(method, path, document, content_type=content_type, query=asked)
