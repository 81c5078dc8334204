"""The data of Secrets and ConfigMaps in manifests. No value ever stands in a problem."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, TypeAlias

from um_operator.api.validation import Problem

KeyValues: TypeAlias = Mapping[str, bytes]


def read_key_values(document: Mapping[str, Any]) -> tuple[KeyValues, tuple[Problem, ...]]:
    """Return the data of a Secret or ConfigMap as bytes, as the API server would keep it.

    A Secret's ``stringData`` wins over its base64 ``data``; a ConfigMap has text in ``data`` and base64 in
    ``binaryData``.
    """
    metadata = document.get("metadata")
    problems: list[Problem] = []
    if not isinstance(metadata, Mapping) or not isinstance(metadata.get("name"), str):
        problems.append(Problem(("metadata", "name"), "", "is required"))
    encoded, plain = ("data", "stringData") if document["kind"] == "Secret" else ("binaryData", "data")
    values: dict[str, bytes] = {}
    for field, decode in ((encoded, _base64), (plain, str.encode)):
        for key, value in _entries(document, field, problems):
            try:
                values[key] = decode(value)
            except (binascii.Error, ValueError):
                problems.append(Problem((field, key), "", "must be base64"))
    return values, tuple(problems)


def _entries(document: Mapping[str, Any], field: str, problems: list[Problem]) -> tuple[tuple[str, str], ...]:
    content = document.get(field)
    if content is None:
        return ()
    if not isinstance(content, Mapping):
        problems.append(Problem((field,), "", "must be a mapping"))
        return ()
    problems += [
        Problem((field, key), "", "must be text: put it in quotes")
        for key, value in content.items()
        if not isinstance(value, str)
    ]
    return tuple((key, value) for key, value in content.items() if isinstance(value, str))


def _base64(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)
