"""JSON values, and their one canonical form."""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def encode(value: Any) -> bytes:
    """A value's JSON: equal values have equal bytes, and ``1``, ``1.0`` and ``true`` are not equal."""
    return _ENCODER.encode(value).encode()
