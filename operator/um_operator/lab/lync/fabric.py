"""Routing groups: users that have their replicas together, and where these are (field notes 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from um_operator.lab.chance import chance

REPLICAS = 3
GROUPS_PER_FRONT_END = 2


@dataclass(frozen=True, slots=True)
class RoutingGroup:
    """One group: where its replicas are, the one that serves first."""

    identifier: UUID
    replicas: tuple[str, ...]

    def is_sound(self, having: Collection[str]) -> bool:
        """Whether a primary and a secondary are left on some front ends; a lone server has no secondary."""
        return sum(one in having for one in self.replicas) >= min(2, len(self.replicas))


def groups_of(pool: str, domains: Sequence[Sequence[str]], seed: int = 0) -> tuple[RoutingGroup, ...]:
    """The groups of a pool: each has its replicas in different upgrade domains as far as there are."""
    members = [one for domain in domains for one in domain]
    place = {one: number for number, domain in enumerate(domains) for one in domain}
    random = chance(seed, f"routing groups of {pool}")
    return tuple(
        RoutingGroup(
            UUID(int=random.getrandbits(128), version=4),
            _replicas(members[number % len(members) :] + members[: number % len(members)], place.__getitem__),
        )
        for number in range(GROUPS_PER_FRONT_END * len(members))
    )


def _replicas(candidates: Sequence[str], domain: Callable[[str], int]) -> tuple[str, ...]:
    chosen: list[str] = []
    taken: set[int] = set()
    for one in candidates:
        if domain(one) not in taken and len(chosen) < REPLICAS:
            chosen.append(one)
            taken.add(domain(one))
    chosen += [one for one in candidates if one not in chosen]
    return tuple(chosen[:REPLICAS])


def shown(groups: Sequence[RoutingGroup], having: Collection[str]) -> Iterator[str]:
    """The state as Get-CsPoolFabricState writes it, line by line; its layout is common knowledge."""
    for group in groups:
        yield f"Routing Group: {{{str(group.identifier).upper()}}}"
        alive = [one for one in group.replicas if one in having]
        yield f"    Primary: {alive[0] if alive else 'None'}"
        yield from (f"    Secondary: {one}" for one in alive[1:])
