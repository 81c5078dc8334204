"""Lists, whole or in chunks that all show the instant of the first."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from .errors import bad_request
from .storage import Entry, Storage
from .values import Json
from .views import Selection, View, number


def answer(storage: Storage, view: View, selection: Selection, query: Mapping[str, str]) -> bytes:
    """A list, or the chunk of it that the query asks for.

    Raises:
        StatusError: 400 for a query that makes no sense, 410 for a chunk whose list is forgotten.
    """
    if query.get("resourceVersionMatch") == "Exact":
        raise bad_request("this simulator lists only what is there now, no resourceVersionMatch=Exact")
    collection, limit = storage.collection(view.kind.stored), number(query, "limit")
    revision, start = _position(query["continue"]) if query.get("continue") else (storage.revision, 0)
    entries: Sequence[Entry] = collection.snapshot(revision) if start else collection.sorted()
    chosen = [at for at in range(start, len(entries)) if selection.matches(entries[at])]
    metadata: Json = {"resourceVersion": str(revision)}
    if limit and len(chosen) > limit:
        collection.remember(revision, entries)
        metadata["continue"] = _token(revision, chosen[limit])
        if not selection.narrowed:
            metadata["remainingItemCount"] = len(chosen) - limit
    return view.many((entries[at] for at in chosen[: limit or None]), metadata)


def _token(revision: int, start: int) -> str:
    return (
        base64.urlsafe_b64encode(json.dumps({"rv": revision, "start": start}).encode()).decode().rstrip("=")
    )


def _position(token: str) -> tuple[int, int]:
    try:
        position = json.loads(base64.urlsafe_b64decode(token + "=="))
        return int(position["rv"]), int(position["start"])
    except (ValueError, KeyError, TypeError) as error:
        raise bad_request(f"continue key is not valid: {error}") from error
