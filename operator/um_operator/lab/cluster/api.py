"""From a request to its answer, without the transport: paths, verbs, media types."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from um_operator.lab.clock import Clock

from . import discovery, lists
from .audit import Request
from .bodies import Options
from .errors import (
    StatusError,
    bad_request,
    method_not_allowed,
    not_acceptable,
    unsupported_media_type,
)
from .kinds import Kind, Kinds
from .objects import Objects, Written
from .patches import patcher
from .storage import Key, Storage
from .values import Json, encode
from .views import Selection, View
from .watches import Watches, WatchOptions

_VERBS: Final = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_PATH: Final = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)"
    r"/(?:namespaces/(?P<namespace>[^/]+)/(?!(?:status|finalize)$))?"
    r"(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<subresource>[^/]+))?)?$"
)
_TABLE: Final = frozenset({"as=Table", "v=v1", "g=meta.k8s.io"})
_AGGREGATED: Final = frozenset({"as=APIGroupDiscoveryList", "v=v2", "g=apidiscovery.k8s.io"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request with everything that decides about its answer."""

    request: Request
    query: Mapping[str, str]
    accept: str
    content_type: str
    body: bytes

    def json(self) -> Any:
        """The body.

        Raises:
            StatusError: 400 when it is no JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise bad_request(f"the object provided is unrecognized: {error}") from error


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    body: bytes
    code: int = 200
    warnings: tuple[str, ...] = ()
    content_type: str = "application/json"


Stream: TypeAlias = AsyncIterator[bytes]


def read_path(method: str, path: str, query: Mapping[str, str], user_agent: str) -> Request:
    """What a method and a path mean."""
    found = _PATH.match(path)
    if not found:
        return Request("get", path, user_agent)
    parts = {name: value or "" for name, value in found.groupdict().items()}
    watching = query.get("watch") in ("true", "1")
    verb = _VERBS.get(method) or ("get" if parts["name"] else "watch" if watching else "list")
    return Request(verb, path, user_agent, **parts)


class API:
    """Answers calls."""

    def __init__(
        self, storage: Storage, kinds: Kinds, objects: Objects, watches: Watches, clock: Clock
    ) -> None:
        self._storage = storage
        self._kinds = kinds
        self._objects = objects
        self._watches = watches
        self._clock = clock

    def answer(self, call: Call) -> Answer | Stream:
        """Carry a request out.

        Raises:
            StatusError: it is refused.
        """
        request = call.request
        if not request.resource:
            return self._document(call)
        kind = self._kinds.get(request.group, request.version, request.resource)
        if kind is None or not _fits(kind, request):
            return _no_page()
        if request.verb in ("list", "watch"):
            return self._many(call, kind)
        if request.verb == "create" and not request.name:
            _expect_json(call)
            made = self._objects.create(kind, request.namespace, call.json(), _options(call))
            return _written(made, 201)
        if not request.name or request.verb == "create":
            raise method_not_allowed()
        return self._one(call, kind, (request.namespace, request.name))

    def _document(self, call: Call) -> Answer:
        aggregated = "as=APIGroupDiscoveryList" in call.accept and _AGGREGATED in _accepted(call.accept)
        found = discovery.document(call.request.path, self._kinds, aggregated=aggregated)
        if found is None:
            return _no_page()
        if isinstance(found, str):
            return Answer(found.encode(), content_type="text/plain")
        named = aggregated and found.get("kind") == "APIGroupDiscoveryList"
        return Answer(encode(found), content_type=discovery.AGGREGATED if named else "application/json")

    def _many(self, call: Call, kind: Kind) -> Answer | Stream:
        request, view = call.request, self._view(call, kind)
        selection = Selection.of(kind, request.namespace, call.query)
        if request.verb == "list":
            return Answer(lists.answer(self._storage, view, selection, call.query))
        options = WatchOptions.of(call.query)
        return self._watches.lines(view, selection, options, lambda: self._kinds.serves(kind))

    def _one(self, call: Call, kind: Kind, key: Key) -> Answer:
        request, options = call.request, _options(call)
        if request.verb == "get":
            return Answer(self._view(call, kind).one(self._objects.get(kind, key)))
        if request.verb == "delete":
            return self._delete(call, kind, key)
        sent = call.json()
        if request.verb == "patch":
            change = patcher(call.content_type, sent, built_in=kind.built_in)
            return _written(self._objects.update(kind, key, change, options, request.subresource))
        _expect_json(call)
        missing = key not in self._storage.collection(kind.stored).entries
        if missing and kind.create_on_update and not request.subresource:
            return _written(self._objects.create(kind, key[0], sent, options), 201)
        return _written(self._objects.update(kind, key, lambda _: sent, options, request.subresource))

    def _delete(self, call: Call, kind: Kind, key: Key) -> Answer:
        if call.request.subresource:
            raise method_not_allowed()
        sent = call.json() if call.body else {}
        policy = sent.get("propagationPolicy") or call.query.get("propagationPolicy") or "Background"
        if policy != "Background":
            raise bad_request(
                f'this simulator collects no garbage: propagationPolicy "{policy}" is not served'
            )
        uid = self._objects.get(kind, key).object["metadata"]["uid"]
        dry_run = bool(sent.get("dryRun")) or _options(call).dry_run
        left = self._objects.delete(kind, key, sent.get("preconditions"), Options(dry_run=dry_run))
        details = {
            "name": key[1],
            **({"group": kind.group} if kind.group else {}),
            "kind": kind.plural,
            "uid": uid,
        }
        gone = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return Answer(encode(left or gone))

    def _view(self, call: Call, kind: Kind) -> View:
        include = call.query.get("includeObject") or "Metadata"
        return View(kind, self._clock.now(), _TABLE in _accepted(call.accept), include)


def _fits(kind: Kind, request: Request) -> bool:
    """Whether the kind has such a path; objects of all namespaces can only be listed."""
    known = not request.subresource or (request.subresource == "status" and kind.status)
    everywhere = kind.namespaced and request.verb in ("list", "watch") and not request.name
    return known and (everywhere or bool(request.namespace) is kind.namespaced)


@functools.lru_cache(maxsize=64)
def _accepted(accept: str) -> frozenset[frozenset[str]]:
    """The parameters of the JSON forms that a client takes; what else it takes does not matter."""
    forms = [[part.strip() for part in form.split(";")] for form in (accept or "*/*").split(",")]
    ours = [form for form in forms if form[0] in ("application/json", "application/*", "*/*")]
    if not ours:
        raise not_acceptable()
    return frozenset(frozenset(part for part in form[1:] if not part.startswith("q=")) for form in ours)


def _options(call: Call) -> Options:
    return Options(
        validation=call.query.get("fieldValidation") or "Warn",
        dry_run=call.query.get("dryRun") == "All",
        patched=call.request.verb == "patch",
    )


def _expect_json(call: Call) -> None:
    if call.content_type not in ("", "application/json"):
        raise unsupported_media_type(
            f'this simulator reads JSON, not "{call.content_type}": kubectl create sends protobuf for '
            "built-in kinds, kubectl apply -f does not"
        )


def _written(written: Written, code: int = 200) -> Answer:
    return Answer(encode(written.object), code, written.warnings)


def _no_page() -> Answer:
    return Answer(b"404 page not found\n", 404, content_type="text/plain; charset=utf-8")


def refused(error: StatusError) -> Answer:
    """The answer to a refused request."""
    status: Json = error.json()
    return Answer(encode(status), error.code)
