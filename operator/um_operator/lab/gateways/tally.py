"""What became of calls, counted by gateway and dial plan."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from um_operator.lab.gateways.calling import Cause


class Leg(NamedTuple):
    """By what calls are counted: the gateway's name and the dial plan's."""

    gateway: str
    dial_plan: str


@dataclass
class Counts:
    """Calls of one kind: placed = answered + failed + being placed; answered = ended + cut + in progress."""

    placed: int = 0
    answered: int = 0
    cut: int = 0
    in_progress: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    @property
    def failures(self) -> int:
        """Calls that were never answered, whatever the cause."""
        return self.failed.total()

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.placed + other.placed,
            self.answered + other.answered,
            self.cut + other.cut,
            self.in_progress + other.in_progress,
            self.failed + other.failed,
        )


class Tally:
    """Counts calls as they happen, and lets a test wait for a count."""

    def __init__(self) -> None:
        self._counts: dict[Leg, Counts] = defaultdict(Counts)
        self._changed = asyncio.Condition()

    def placed(self, leg: Leg) -> None:
        """A call is being placed."""
        self._counts[leg].placed += 1

    async def answered(self, leg: Leg) -> None:
        """A call was answered and is in progress."""
        self._counts[leg].answered += 1
        self._counts[leg].in_progress += 1
        await self._tell()

    async def ended(self, leg: Leg, *, cut: bool = False) -> None:
        """A call in progress is over."""
        self._counts[leg].in_progress -= 1
        self._counts[leg].cut += cut
        await self._tell()

    async def failed(self, leg: Leg, cause: Cause) -> None:
        """A call was not answered."""
        self._counts[leg].failed[cause.value] += 1
        await self._tell()

    def by_leg(self) -> Mapping[Leg, Counts]:
        """A copy of all counts."""
        return {leg: counts + Counts() for leg, counts in self._counts.items()}

    def by_gateway(self) -> Mapping[str, Counts]:
        """The counts of each gateway, over all dial plans."""
        return self._summed(lambda leg: leg.gateway)

    def by_dial_plan(self) -> Mapping[str, Counts]:
        """The counts of each dial plan, over all gateways."""
        return self._summed(lambda leg: leg.dial_plan)

    def total(self) -> Counts:
        """All of it."""
        return sum(self._counts.values(), Counts())

    async def until(self, reached: Callable[[], bool], deadline: float) -> None:
        """Wait until a condition on the counts holds.

        Raises:
            TimeoutError: it did not within that many real seconds.
        """
        async with asyncio.timeout(deadline), self._changed:
            await self._changed.wait_for(reached)

    def _summed(self, key: Callable[[Leg], str]) -> dict[str, Counts]:
        sums: dict[str, Counts] = defaultdict(Counts)
        for leg, counts in self._counts.items():
            sums[key(leg)] += counts
        return dict(sums)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
