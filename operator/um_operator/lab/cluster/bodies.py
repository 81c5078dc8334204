"""Objects as clients send them: whether they can be read as the kind, and what it does not know in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import metadata
from .errors import Cause, Resource, StatusError, bad_request
from .kinds import Kind
from .values import Json


@dataclass(frozen=True, slots=True)
class Options:
    """Of a write.

    Attributes:
        validation: what becomes of unknown fields: ``Strict``, ``Warn`` or ``Ignore``.
        dry_run: keep nothing.
        patched: the object is the outcome of a patch, which is refused in other words.
    """

    validation: str = "Warn"
    dry_run: bool = False
    patched: bool = False


def read(kind: Kind, sent: Any, options: Options) -> tuple[Json, tuple[str, ...]]:
    """Take an object over without what its kind does not know, and with its defaults.

    Returns:
        the object, and what the sender is warned of.

    Raises:
        StatusError: it is no such object, or has unknown fields and the sender is strict.
    """
    if not isinstance(sent, dict) or not isinstance(sent.get("metadata", {}), dict):
        raise _unreadable(kind, "it is no object with metadata", options)
    sent = {**({"apiVersion": kind.api_version, "kind": kind.kind} if kind.built_in else {}), **sent}
    _expect_kind(kind, sent)
    obj = {**sent, "metadata": {**sent.get("metadata", {})}}
    unknown = [f'unknown field "{path}"' for path in kind.schema.prune(obj)]
    if unknown and options.validation == "Strict":
        raise _unreadable(kind, f"strict decoding error: {', '.join(unknown)}", options)
    metadata.tidy(obj["metadata"])
    kind.schema.default(obj)
    if why := kind.schema.unreadable(obj):
        raise _unreadable(kind, why, options)
    return obj, tuple(unknown) if options.validation == "Warn" else ()


def _unreadable(kind: Kind, why: str, options: Options) -> StatusError:
    """The refusal of what cannot be read as a kind."""
    if options.patched:
        return Resource("", "", "").invalid("", [Cause("patch", f"Invalid value: {why}")])
    return bad_request(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}')


def _expect_kind(kind: Kind, sent: Json) -> None:
    version, name = sent.get("apiVersion", ""), sent.get("kind", "")
    if version != kind.api_version or not name or (kind.built_in and name != kind.kind):
        raise bad_request(
            f"the API version and kind in the data ({version} {name}) do not match the expected ones "
            f"({kind.api_version} {kind.kind})"
        )
    if name != kind.kind:
        cause = Cause("kind", f'Invalid value: "{name}": must be {kind.kind}')
        raise kind.resource.invalid(sent.get("metadata", {}).get("name", ""), [cause])
