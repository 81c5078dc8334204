"""Claims: of two resources that want the same thing, one has it; the other is told who."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import Obstacle

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """A resource wants something: ``thing`` is compared, ``shown`` is how a message says it."""

    by: ObjectKey
    created_at: datetime | None
    thing: tuple[str, ...]
    shown: str


def holder(claims: Iterable[Claim], in_force: Collection[ObjectKey]) -> Claim:
    """Return whose the thing is: of those in force, else of all, the oldest, then the lesser name."""

    def rank(claim: Claim) -> tuple[bool, datetime, ObjectKey]:
        return claim.by not in in_force, claim.created_at or _NEVER, claim.by

    return min(claims, key=rank)


def judge(
    claims: Iterable[Claim], in_force: Collection[ObjectKey]
) -> Mapping[ObjectKey, tuple[Obstacle, ...]]:
    """Return, for each resource that wants what another one has, why it cannot have it.

    Args:
        claims: what every resource of the organisation wants, in any order.
        in_force: resources whose declaration was once in force; a newcomer does not take from them.
    """
    by_thing: dict[tuple[str, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        by_thing[claim.thing].append(claim)
    refused: dict[ObjectKey, tuple[Obstacle, ...]] = {}
    for rivals in by_thing.values():
        winner = holder(rivals, in_force)
        for claim in rivals:
            if claim.by != winner.by:
                message = f'{claim.shown} is claimed by "{winner.by}", which has it'
                refused[claim.by] = (
                    *refused.get(claim.by, ()),
                    Obstacle(Reason.CLAIMED, message, stalled=True),
                )
    return refused
