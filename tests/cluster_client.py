"""A plain client of a Kubernetes API for tests: HTTP as it is, no retries, nothing hidden."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import requests

Json: TypeAlias = dict[str, Any]
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
STRATEGIC = "application/strategic-merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
LONGEST_WAIT = 20.0


class Server(Protocol):
    """Where an API is and how to get in."""

    url: str
    ca_file: Path

    @property
    def token(self) -> str:
        """The bearer token."""


def until(holds: Callable[[], bool]) -> None:
    """Ask again and again until something holds."""
    deadline = time.monotonic() + LONGEST_WAIT
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.02)


@dataclass(frozen=True)
class Reply:
    """An answer."""

    code: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Json:
        """The JSON of the answer."""
        parsed: Json = json.loads(self.text)
        return parsed

    @property
    def refusal(self) -> tuple[int, str]:
        """Code and reason of a Status."""
        assert self.body["kind"] == "Status"
        assert (self.body["status"], self.body["code"]) == ("Failure", self.code), self.text
        return self.code, self.body["reason"]

    @property
    def causes(self) -> set[tuple[str, str]]:
        """Field and reason of each cause of a Status."""
        causes = self.body["details"]["causes"]
        return {(cause["field"], cause["reason"]) for cause in causes}

    @property
    def accepted(self) -> bool:
        """Whether the request was carried out."""
        return self.code < 300

    @property
    def complaints(self) -> list[tuple[str, str]]:
        """Field and message of each cause of a Status; none where it has no causes."""
        causes = self.body.get("details", {}).get("causes", ())
        return [(cause.get("field", ""), cause["message"]) for cause in causes]

    def ok(self) -> Json:
        """The body of an answer that must be no refusal."""
        assert self.accepted, self.text
        return self.body


class Client:
    """Requests with the server's CA and token."""

    def __init__(self, server: Server) -> None:
        self._url = server.url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(server.ca_file)
        self._session.headers.update(
            {"Authorization": f"Bearer {server.token}", "Accept": "application/json"}
        )

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; a body that is text is sent as it is."""
        data = body if isinstance(body, str) else None if body is None else json.dumps(body)
        sent = {**({"Content-Type": content_type} if data is not None else {}), **(headers or {})}
        answer = self._session.request(
            method, self._url + path, data=data, headers=sent, params=query, timeout=LONGEST_WAIT
        )
        return Reply(answer.status_code, answer.headers, answer.text)

    def get(self, path: str, **query: str) -> Reply:
        """GET."""
        return self.request("GET", path, query=query)

    @contextmanager
    def watch(self, path: str, *, accept: str = "application/json", **query: str) -> Iterator[Iterator[Json]]:
        """Open a watch; the events of the block end with the stream, or fail after ``LONGEST_WAIT``."""
        asked = {"watch": "true", "timeoutSeconds": "10", **query}
        with self._session.get(
            self._url + path, params=asked, headers={"Accept": accept}, stream=True, timeout=LONGEST_WAIT
        ) as answer:
            assert answer.status_code == 200, answer.text
            yield (json.loads(line) for line in answer.iter_lines(chunk_size=None) if line)


class Collection:
    """The objects of one kind in one place."""

    def __init__(self, client: Client, path: str, api_version: str, kind: str) -> None:
        self.client = client
        self.path = path
        self.head = {"apiVersion": api_version, "kind": kind}

    def manifest(self, name: str, **fields: Any) -> Json:
        """An object as one would write it; ``metadata`` adds to the name."""
        metadata = {"name": name, **fields.pop("metadata", {})}
        return {**self.head, "metadata": metadata, **fields}

    def create(self, name: str, *, query: Mapping[str, str] | None = None, **fields: Any) -> Reply:
        """POST."""
        return self.client.request("POST", self.path, self.manifest(name, **fields), query=query)

    def get(self, name: str) -> Reply:
        """GET of one."""
        return self.client.get(f"{self.path}/{name}")

    def listing(self, **query: str) -> Reply:
        """GET of all."""
        return self.client.get(self.path, **query)

    def names(self, **query: str) -> list[str]:
        """The names of a list, in its order."""
        return [item["metadata"]["name"] for item in self.listing(**query).ok()["items"]]

    def replace(self, obj: Json, subresource: str = "", **query: str) -> Reply:
        """PUT."""
        return self.client.request("PUT", self._of(obj["metadata"]["name"], subresource), obj, query=query)

    def patch(
        self, name: str, patch: Any, subresource: str = "", *, content_type: str = MERGE, **query: str
    ) -> Reply:
        """PATCH, a merge patch unless it is said."""
        path = self._of(name, subresource)
        return self.client.request("PATCH", path, patch, content_type=content_type, query=query)

    def delete(self, name: str, **options: Any) -> Reply:
        """DELETE, with delete options."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", **options} if options else None
        return self.client.request("DELETE", self._of(name, ""), body)

    def version(self) -> str:
        """The resourceVersion of a list now."""
        version: str = self.listing(limit="1").ok()["metadata"]["resourceVersion"]
        return version

    def _of(self, name: str, subresource: str) -> str:
        return f"{self.path}/{name}" + (f"/{subresource}" if subresource else "")
