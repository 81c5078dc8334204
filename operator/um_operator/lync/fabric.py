"""The routing groups of a pool, out of the text of Get-CsPoolFabricState.

The page says only that it is text; its layout is common knowledge and not certain. So it is read by words,
not by columns, and a line that speaks of a replica and is not understood makes it incomplete: nothing follows
from it then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from um_operator.observed.front_ends import FabricState, RoutingGroup

_GROUP: Final = re.compile(
    r"\brouting\s*group\b[^0-9a-f{]*\{?(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.IGNORECASE
)
_REPLICA: Final = re.compile(r"^\s*(?P<role>primary|secondary)\b[^:]*:\s*(?P<who>\S+)\s*$", re.IGNORECASE)
_TELLING: Final = re.compile(r"\brouting\s*group\b|\bprimary\b|\bsecondary\b", re.IGNORECASE)
_NOBODY: Final = frozenset({"none", "-", "n/a"})


@dataclass(slots=True)
class _Found:
    identifier: str
    primaries: list[str] = field(default_factory=list)
    secondaries: list[str] = field(default_factory=list)


def read(texts: Iterable[str]) -> FabricState:
    """Return the groups of what was written, in one text or in several."""
    groups: list[_Found] = []
    complete = True
    for line in (line for text in texts for line in text.splitlines()):
        if header := _GROUP.search(line):
            groups.append(_Found(header["id"].lower()))
        elif groups and (replica := _REPLICA.match(line)):
            if replica["who"].casefold() not in _NOBODY:
                is_primary = replica["role"].casefold() == "primary"
                (groups[-1].primaries if is_primary else groups[-1].secondaries).append(replica["who"])
        elif _TELLING.search(line):
            complete = False
    complete = complete and bool(groups) and all(len(one.primaries) <= 1 for one in groups)
    return FabricState(tuple(map(_group, groups)), complete)


def _group(found: _Found) -> RoutingGroup:
    return RoutingGroup(found.identifier, next(iter(found.primaries), None), tuple(found.secondaries))
