"""How many front ends of a pool must run so that the others go on, and what is left above that (R23).

Below quorum the front ends that still run stop their services as well. The figures are those of the topics
"Topologies and components for Front End Servers" of Lync Server 2013 and of Skype for Business Server (field
notes 5.6). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from um_operator.observed.lync import Product
from um_operator.observed.values import name_key

FEWEST: Final = 3
"""Front ends of a pool that may be restarted by a program; one of one or two goes down with its server."""


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many front ends must run.

    Attributes:
        needed: so many.
        voters: of the first so many, in the order in which they appeared when the pool was first started.
    """

    needed: int
    voters: int

    def margin(self, front_ends: Sequence[str], running: Collection[str]) -> int:
        """Return how many more may fail before the pool stops; below zero it has no quorum.

        Args:
            front_ends: FQDNs of all front ends of the pool, in the order of the topology.
            running: ``name_key`` of those that are known to run.
        """
        return sum(name_key(one) in running for one in front_ends[: self.voters]) - self.needed


_SMALL: Final = {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4}
"""Front ends of a pool to how many of them must run."""
_FIRST_SEVEN: Final = Quorum(needed=4, voters=7)
_FIRST_NINE: Final = Quorum(needed=5, voters=9)
_FIRST_TWELVE: Final = Quorum(needed=7, voters=12)


def quorum_of(front_ends: int, product: Product) -> Quorum | None:
    """Return how many of so many front ends must run; ``None`` where no source says it.

    Twelve are in two tables: the largest pool of Lync Server 2013 and Skype for Business Server 2015, and the
    smallest of those that only Skype for Business Server 2019 has. Lync Server 2010 knows no quorum.
    """
    if product == "Lync2010":
        return None
    if (needed := _SMALL.get(front_ends)) is not None:
        return Quorum(needed, front_ends)
    if front_ends in {8, 9}:
        return _FIRST_SEVEN
    if product == "SkypeForBusiness2019" and 12 <= front_ends <= 16:
        return _FIRST_TWELVE
    return _FIRST_NINE if 10 <= front_ends <= 12 else None
