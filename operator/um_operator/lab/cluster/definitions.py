"""CustomResourceDefinitions: what they must say, and the kind that each makes.

Of a definition's own fields only those that are used here are looked at. One version is served and stored:
versions are not converted.
"""

from __future__ import annotations

import functools
import json
from typing import Final

from .errors import Cause
from .kinds import Kind
from .rules import Rules
from .schema import Schema
from .tables import AGE, NAME, Column
from .values import Json, encode

CLEANUP: Final = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer that a definition has until its objects are gone."""


def prepare(definition: Json, old: Json | None, now: str) -> None:
    """Fill in what a definition may leave out; establish a new one."""
    spec = definition.setdefault("spec", {})
    names = spec.setdefault("names", {})
    names.setdefault("singular", str(names.get("kind", "")).lower())
    names.setdefault("listKind", f"{names.get('kind', '')}List")
    spec.setdefault("conversion", {"strategy": "None"})
    for version in spec.get("versions", ()):
        for column in version.get("additionalPrinterColumns", ()):
            column.setdefault("type", "string")
    if old is None:
        definition["metadata"]["finalizers"] = [CLEANUP]
        definition["status"] = _established(definition, now)


def faults(definition: Json, _old: Json | None) -> list[Cause]:
    """What keeps a definition from being served."""
    spec, name = definition["spec"], definition["metadata"]["name"]
    wanted = f"{spec['names'].get('plural')}.{spec.get('group')}"
    if name != wanted:
        return [Cause("metadata.name", f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group')]
    versions = spec.get("versions", [])
    if len(versions) != 1 or not (versions[0].get("served") and versions[0].get("storage")):
        return [Cause("spec.versions", "Invalid value: this simulator serves one version, which is stored")]
    try:
        kind_of(definition)
    except (ValueError, KeyError, TypeError) as error:
        return [Cause("spec.versions[0]", f"Invalid value: {error}")]
    return []


def _established(definition: Json, since: str) -> Json:
    return {
        "conditions": [
            _condition("NamesAccepted", "NoConflicts", "no conflicts found", since),
            _condition("Established", "InitialNamesAccepted", "the initial names have been accepted", since),
        ],
        "acceptedNames": definition["spec"]["names"],
        "storedVersions": [version["name"] for version in definition["spec"]["versions"]],
    }


def _condition(kind: str, reason: str, message: str, since: str) -> Json:
    return {
        "type": kind,
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": since,
    }


def kind_of(definition: Json) -> Kind:
    """The kind that a definition makes.

    Raises:
        KeyError, TypeError: something needed is missing or of another type.
        ValueError: its schema, a rule or a printer column cannot be read.
    """
    spec = definition["spec"]
    names, version = spec["names"], spec["versions"][0]
    schema, rules = _compiled(encode(version["schema"]["openAPIV3Schema"]))
    columns = version.get("additionalPrinterColumns")
    return Kind(
        group=spec["group"],
        version=version["name"],
        plural=names["plural"],
        kind=names["kind"],
        schema=schema,
        rules=rules,
        singular=names["singular"],
        short_names=tuple(names.get("shortNames", ())),
        categories=tuple(names.get("categories", ())),
        namespaced=spec["scope"] == "Namespaced",
        status="status" in version.get("subresources", {}),
        generations=True,
        unconditional=False,
        selectable=tuple(f["jsonPath"].removeprefix(".") for f in version.get("selectableFields", ())),
        columns=(NAME, *(map(Column.of, columns) if columns is not None else (AGE,))),
    )


@functools.lru_cache(maxsize=64)
def _compiled(structural: bytes) -> tuple[Schema, Rules]:
    """A schema and its rules, which do not change: compiling them is most of the work of an API server."""
    schema: Json = json.loads(structural)
    return Schema(schema), Rules.of(schema)
