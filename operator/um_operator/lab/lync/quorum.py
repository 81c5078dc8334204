"""How many front ends a pool needs to start and to go on (field notes 5.6).

From the topic "Topologies and components for Front End Servers" of Lync Server 2013 and Skype for Business.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from um_operator.lab.lync.spec import Release


class Needed(NamedTuple):
    """So many of the first so many, in the order in which they first appeared."""

    running: int
    of_first: int


_TO_STAY_UP: Final = {
    1: Needed(1, 1),
    2: Needed(1, 2),
    3: Needed(2, 3),
    4: Needed(2, 4),
    5: Needed(3, 5),
    6: Needed(3, 6),
    7: Needed(4, 7),
    8: Needed(4, 7),
    9: Needed(4, 7),
    10: Needed(5, 9),
    11: Needed(5, 9),
    12: Needed(5, 9),
}
_OF_2019: Final = Needed(7, 12)
_TO_START: Final = {1: 1, 2: 1, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 8: 6, 9: 7, 10: 8, 11: 9, 12: 10}
"""Front ends that have to come up together when none runs: about 85 %."""


def to_stay_up(front_ends: int, release: Release) -> Needed:
    """What a pool of so many front ends needs to go on."""
    if release is Release.SFB2019 and front_ends >= _OF_2019.of_first:
        return _OF_2019
    return _TO_STAY_UP[front_ends]


def to_start(front_ends: int) -> int:
    """How many have to come up together when the whole pool was down."""
    return _TO_START.get(front_ends, -(-front_ends * 3 // 4))


def margin(members: Sequence[str], running: Collection[str], release: Release) -> int:
    """How many more of the running may fail before the others stop; below zero the pool has no quorum."""
    needed = to_stay_up(len(members), release)
    return sum(one in running for one in members[: needed.of_first]) - needed.running
