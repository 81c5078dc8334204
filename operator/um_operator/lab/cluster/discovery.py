"""What the server says about itself: versions, groups, resources, OpenAPI v3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from .kinds import Kind
from .schema import PRESERVE
from .values import Json

VERSION: Final[Json] = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.3+simulated",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}
VERBS: Final = ("create", "delete", "get", "list", "patch", "update", "watch")
STATUS_VERBS: Final = ("get", "patch", "update")
AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_OPENAPI_METADATA: Final[Json] = {"type": "object", PRESERVE: True}


def document(path: str, kinds: Iterable[Kind], *, aggregated: bool) -> Any:
    """The document at a path that names no object; ``None`` when there is none.

    Args:
        path: of the request.
        kinds: what is served.
        aggregated: whether the client reads all groups at once.
    """
    served = sorted(kinds, key=lambda kind: (kind.group, kind.version, kind.plural))
    if path in ("/healthz", "/readyz", "/livez"):
        return "ok"
    fixed: Mapping[str, Callable[[], Json]] = {
        "/version": lambda: VERSION,
        "/api": lambda: _aggregated(k for k in served if not k.group) if aggregated else _core(),
        "/apis": lambda: _aggregated(k for k in served if k.group) if aggregated else _groups(served),
        "/openapi/v3": lambda: _openapi_index(served),
    }
    if path in fixed:
        return fixed[path]()
    for root, build in (("/openapi/v3/", _openapi), ("/", _resources)):
        here = [kind for kind in served if path == root + group_version_path(kind)]
        if here:
            return build(here)
    found = [kind for kind in served if path == f"/apis/{kind.group}"]
    return {**_group(found), "kind": "APIGroup", "apiVersion": "v1"} if found else None


def group_version_path(kind: Kind) -> str:
    """``api/v1`` or ``apis/GROUP/VERSION``."""
    return f"{'apis' if kind.group else 'api'}/{kind.api_version}"


def _core() -> Json:
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def _groups(kinds: list[Kind]) -> Json:
    groups = groupby((kind for kind in kinds if kind.group), key=lambda kind: kind.group)
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [_group(list(found)) for _, found in groups],
    }


def _group(kinds: list[Kind]) -> Json:
    version = {"groupVersion": kinds[0].api_version, "version": kinds[0].version}
    return {"name": kinds[0].group, "versions": [version], "preferredVersion": version}


def _resources(kinds: list[Kind]) -> Json:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": kinds[0].api_version,
        "resources": [resource for kind in kinds for resource in _resource(kind)],
    }


def _resource(kind: Kind) -> Iterable[Json]:
    head = {"singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind}
    yield {"name": kind.plural, **head, "verbs": VERBS, **_spoken(kind)}
    if kind.status:
        yield {"name": f"{kind.plural}/status", **head, "singularName": "", "verbs": STATUS_VERBS}


def _spoken(kind: Kind) -> Json:
    spoken = {"shortNames": kind.short_names, "categories": kind.categories}
    return {name: list(words) for name, words in spoken.items() if words}


def _aggregated(kinds: Iterable[Kind]) -> Json:
    items = []
    for (group, version), found in groupby(kinds, key=lambda kind: (kind.group, kind.version)):
        resources = [_aggregated_resource(kind) for kind in found]
        versions = [{"version": version, "resources": resources, "freshness": "Current"}]
        items.append({"metadata": {"name": group} if group else {}, "versions": versions})
    head = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}}
    return {**head, "items": items}


def _aggregated_resource(kind: Kind) -> Json:
    response = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    status = {"subresource": "status", "responseKind": response, "verbs": STATUS_VERBS}
    return {
        "resource": kind.plural,
        "responseKind": response,
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": VERBS,
        **_spoken(kind),
        **({"subresources": [status]} if kind.status else {}),
    }


def _openapi_index(kinds: list[Kind]) -> Json:
    paths = {group_version_path(kind) for kind in kinds}
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in sorted(paths)}}


def _openapi(kinds: list[Kind]) -> Json:
    """Schemas, and of the paths what kubectl looks for: that PATCH knows ``fieldValidation``."""
    schemas, paths = {}, {}
    for kind in kinds:
        gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        properties = {**kind.schema.structural["properties"], "metadata": _OPENAPI_METADATA}
        name = ".".join([*reversed(kind.group.split(".")), kind.version, kind.kind]).removeprefix(".")
        schemas[name] = {
            **kind.schema.structural,
            "properties": properties,
            "x-kubernetes-group-version-kind": [gvk],
        }
        place = "namespaces/{namespace}/" if kind.namespaced else ""
        patch = {
            "parameters": [
                {"name": name, "in": "query", "schema": {"type": "string"}}
                for name in ("dryRun", "fieldManager", "fieldValidation")
            ],
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": gvk,
        }
        paths[f"/{group_version_path(kind)}/{place}{kind.plural}/{{name}}"] = {"patch": patch}
    info = {"title": "Kubernetes", "version": VERSION["gitVersion"]}
    return {"openapi": "3.0.0", "info": info, "components": {"schemas": schemas}, "paths": paths}
