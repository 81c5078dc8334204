"""Claims: of two resources that want the same thing, one has it; the other is told who."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import Obstacle

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Ordered(Protocol):
    """What tells resources apart, and which of two is the lesser."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether it is the lesser one."""


K = TypeVar("K", bound=Ordered)


@dataclass(frozen=True, slots=True)
class Claim(Generic[K]):
    """A resource wants something: ``thing`` is compared, ``shown`` is how a message says it."""

    by: K
    created_at: datetime | None
    thing: tuple[str, ...]
    shown: str


def holder(claims: Iterable[Claim[K]], in_force: Collection[K]) -> Claim[K]:
    """Return whose the thing is: of those in force, else of all, the oldest, then the lesser name."""

    def rank(claim: Claim[K]) -> tuple[bool, datetime, K]:
        return claim.by not in in_force, claim.created_at or _NEVER, claim.by

    return min(claims, key=rank)


def judge(
    claims: Iterable[Claim[ObjectKey]], in_force: Collection[ObjectKey]
) -> Mapping[ObjectKey, tuple[Obstacle, ...]]:
    """Return, for each resource that wants what another one has, why it cannot have it.

    Args:
        claims: what every resource of the organisation wants, in any order.
        in_force: resources whose declaration was once in force; a newcomer does not take from them.
    """
    by_thing: dict[tuple[str, ...], list[Claim[ObjectKey]]] = defaultdict(list)
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


def organization_claimed(own: K, claims: Iterable[Claim[K]], in_force: Collection[K]) -> Obstacle | None:
    """Return why an ExchangeOrganization has no right to the organisation in Exchange that it stands for.

    Args:
        own: which one is asked about; one of ``claims`` is its.
        claims: what every ExchangeOrganization, of any namespace, stands for.
        in_force: those that had theirs before.
    """
    claims = tuple(claims)
    wanted = next(claim for claim in claims if claim.by == own)
    winner = holder([claim for claim in claims if claim.thing == wanted.thing], in_force).by
    if winner == own:
        return None
    message = (
        f'organization "{wanted.shown}" belongs to ExchangeOrganization "{winner}", which has it; '
        "nothing is written for this one"
    )
    return Obstacle(Reason.ORGANIZATION_CLAIMED, message, stalled=True)
