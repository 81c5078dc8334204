"""Which servers count: those that the organisation selects, and those that it still owes their return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from um_operator.desired.organization import DesiredOrganization
from um_operator.observed.fact import Known
from um_operator.observed.ledger import Ledger
from um_operator.observed.snapshot import Snapshot

T = TypeVar("T")


def counted(snapshot: Snapshot, desired: DesiredOrganization, ledger: Ledger) -> Snapshot:
    """Return a snapshot without the servers that do not count.

    One that a person excludes while it is out of service by us counts until it is back (R13), as long as it
    answers: excluding is what a person does with a server that is gone, and that holds up nobody.
    """
    if not isinstance(snapshot.servers, Known):
        return snapshot
    rows, entries = snapshot.servers.value, ledger.entry(desired.key).servers
    others = {
        key
        for key, row in rows.items()
        if not desired.selects(row.fqdn)
        and not (key in entries and entries[key].unfinished and _answers(snapshot, key))
    }
    if not others:
        return snapshot
    return replace(
        snapshot,
        servers=Known(_without(rows, others), snapshot.servers.read_at),
        um_services=_without(snapshot.um_services, others),
        call_routers=_without(snapshot.call_routers, others),
    )


def _answers(snapshot: Snapshot, key: str) -> bool:
    host = snapshot.hosts.get(key)
    return host is not None and any(isinstance(fact, Known) for fact in host.services.values())


def _without(found: Mapping[str, T], keys: set[str]) -> Mapping[str, T]:
    return {key: one for key, one in found.items() if key not in keys}
