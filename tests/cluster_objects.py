"""Objects of our kinds on an API server by plain HTTP: quicker than kubectl, in the server's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

import requests

from cluster_apiserver import APIServer
from um_operator.api.meta import API_VERSION, KindName
from um_operator.api.names import NAMES

MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
_TIMEOUT = 20.0

Document = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the server answered: an HTTP status and an object, or the Status that says why not."""

    code: int
    body: Document

    @property
    def accepted(self) -> bool:
        """Whether the request was carried out."""
        return self.code < HTTPStatus.BAD_REQUEST

    @property
    def causes(self) -> list[tuple[str, str]]:
        """Field and message of every reason for a refusal."""
        causes = self.body.get("details", {}).get("causes", ())
        return [(cause.get("field", ""), cause["message"]) for cause in causes]


class Objects:
    """The objects of one namespace; unknown fields are refused, as kubectl asks by default."""

    def __init__(self, server: APIServer, namespace: str) -> None:
        self.namespace = namespace
        self._server = server.url
        self._base = f"{server.url}/apis/{API_VERSION}/namespaces/{namespace}"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(server.ca_file)
        self._session.headers["Authorization"] = f"Bearer {server.token}"

    def create_namespace(self) -> Answer:
        """Make the namespace."""
        document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        return self._send("POST", f"{self._server}/api/v1/namespaces", document)

    def create(self, document: Document, *, dry_run: bool = False) -> Answer:
        """Make an object; with ``dry_run`` only say whether it could be made."""
        return self._send("POST", self._url(document, "collection"), document, dry_run=dry_run)

    def replace(self, document: Document, *, dry_run: bool = False) -> Answer:
        """Put a document, which has its resourceVersion, in place of an object."""
        return self._send("PUT", self._url(document), document, dry_run=dry_run)

    def write_status(self, kind: KindName, name: str, status: Mapping[str, Any]) -> Answer:
        """Merge a status into an object's, as the operator does."""
        url = f"{self._base}/{NAMES[kind].plural}/{name}/status"
        return self._send("PATCH", url, {"status": dict(status)}, content=MERGE_PATCH)

    def apply(self, document: Document, manager: str) -> Answer:
        """Apply a document server-side for a field manager."""
        query = {"fieldManager": manager}
        return self._send("PATCH", self._url(document), document, content=APPLY_PATCH, query=query)

    def get(self, kind: KindName, name: str) -> Document:
        """Read an object, which must be there."""
        answer = self._send("GET", f"{self._base}/{NAMES[kind].plural}/{name}")
        assert answer.accepted, answer
        return answer.body

    def delete(self, kind: KindName, name: str) -> Answer:
        """Delete an object."""
        return self._send("DELETE", f"{self._base}/{NAMES[kind].plural}/{name}")

    def _url(self, document: Document, which: Literal["object", "collection"] = "object") -> str:
        plurals = {names.kind: names.plural for names in NAMES.values()}
        plural = plurals.get(document["kind"], document["kind"].lower() + "s")
        collection = f"{self._base}/{plural}"
        return collection if which == "collection" else f"{collection}/{document['metadata']['name']}"

    def _send(
        self,
        method: str,
        url: str,
        document: Document | None = None,
        *,
        dry_run: bool = False,
        content: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        asked = {"fieldValidation": "Strict", **(query or {}), **({"dryRun": "All"} if dry_run else {})}
        response = self._session.request(
            method, url, json=document, params=asked, headers={"Content-Type": content}, timeout=_TIMEOUT
        )
        is_object = response.headers["Content-Type"].startswith("application/json")
        return Answer(response.status_code, response.json() if is_object else {"message": response.text})
