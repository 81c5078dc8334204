"""The server component of a call router: who asks for which state of it, and our own word (field notes 5.2).

The 2016 servers captured call it UMCallRouter, some topics of Exchange 2013 UnifiedMessaging; so all
components are listed, and the first of these names that there is is the one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from um_operator.exchange import codecs
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.reader import Reader
from um_operator.observed.hosts import ComponentFact, ComponentState
from um_operator.observed.values import name_key
from um_operator.remoting.session import Command, PSRow
from um_operator.remoting.values import items_of

NAMES: Final = ("UMCallRouter", "UnifiedMessaging")
SERVER_WIDE: Final = "ServerWideOffline"
"""Whoever holds this one holds every component of the server."""

_BEST_FIRST: Final[tuple[ComponentState, ...]] = ("Active", "Unknown", "Draining", "Inactive")


async def component(reader: Reader, fqdn: str) -> ComponentFact | None:
    """Read the component of a server's call router, ``None`` if it has none of its own."""
    found = await reader.rows("Get-ServerComponentState", Identity=fqdn)
    by_name = {name_key(_name(row)): row for row in found}
    named = next((name for name in NAMES if name_key(name) in by_name), None)
    if named is None:
        return None
    row, wide = by_name[name_key(named)], by_name.get(name_key(SERVER_WIDE))
    said = [*_requested(row), *(_requested(wide) if wide is not None else ())]
    spelled: dict[str, str] = {}
    requested: dict[str, ComponentState] = {}
    for requester, state in said:
        name = spelled.setdefault(name_key(requester), requester)
        requested[name] = _worst((state, requested.get(name, "Active")))
    return ComponentFact(_name(row), _worst((_state(row), *requested.values())), requested)


def set_state(fqdn: str, component: str, requester: str, state: ComponentState) -> Command:
    """Return what says a state in our name; a requester is released only by its own word."""
    return Command(
        "Set-ServerComponentState",
        {"Identity": fqdn, "Component": component, "Requester": requester, "State": state},
    )


def _name(row: PSRow) -> str:
    name = codecs.TEXT.read("Component", row.properties.get("Component"))
    if not isinstance(name, str):
        raise ReadError("Component", None)
    return name


def _requested(row: PSRow) -> Iterator[tuple[str, ComponentState]]:
    """Yield each requester with its word, from the server itself and from the directory."""
    for place in ("LocalStates", "RemoteStates"):
        for entry in items_of(row.properties.get(place)):
            if not isinstance(entry, PSRow):
                raise ReadError(place, entry)
            requester = codecs.TEXT.read("Requester", entry.properties.get("Requester"))
            if requester is None:
                raise ReadError("Requester", None)
            yield str(requester), _state(entry)


def _state(row: PSRow) -> ComponentState:
    said = str(codecs.TEXT.read("State", row.properties.get("State")) or "")
    known = {name_key(state): state for state in _BEST_FIRST}
    return known.get(name_key(said), "Unknown")


def _worst(states: Iterable[ComponentState]) -> ComponentState:
    return max(states, key=_BEST_FIRST.index)
