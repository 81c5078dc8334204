"""Which steps of an approved plan are stale: a change by hand took their ground, or of one before them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.observed.values import PropertyValue, display, name_key
from um_operator.planning.grouping import grouped
from um_operator.planning.plan import Wait
from um_operator.planning.steps import Step
from um_operator.planning.stored_plan import StoredPlan, StoredStep, plain

Place: TypeAlias = tuple[str, str]
"""What steps that can stand for one another have in common: their type and subject."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """A planned step.

    Attributes:
        generation: of its owner.
        requires: the ids of the steps that it comes after.
        asks: whether it needs an approval, by mode Plan of its resource or by itself.
        corrects: whether it repairs what drifted.
    """

    step: Step
    step_id: str
    generation: int
    requires: tuple[str, ...]
    asks: bool
    corrects: bool

    def stored(self) -> StoredStep:
        """Return the step as it is stored."""
        return StoredStep.of(self.step, self.generation, self.requires, corrects=self.corrects)


@dataclass(frozen=True, slots=True)
class Stale:
    """A step that an approval no longer lets run.

    ``change`` is what changed under it, by path; empty if it only comes after one that is stale.
    """

    subject: str
    change: str
    wait: Wait


def of(applicants: Sequence[Applicant], approved: StoredPlan) -> Mapping[str, Stale]:
    """Return the stale steps by their ids: those whose ``have`` changed, and then what requires them."""
    changed = dict(_changed(applicants, approved))
    return {**changed, **dict(_after(changed, applicants, approved))}


def _changed(applicants: Sequence[Applicant], approved: StoredPlan) -> Iterator[tuple[str, Stale]]:
    planned = {one.step_id for one in applicants}
    before = grouped(approved.steps, lambda step: (step.type, name_key(step.subject)))
    now = grouped(applicants, lambda one: _place(one.step))
    for one in applicants:
        if not one.asks or one.step_id in approved.by_id:
            continue
        stored = before.get(_place(one.step), ())
        left = [step for step in stored if step.id not in planned and not _is_done(step, one)]
        replaced = _replaced(one.step, left)
        change = replaced and "; ".join(_differences(replaced, one, stored, now[_place(one.step)]))
        if change:
            message = f'{change}; changed after plan "{approved.digest}" was made'
            yield one.step_id, Stale(one.step.subject, change, _wait(message))


def _is_done(stored: StoredStep, one: Applicant) -> bool:
    """Whether an approved step was carried out: what it was to put in force was, and drifted since."""
    return one.corrects and not stored.corrects and stored.generation == one.generation


def _replaced(step: Step, candidates: Iterable[StoredStep]) -> StoredStep | None:
    """Return the approved step that a step stands in the place of: it changes the same paths, or removes."""
    want = _paths(plain(step.want))
    best = max(candidates, key=lambda one: len(_paths(one.want) & want), default=None)
    if best is None or (want and not _paths(best.want) & want):
        return None
    return best


def _differences(
    replaced: StoredStep, one: Applicant, stored: Iterable[StoredStep], planned: Iterable[Applicant]
) -> Iterator[str]:
    """Yield ``path: had, has`` for what was changed by hand.

    While the manifest is the one that was approved, a path that only one of the two plans changes was changed
    by hand as well: what a plan does not change is as declared.
    """
    had = _merged([*(step.have for step in stored), replaced.have])
    has = _merged([*(plain(other.step.have) for other in planned), plain(one.step.have)])
    declared = _merged(step.want for step in stored)
    same_manifest = replaced.generation == one.generation
    for path in sorted(_paths(replaced.have) | _paths(plain(one.step.have))):
        if not same_manifest and not (path in had and path in has):
            continue
        then = had.get(path, _mapping(plain(one.step.want)).get(path))
        now = has.get(path, declared.get(path))
        if then != now:
            yield f'{path}: had "{display(_value(then))}", has "{display(_value(now))}"'


def _after(
    changed: Mapping[str, Stale], applicants: Sequence[Applicant], approved: StoredPlan
) -> Iterator[tuple[str, Stale]]:
    """Yield the approved steps that come after a changed one, near or far."""
    links = [(required, one) for one in applicants for required in one.requires]
    following = grouped(links, lambda link: link[0])
    roots, queue = dict(changed), deque(changed)
    while queue:
        step_id = queue.popleft()
        for _, one in following.get(step_id, ()):
            if one.step_id in roots:
                continue
            root = roots[one.step_id] = roots[step_id]
            queue.append(one.step_id)
            if one.asks and one.step_id in approved.by_id:
                message = f'it comes after a step on "{root.subject}", which is stale: {root.wait.message}'
                yield one.step_id, Stale(one.step.subject, "", _wait(message))


def _place(step: Step) -> Place:
    return type(step).__name__, name_key(step.subject)


def _merged(states: Iterable[Any]) -> dict[str, Any]:
    return {path: value for state in states for path, value in _mapping(state).items()}


def _mapping(state: Any) -> Mapping[str, Any]:
    return state if isinstance(state, dict) else {}


def _paths(state: Any) -> frozenset[str]:
    return frozenset(_mapping(state))


def _value(value: Any) -> PropertyValue:
    """Return a value from JSON as properties are displayed."""
    return tuple(_value(part) for part in value) if isinstance(value, list) else value


def _wait(message: str) -> Wait:
    return Wait(Reason.WAITING_FOR_APPROVAL, message, detail=Reason.PLAN_STALE)
