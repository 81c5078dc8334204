"""The CustomResourceDefinition of a kind: what makes an API server know it."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from um_operator.api.columns import COLUMNS
from um_operator.api.meta import GROUP, VERSION, KindName
from um_operator.api.names import CATEGORY, NAMES
from um_operator.api.schema import Schema, kind_schema
from um_operator.api.select import KINDS

Manifest: TypeAlias = dict[str, Any]

ORGANIZATION_FIELD: Final = ".spec.organizationRef.name"
"""The field by which ``--field-selector`` finds what belongs to an organisation."""


def custom_resource_definition(kind: KindName) -> Manifest:
    """Return the CRD of a kind, complete and ready to be applied."""
    names = NAMES[kind]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": names.crd},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": names.plural,
                "singular": names.singular,
                "shortNames": [names.short],
                "categories": [CATEGORY],
            },
            "scope": "Namespaced",
            "versions": [_version(kind)],
        },
    }


def _version(kind: KindName) -> Manifest:
    schema = kind_schema(KINDS[kind])
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [column.declared() for column in COLUMNS[kind]],
        **_selectable_fields(schema),
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema},
    }


def _selectable_fields(schema: Schema) -> Manifest:
    belongs = "organizationRef" in schema["properties"]["spec"]["properties"]
    return {"selectableFields": [{"jsonPath": ORGANIZATION_FIELD}]} if belongs else {}
