"""Which watch events are worth a look, and which looks find a change. Pure.

Most events of a busy operator are echoes of its own status writes. An object counts as changed when its
spec did (generation), or its annotations, its finalizers or its deletion.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from um_operator.api.meta import FINALIZER, GROUP

_KEPT: Final = 50_000
"""How many objects are told apart; beyond that everything counts as changed, which only costs."""


class Hints:
    """Remembers how each object looked when it was last heard of."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def tells(self, event: str | None, body: Mapping[str, Any]) -> bool:
        """Whether an event says something new of an object; ``event`` is DELETED, or anything else."""
        uid = str(body.get("metadata", {}).get("uid", ""))
        if event == "DELETED":
            self._known.pop(uid, None)
            return True
        looks = fingerprint(body)
        if self._known.get(uid) == looks:
            return False
        if len(self._known) < _KEPT:
            self._known[uid] = looks
        return True


def fingerprint(body: Mapping[str, Any]) -> str:
    """Return what of an object is worth a look, as one short text; that puts its finalizer right as well."""
    looks = (what_matters(body), _held(body))
    return hashlib.sha256(json.dumps(looks, sort_keys=True).encode()).hexdigest()


def what_matters(body: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what of an object matters to a pass, to be compared; its status does not.

    Nor does the finalizer before the object is deleted: on an organization it comes and goes with each server
    of a rollout, and whatever changes there has everything read.
    """
    metadata = body.get("metadata", {})
    annotations = metadata.get("annotations") or {}
    ours = {name: value for name, value in annotations.items() if name.startswith(f"{GROUP}/")}
    deleted = metadata.get("deletionTimestamp")
    held = deleted is not None and _held(body)
    return metadata.get("uid"), metadata.get("generation"), deleted, held, ours


def _held(body: Mapping[str, Any]) -> bool:
    return FINALIZER in (body.get("metadata", {}).get("finalizers") or ())
