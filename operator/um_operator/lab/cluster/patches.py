"""Patches: JSON merge patch (RFC 7396), JSON patch (RFC 6902), strategic merge of built-in kinds.

Each function gets a copy of the current object that it may change, and returns the patched one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jsonpatch

from .errors import StatusError, bad_request, unsupported_media_type
from .values import Json

MERGE_KEYS: Final[dict[str, str]] = {
    "ownerReferences": "uid",
    "finalizers": "",
    "secrets": "name",
}
"""Lists that a strategic merge patch merges: by this key of their items, or as sets of scalars where empty.

Source: the ``patchStrategy`` and ``patchMergeKey`` tags of ObjectMeta and ServiceAccount.
"""


def patcher(content_type: str, patch: Any, *, built_in: bool) -> Callable[[Json], Json]:
    """Return the function that applies a patch.

    Args:
        content_type: of the request; it names the kind of patch.
        patch: the request's body.
        built_in: whether the kind knows strategic merge; custom resources do not.

    Raises:
        StatusError: 415 for another kind of patch, 400 for a body that is no such patch.
    """
    if content_type == "application/json-patch+json":
        return lambda current: json_patch(current, patch)
    if content_type == "application/apply-patch+yaml":
        raise unsupported_media_type(
            "this simulator does no server-side apply: use kubectl apply without --server-side"
        )
    if content_type == "application/merge-patch+json" or (content_type.startswith(_STRATEGIC) and built_in):
        if not isinstance(patch, dict):
            raise bad_request("a merge patch is a JSON object")
        merge = strategic_merge if content_type.startswith(_STRATEGIC) else merge_patch
        return lambda current: merge(current, patch)
    accepted = "application/json-patch+json, application/merge-patch+json"
    raise unsupported_media_type(
        "the body of the request was in an unknown format - accepted media types include: " + accepted
    )


_STRATEGIC: Final = "application/strategic-merge-patch+json"


def merge_patch(current: Any, patch: Any) -> Any:
    """Merge: null removes, objects merge, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = current if isinstance(current, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def json_patch(current: Json, operations: Any) -> Json:
    """Apply the operations one after another.

    Raises:
        StatusError: 422 when one does not apply, a failed ``test`` among them; 400 for no list of operations.
    """
    try:
        patched = jsonpatch.JsonPatch(operations).apply(current, in_place=True)
    except (jsonpatch.JsonPatchConflict, jsonpatch.JsonPatchTestFailed, jsonpatch.JsonPointerException) as no:
        message = "the server rejected our request due to an error in our request"
        raise StatusError(422, "Invalid", message) from no
    except (jsonpatch.InvalidJsonPatch, TypeError, AttributeError) as error:
        raise bad_request(f"error decoding patch: {error}") from error
    if not isinstance(patched, dict):
        raise bad_request("the patch leaves no object")
    return patched


def strategic_merge(current: Any, patch: Json) -> Any:
    """Merge as kubectl does for kinds that it knows, with the directives that it sends."""
    directive = patch.get("$patch", "merge")
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    merged = current if isinstance(current, dict) else {}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.partition("/")[2]
            merged[name] = [item for item in merged.get(name, []) if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            merged.pop(key, None)
        elif isinstance(value, list) and key in MERGE_KEYS:
            merged[key] = _merge_lists(merged.get(key) or [], value, MERGE_KEYS[key])
        else:
            merged[key] = strategic_merge(merged.get(key), value) if isinstance(value, dict) else value
    return merged


def _merge_lists(current: list[Any], patch: list[Any], key: str) -> list[Any]:
    if not key:
        return current + [item for item in patch if item not in current]
    by_key = {item.get(key): item for item in current}
    for item in patch:
        if item.get("$patch") == "delete":
            by_key.pop(item.get(key), None)
        else:
            by_key[item.get(key)] = strategic_merge(by_key.get(item.get(key)), item)
    return list(by_key.values())
