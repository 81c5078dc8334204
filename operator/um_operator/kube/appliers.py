"""Who applied an object, and with which annotations: the marks of GitOps tools and of kubectl. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from um_operator.kube.resources import RawObject

_FLUX: Final = "kustomize.toolkit.fluxcd.io"
_ARGO_ANNOTATION: Final = "argocd.argoproj.io/tracking-id"
"""``<application>:<group>/<kind>:<namespace>/<name>``."""
_LABELS: Final = ("applyset.kubernetes.io/part-of", "app.kubernetes.io/instance")
"""A set of ``kubectl apply --applyset``; an Application of Argo CD where it tracks by label."""
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def applier(raw: RawObject) -> str | None:
    """Return what applied an object, such as a Kustomization of Flux; ``None`` if it bears no mark."""
    labels, annotations = _texts(raw, "labels"), _texts(raw, "annotations")
    if f"{_FLUX}/name" in labels:
        return f"{labels.get(f'{_FLUX}/namespace', '')}/{labels[f'{_FLUX}/name']}"
    if _ARGO_ANNOTATION in annotations:
        return annotations[_ARGO_ANNOTATION].partition(":")[0]
    return next((labels[name] for name in _LABELS if name in labels), None)


def applied_annotations(raw: RawObject) -> frozenset[str]:
    """Return the annotations that went with the spec when it was applied; they go when it is without them."""
    return frozenset((*_by_kubectl(raw), *_by_server_side_apply(raw)))


def _by_kubectl(raw: RawObject) -> Iterator[str]:
    try:
        last = json.loads(_texts(raw, "annotations").get(_LAST_APPLIED, "{}"))
    except ValueError:
        return
    yield from _texts(last, "annotations") if isinstance(last, Mapping) else ()


def _by_server_side_apply(raw: RawObject) -> Iterator[str]:
    for entry in raw["metadata"].get("managedFields") or ():
        fields: Mapping[str, Any] = entry.get("fieldsV1") or {}
        if entry.get("operation") == "Apply" and "f:spec" in fields:
            owned = fields.get("f:metadata", {}).get("f:annotations", {})
            yield from (name.removeprefix("f:") for name in owned if name.startswith("f:"))


def _texts(raw: RawObject, field: str) -> Mapping[str, str]:
    return (raw.get("metadata") or {}).get(field) or {}
