"""ObjectMeta: names, what only the server sets, what may not change."""

from __future__ import annotations

import functools
import re
from importlib.resources import files
from random import Random
from typing import Any, Final
from uuid import UUID

import yaml

from .errors import Cause, Resource, StatusError, bad_request
from .values import Json

NAME_LIMIT: Final = 253
ANNOTATIONS_LIMIT: Final = 256 * 1024
"""Bytes of all keys and values together."""
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SUFFIX_ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"
_INHERITED: Final = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
)
"""What an update leaves as it was, whatever it sends."""
_NOT_KEPT: Final = frozenset({"selfLink", "managedFields"})
_IMMUTABLE: Final = ("deletionTimestamp", "deletionGracePeriodSeconds")
"""What an update cannot begin."""


@functools.cache
def schema() -> Json:
    """The schema of ObjectMeta."""
    read: Json = yaml.safe_load(files(__package__).joinpath("objectmeta.yaml").read_text(encoding="utf-8"))
    return read


def place(metadata: Json, namespace: str) -> None:
    """Put an object into the namespace of its path; empty for a cluster's objects.

    Raises:
        StatusError: 400 when it names another one.
    """
    if metadata.get("namespace", namespace) != namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if namespace:
        metadata["namespace"] = namespace


def tidy(metadata: Json) -> None:
    """Drop what is empty and read null as an empty text, as Go does; drop what this server does not keep."""
    for texts in filter(None, (metadata.get("labels"), metadata.get("annotations"))):
        texts |= {key: "" for key, value in texts.items() if value is None}
    for name in [n for n, value in metadata.items() if value in ({}, [], "", None) or n in _NOT_KEPT]:
        del metadata[name]


def begin(metadata: Json, now: str, chance: Random) -> None:
    """Make the metadata of a new object.

    Raises:
        StatusError: 500, as in the real server, when it comes with a resourceVersion.
    """
    if "resourceVersion" in metadata:
        message = "resourceVersion should not be set on objects to be created"
        raise StatusError(500, "InternalError", message)
    for name in _INHERITED:
        metadata.pop(name, None)
    if "name" not in metadata and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + "".join(chance.choices(_SUFFIX_ALPHABET, k=5))
    metadata["uid"] = str(UUID(int=chance.getrandbits(128), version=4))
    metadata["creationTimestamp"] = now


def name_fault(metadata: Json) -> list[Cause]:
    """What is wrong with the name of a new object."""
    name = metadata.get("name", "")
    if not name:
        return [
            Cause("metadata.name", "Required value: name or generateName is required", "FieldValueRequired")
        ]
    if len(name) > NAME_LIMIT or not _NAME.fullmatch(name):
        message = f'Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of lower case '
        return [Cause("metadata.name", message + "alphanumeric characters, '-' or '.'")]
    return []


def identify(metadata: Json, name: str, namespace: str) -> None:
    """See to it that an update is about the object of its path.

    Raises:
        StatusError: 400 when it names another one.
    """
    sent = metadata.setdefault("name", name)
    if sent != name:
        raise bad_request(f"the name of the object ({sent}) does not match the name on the URL ({name})")
    place(metadata, namespace)


def inherit(metadata: Json, old: Json, resource: Resource, *, unconditional: bool, patched: bool) -> None:
    """Take over what an update may not change.

    Args:
        metadata: of the update.
        old: of the object as it is.
        resource: for refusals.
        unconditional: whether the update may come without resourceVersion.
        patched: whether it comes from a patch.

    Raises:
        StatusError: 409 when the object has changed or is another one, 422 without resourceVersion.
    """
    name, version = old["name"], metadata.get("resourceVersion", "").removeprefix("0")
    if not version and not unconditional:
        cause = Cause("metadata.resourceVersion", "Invalid value: 0: must be specified for an update")
        raise resource.invalid(name, [cause])
    uid = metadata.get("uid", old["uid"])
    if uid != old["uid"] and not patched:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['uid']}"
        raise resource.conflict(name, why)
    if version and version != old["resourceVersion"]:
        raise resource.conflict(name)
    if changed := [field for field in _IMMUTABLE if field in metadata.keys() - old.keys()]:
        raise resource.invalid(name, [_immutable(field) for field in changed])
    if uid != old["uid"]:
        raise resource.invalid(name, [_immutable("uid")])
    for field in _INHERITED:
        metadata.pop(field, None)
    metadata |= {field: old[field] for field in (*_INHERITED, "resourceVersion") if field in old}


def _immutable(field: str) -> Cause:
    return Cause(f"metadata.{field}", "Invalid value: field is immutable")


def faults(metadata: Json, old: Json | None) -> list[Cause]:
    """What the schema of ObjectMeta does not say."""
    causes = []
    size = sum(len(f"{key}{value}".encode()) for key, value in metadata.get("annotations", {}).items())
    if size > ANNOTATIONS_LIMIT:
        message = f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes"
        causes.append(Cause("metadata.annotations", message, "FieldValueTooLong"))
    new = set(metadata.get("finalizers", ())) - set((old or {}).get("finalizers", ()))
    if new and "deletionTimestamp" in metadata:
        message = (
            "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
            f"{sorted(new)}"
        )
        causes.append(Cause("metadata.finalizers", message, "FieldValueForbidden"))
    return causes


def ended(metadata: Json) -> bool:
    """Whether an object is being deleted and nobody holds it any more."""
    return "deletionTimestamp" in metadata and not metadata.get("finalizers")


def precondition_fault(metadata: Json, preconditions: Any) -> str:
    """Why a deletion's preconditions do not hold; empty when they do."""
    for name, called in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted = (preconditions or {}).get(name)
        if wanted not in (None, metadata[name]):
            return (
                f"Precondition failed: {called} in precondition: {wanted}, "
                f"{called} in object meta: {metadata[name]}"
            )
    return ""
