"""The newest generation is acknowledged at once, long before it is in force (kstatus, design)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from um_operator.kube.objects import Objects, Reference
from um_operator.kube.status_writer import StatusWriter
from um_operator.planning.status.acknowledged import acknowledged


async def acknowledge(
    objects: Objects, writer: StatusWriter, references: Iterable[Reference], now: datetime
) -> None:
    """Write Ready=Unknown/Pending to resources whose generation no status speaks of yet. Never raises.

    A judgement that is being written counts: an acknowledgement after it would undo it until the next pass.
    """
    statuses = {}
    for reference in references:
        held = objects.get(reference)
        if held is None or "deletionTimestamp" in held.raw["metadata"]:
            continue
        if writer.acknowledged(reference) < held.generation:
            statuses[reference] = acknowledged(held.status, held.generation, now)
    await writer.write(statuses)
