"""The difference of two JSON objects as a merge patch (RFC 7386). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge_patch(have: Mapping[str, Any], want: Mapping[str, Any]) -> dict[str, Any]:
    """Return what turns ``have`` into ``want``; empty if nothing differs. Lists are replaced as a whole."""
    patch: dict[str, Any] = {name: None for name in have if name not in want}
    for name, value in want.items():
        old = have.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            inner = merge_patch(old, value)
            if inner:
                patch[name] = inner
        elif value != old or name not in have:
            patch[name] = value
    return patch
