"""Secrets that still hold what the examples have in place of passwords and keys. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.api.references import CARef, SecretRef
from um_operator.api.select import AnyResource
from um_operator.api.tree import objects
from um_operator.desired.resources import Resources
from um_operator.local.manifests import Manifests

PLACEHOLDER: Final = b"replace-me"


def secrets_not_filled_in(_: Resources, manifests: Manifests) -> Iterator[tuple[ObjectKey, str]]:
    """Tell of resources that name a Secret, whatever for, which nobody has filled in."""
    for resource in manifests.resources:
        for name in dict.fromkeys(_secrets_of(resource)):
            if PLACEHOLDER in manifests.secrets.get(name, {}).values():
                yield resource.key, f'Secret "{name}" holds a placeholder; give the real one by a later -f'


def _secrets_of(resource: AnyResource) -> Iterator[str]:
    """Yield the name of each Secret that a resource refers to."""
    for _, part in objects(resource.spec):
        if isinstance(part, SecretRef) or (isinstance(part, CARef) and part.kind == "Secret"):
            yield part.name
