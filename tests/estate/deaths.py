"""Where an operator can die while it brings certificates to servers, and what must be true afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from estate.rollouts import Rollout
from um_operator.lab.journal import Effect

Kill: TypeAlias = Callable[[], object]

ACTIVATED: Final = ("Set-ServerComponentState", frozenset({"Active"}))


class When(Enum):
    """Where the operator dies, as seen from an effect; what has begun is carried out all the same."""

    AFTER = "after it, before its reply"
    BEFORE = "before it, when all that is remembered of it is written"


@dataclass
class Deaths:
    """An operator that dies again and again."""

    one: Rollout
    count: int = 0

    def __post_init__(self) -> None:
        self._starts = self.one.starts()

    async def at(self, effect: int, when: When) -> bool:
        """Work until the operator dies at the n-th effect from now, or is done; say whether it died."""
        faults = self.one.lab.faults

        def plan(kill: Kill) -> None:
            if when is When.AFTER:
                faults.after_effect(effect, kill)
            else:
                faults.before_effect(effect, kill, prevent=True)

        died = await self.one.dies(plan)
        self.count += died
        return died

    async def at_every_effect(self, *ways: When) -> None:
        """Die at each effect, in each of these ways, until nothing is left to do.

        That a server returns to service is said again by whoever does not know that it was said; nobody dies
        of that twice.
        """
        number = 1
        while all([await self.at(number, when) for when in ways]):
            number = 1 if len(self._ours()) < 2 or _what(self._ours()[-1]) != ACTIVATED else 2

    def judge(self, *, restarts: int) -> None:
        """Hold the end against what is declared, and against the fewest effects that lead there.

        Raises:
            AssertionError: a server does not serve one certificate of its own; an effect was doubled; a
                service was started more often than ``restarts`` times.
        """
        served = self.one.served()
        assert all(len(shown - {""}) == 1 for shown in served.values()), served
        imported = Counter(
            effect.name for effect in self._ours() if effect.cmdlet == "Import-ExchangeCertificate"
        )
        assert set(imported.values()) == {1}, imported
        started = self.one.starts() - self._starts
        assert set(started.values()) == {restarts}, started

    def _ours(self) -> list[Effect]:
        return [effect for effect in self.one.lab.journal.effects if not effect.is_by_hand]


def _what(effect: Effect) -> tuple[str, frozenset[object]]:
    return effect.cmdlet, frozenset((effect.after or {}).values())
