"""What a check answers: findings, the steps that they ask for, and whether the resource may go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from um_operator.planning.plan import Finding
from um_operator.planning.steps import Step

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step, and the paths of the findings that it puts right."""

    step: Step
    paths: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one check, or of several together.

    Attributes:
        released: the resource is being deleted and nothing is left to do in Exchange.
        left_behind: why its object stays there although it was to go.
    """

    findings: tuple[Finding, ...] = ()
    steps: tuple[Wanted, ...] = ()
    released: bool = False
    left_behind: str = ""

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            self.findings + other.findings,
            self.steps + other.steps,
            self.released or other.released,
            self.left_behind or other.left_behind,
        )

    def __bool__(self) -> bool:
        return bool(self.findings or self.steps or self.released)


NOTHING = Verdict()


def first(checks: Iterable[Callable[[C], Verdict]], case: C) -> Verdict:
    """Return what the first check that objects says: the ones behind it rely on its silence."""
    return next((verdict for check in checks if (verdict := check(case))), NOTHING)


def together(checks: Iterable[Callable[[C], Verdict]], case: C) -> Verdict:
    """Return what all checks say."""
    return sum((check(case) for check in checks), NOTHING)


def ask(*steps: Step, paths: Iterable[str] = ()) -> Verdict:
    """Return a verdict that asks for steps which put these paths right."""
    return Verdict(steps=tuple(Wanted(step, frozenset(paths)) for step in steps))
