"""The kinds that need no definition: those of ``kinds.yaml``, and their ways."""

from __future__ import annotations

import base64
import functools
from importlib.resources import files
from typing import Any, Final

import yaml

from . import definitions, events
from .errors import Cause
from .kinds import DEFINITIONS, EVENTS, NAMESPACES, Kind, Ways
from .rules import Rules
from .schema import Schema
from .tables import AGE, NAME, Column
from .values import Json

IMMORTAL: Final = ("default", "kube-system", "kube-public", "kube-node-lease")
"""Namespaces that are there from the start and cannot be deleted."""


@functools.cache
def built_in_kinds() -> tuple[Kind, ...]:
    """All of them."""
    text = files(__package__).joinpath("kinds.yaml").read_text(encoding="utf-8")
    return tuple(map(_built_in, yaml.safe_load(text)))


def _built_in(row: Json) -> Kind:
    given: dict[str, Any] = {"group": "", "version": "v1", "singular": row["kind"].lower(), **row}
    given |= {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    given |= {"schema": Schema(row["schema"], typed=True), "rules": Rules(), "built_in": True}
    columns = (NAME, *map(Column.of, row.get("columns", ())), AGE)
    given["columns"] = events.COLUMNS if row["plural"] == "events" else columns
    given["ways"] = _WAYS.get((given["group"], given["plural"]), Ways())
    return Kind(**given)


def _prepare_namespace(obj: Json, old: Json | None, _now: str) -> None:
    obj["spec"] = (old or {}).get("spec", {"finalizers": ["kubernetes"]})
    name = obj["metadata"].get("name", "")
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name


def _prepare_secret(obj: Json, _old: Json | None, _now: str) -> None:
    for key, text in (obj.pop("stringData", None) or {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()


def _immutable(obj: Json, old: Json | None) -> list[Cause]:
    if not (old or {}).get("immutable"):
        return []
    kept = ("data", "binaryData", "immutable")
    assert old is not None
    return [
        Cause(name, "Forbidden: field is immutable when `immutable` is set", "FieldValueForbidden")
        for name in kept
        if obj.get(name) != old.get(name)
    ]


def _secret_faults(obj: Json, old: Json | None) -> list[Cause]:
    changed = old is not None and obj.get("type") != old.get("type")
    return [*([Cause("type", "Invalid value: field is immutable")] if changed else []), *_immutable(obj, old)]


_WAYS: Final = {
    NAMESPACES: Ways(prepare=_prepare_namespace),
    ("", "secrets"): Ways(prepare=_prepare_secret, faults=_secret_faults),
    ("", "configmaps"): Ways(faults=_immutable),
    DEFINITIONS: Ways(prepare=definitions.prepare, faults=definitions.faults),
    EVENTS: Ways(faults=events.core_faults),
    ("events.k8s.io", "events"): Ways(
        faults=events.faults, to_storage=events.to_core, from_storage=events.from_core
    ),
}
