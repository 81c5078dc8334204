"""Statuses of what cannot be judged: what is invalid, or without its organisation.

What was true of the object in Exchange stays as it was told last, and so does the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.object_status import ComparedStatus
from um_operator.api.reasons import Reason
from um_operator.api.select import Invalid
from um_operator.api.status import STATUSES, Status
from um_operator.desired.resolve import without_organization
from um_operator.desired.resources import Owned, Resources
from um_operator.planning.plan import INVALID
from um_operator.planning.status.situation import Statement
from um_operator.planning.status.stamped import stamped


def invalid(item: Invalid, key: ObjectKey, before: Status | None, now: datetime) -> Status:
    """Return the status of a resource that cannot be used."""
    message = "; ".join(str(problem) for problem in item.problems)
    return _told(
        key,
        item.generation,
        before,
        now,
        Statement("Ready", "False", Reason.INVALID_SPEC, message),
        Statement("Stalled", "True", Reason.INVALID_SPEC, message),
    )


@dataclass(frozen=True, slots=True)
class Forsaken:
    """Resources of a namespace that no organisation looks after.

    Attributes:
        statuses: what to write.
        released: those whose deletion is over, and why the object stays in Exchange.
    """

    statuses: Mapping[ObjectKey, Status]
    released: Mapping[ObjectKey, str]


def forsaken(resources: Resources, previous: Mapping[ObjectKey, Status], now: datetime) -> Forsaken:
    """Return what to tell of the resources whose organisation does not exist or cannot be used.

    Args:
        resources: everything of the namespace.
        previous: the statuses as last written.
        now: the instant of the judgement (aware).
    """
    statuses: dict[ObjectKey, Status] = {}
    released: dict[ObjectKey, str] = {}
    refused = without_organization(resources)
    for item in resources.owned:
        for obstacle in refused.get(item.key, ()):
            statuses[item.key] = _without(item, obstacle.message, previous.get(item.key), now)
            if item.metadata.deleting and item.metadata.has_finalizer:
                released[item.key] = obstacle.message
    for key, broken in _invalid(resources):
        statuses[key] = invalid(broken, key, previous.get(key), now)
        if broken.released:
            released[key] = INVALID
    return Forsaken(statuses, released)


def _without(item: Owned, why: str, before: Status | None, now: datetime) -> Status:
    reason = Reason.DELETING if item.metadata.deleting else Reason.DEPENDENCY_NOT_FOUND
    generation = item.metadata.generation
    return _told(item.key, generation, before, now, Statement("Ready", "False", reason, why))


def _invalid(resources: Resources) -> Iterator[tuple[ObjectKey, Invalid]]:
    """Yield what is invalid and of no organisation that tells it."""
    valid = {item.metadata.name for item in resources.organizations}
    for item in resources.invalid:
        if item.key is not None and item.organization not in valid:
            yield item.key, item


def _told(
    key: ObjectKey, generation: int, before: Status | None, now: datetime, *statements: Statement
) -> Status:
    status = before or STATUSES[key.kind]()
    conditions: tuple[Condition, ...] = stamped(statements, before, generation, now)
    nothing_compared = {"drift": (), "waiting_for": (), "next_window": None}
    update = {"observed_generation": generation, "conditions": conditions}
    compared = nothing_compared if isinstance(status, ComparedStatus) else {}
    return status.model_copy(update={**update, **compared})
