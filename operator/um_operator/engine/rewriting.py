"""Records over which somebody else wrote: each full pass puts them right again.

Every field of a status is the operator's. A process knows what it wrote, so neither a status nor the ledger
in it can be lost by somebody's edit while the process lives; the careful reading (R14) is for a process that
begins and finds nothing.
"""

from __future__ import annotations

from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.ports import Records
from um_operator.observed.ledger import Ledger


def of_what_is_declared(ledger: Ledger, desired: DesiredOrganization) -> Ledger:
    """Return the ledger without the resources that are gone: one made anew by that name is another one."""
    invalid = {item.key for item in desired.invalid if item.key is not None}
    return ledger.only({desired.key, *invalid, *(item.key for item in desired.objects)})


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
