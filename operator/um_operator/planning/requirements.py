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
    ids = [step.step_id for step, _ in steps]
    changing: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for step_id, (step, _) in zip(ids, steps, strict=True):
        changing[name_key(step.subject)].append((step_id, changed_paths(step)))

    def brought_about(need: Need) -> Iterator[str]:
        for step_id, paths in changing.get(name_key(need.subject), ()):
            if not need.paths or need.paths & paths:
                yield step_id

    def required(step_id: str, waits: Sequence[Wait]) -> tuple[str, ...]:
        needed = (found for wait in waits for need in wait.needs for found in brought_about(need))
        return tuple(dict.fromkeys(found for found in needed if found != step_id))

    return {step_id: required(step_id, waits) for step_id, (_, waits) in zip(ids, steps, strict=True)}


def changed_paths(step: Step) -> frozenset[str]:
    """Return what a step changes of its subject; ``name`` stands for its being there at all."""
    paths = frozenset[str](step.want if isinstance(step.want, dict) else ())
    return paths | {EXISTENCE} if step.want is None or step.have is None else paths
