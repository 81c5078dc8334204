"""The lab's journal for a person: an entry a line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def journal_line(entry: Mapping[str, Any]) -> str:
    """Return an entry as one line: when, who, what, and what changed from what to what."""
    when = str(entry["time"])[:19]
    if entry["entry"] == "effect":
        what = f'{entry["kind"]} "{entry["name"]}"'
        return f"{when} {entry['caller']} at {entry['server']}: {entry['cmdlet']} {what}{_changes(entry)}"
    details = " ".join(f'{name}="{value}"' for name, value in entry["details"].items())
    return " ".join(part for part in (when, entry["server"], entry["what"], details) if part)


def _changes(entry: Mapping[str, Any]) -> str:
    before, after = entry["before"], entry["after"]
    if before is None or after is None:
        return ""
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    changes = (f'{name} "{before.get(name)}" -> "{after.get(name)}"' for name in names)
    return "".join(f"; {change}" for change in changes)
