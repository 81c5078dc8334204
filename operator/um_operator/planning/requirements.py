"""Which steps of a plan come before which: those that bring about what another one waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from um_operator.observed.values import name_key
from um_operator.planning.checks.case import EXISTENCE
from um_operator.planning.plan import Need, Wait
from um_operator.planning.steps import Step

Ordered: TypeAlias = tuple[Step, Sequence[Wait]]
"""A step, and what it waits for by the order of things."""


def requirements(steps: Sequence[Ordered]) -> Mapping[str, tuple[str, ...]]:
    """Return, for each step by its id, the ids of the planned steps that it waits for."""
    changing: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for step, _ in steps:
        changing[name_key(step.subject)].append((step.step_id, changed_paths(step)))

    def brought_about(need: Need) -> Iterator[str]:
        for step_id, paths in changing.get(name_key(need.subject), ()):
            if not need.paths or need.paths & paths:
                yield step_id

    def required(step: Step, waits: Sequence[Wait]) -> tuple[str, ...]:
        ids = (found for wait in waits for need in wait.needs for found in brought_about(need))
        return tuple(dict.fromkeys(found for found in ids if found != step.step_id))

    return {step.step_id: required(step, waits) for step, waits in steps}


def changed_paths(step: Step) -> frozenset[str]:
    """Return what a step changes of its subject; ``name`` stands for its being there at all."""
    paths = frozenset[str](step.want if isinstance(step.want, dict) else ())
    return paths | {EXISTENCE} if step.want is None or step.have is None else paths
