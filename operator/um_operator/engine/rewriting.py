"""A ledger over which somebody else wrote: each full pass puts it right again.

Every field of a status is the operator's. A process knows what it wrote, so the ledger in it cannot be lost
by somebody's edit while the process lives; the careful reading (R14) is for a process that begins and finds
nothing, and for a resource that was made anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from um_operator.api.meta import ObjectKey
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.ports import Records
from um_operator.observed.ledger import Ledger


def still_there(uids: Mapping[ObjectKey, str | None], desired: DesiredOrganization) -> frozenset[ObjectKey]:
    """Return what is declared without what was made anew: by the same name, but another resource.

    ``uids`` are those of the last pass; of a resource that is invalid it is not known.
    """
    invalid = {item.key for item in desired.invalid if item.key is not None}
    anew = {key for key, uid in desired.uids.items() if uids.get(key, uid) != uid}
    return frozenset({desired.key, *invalid, *(item.key for item in desired.resources)} - anew)


async def rewrite(records: Records, ledger: Ledger) -> None:
    """Write again what this process remembers, where something else stands; durable on return.

    Raises:
        PortError: it cannot be made durable.
    """
    stored = await records.load_ledger()
    lost = {key: entry for key, entry in ledger.objects.items() if entry != stored.entry(key)}
    if lost:
        await records.remember(lost)
    name, since = ledger.domain_controller, ledger.domain_controller_since
    if name is not None and since is not None and name != stored.domain_controller:
        await records.remember_domain_controller(name, since)
