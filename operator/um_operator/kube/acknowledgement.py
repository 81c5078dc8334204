"""The newest generation is acknowledged at once, long before it is in force (kstatus, design)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from um_operator.kube import remembered
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.status_writer import StatusWriter
from um_operator.planning.status.acknowledged import acknowledged


async def acknowledge(
    objects: Objects, writer: StatusWriter, references: Iterable[Reference], now: datetime
) -> None:
    """Write Ready=Unknown/Pending to resources whose generation no status speaks of yet. Never raises.

    A judgement that is being written counts: to be acknowledged after it would undo it for good, because what
    was judged is not written again until it changes.
    """
    statuses = {}
    for reference in references:
        held = objects.get(reference)
        if held is None or "deletionTimestamp" in held.raw["metadata"]:
            continue
        generation = int(held.raw["metadata"]["generation"])
        if writer.acknowledged(reference) < generation:
            status = remembered.status_of(reference.key.kind, held.raw)
            statuses[reference] = acknowledged(status, generation, now)
    await writer.write(statuses)
