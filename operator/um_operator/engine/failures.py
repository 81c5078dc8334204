"""Steps that failed, and when each may be tried again. Pure; in memory only: a restart tries once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import ActivateServer, StartFrontEndServices, Step

SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that did not succeed. ``retry_at`` None: not before the step itself becomes another one."""

    step: Step
    outcome: Outcome
    attempts: int
    retry_at: datetime | None

    @property
    def for_good(self) -> bool:
        """Whether Exchange refused it, so that only a person changes that."""
        return self.retry_at is None

    @property
    def may_be_lifted(self) -> bool:
        """Whether someone else can lift the refusal without a change of the spec: rights, what is in use."""
        return self.outcome.kind == "Forbidden" or self.outcome.reason == "InUse"


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures of one organisation by step id."""

    by_step: Mapping[str, Failure] = field(default_factory=dict)

    def noted(self, step: Step, outcome: Outcome, now: datetime) -> Failures:
        """Return the failures after ``step`` ended with ``outcome``."""
        others = {key: failure for key, failure in self.by_step.items() if key != step.step_id}
        if outcome.kind == "Done":
            return Failures(others)
        previous = self.by_step.get(step.step_id)
        attempts = previous.attempts + 1 if previous else 1
        # What we took out of service is returned to it, however often that is refused (R13).
        returns = isinstance(step, ActivateServer | StartFrontEndServices)
        refused = outcome.kind in {"Refused", "Forbidden"} and not returns
        retry_at = None if refused else now + min(SHORTEST * 2 ** (attempts - 1), LONGEST)
        return Failures({**others, step.step_id: Failure(step, outcome, attempts, retry_at)})

    def holds(self, step: Step, now: datetime) -> bool:
        """Whether ``step`` failed and may not be tried again yet."""
        failure = self.by_step.get(step.step_id)
        return failure is not None and (failure.retry_at is None or now < failure.retry_at)

    def of_plan(self, step_ids: frozenset[str]) -> Failures:
        """Return only the failures of steps that are still planned."""
        return Failures({key: failure for key, failure in self.by_step.items() if key in step_ids})

    def looked_at_again(self) -> Failures:
        """Return the failures that still hold at a full pass, which tries again what may have been lifted."""
        return Failures({key: failure for key, failure in self.by_step.items() if not failure.may_be_lifted})

    def without(self, owners: frozenset[ObjectKey]) -> Failures:
        """Return the failures after a person asked for another try of these resources."""
        return Failures(
            {key: failure for key, failure in self.by_step.items() if failure.step.owner not in owners}
        )

    def by_owner(self) -> Mapping[ObjectKey, Failure]:
        """Return one failure a resource: one for good before one that is tried again."""
        ordered = sorted(self.by_step.values(), key=lambda failure: failure.for_good)
        return {failure.step.owner: failure for failure in ordered}

    @property
    def wake_at(self) -> datetime | None:
        """Return when the next failed step may be tried again."""
        return min((f.retry_at for f in self.by_step.values() if f.retry_at is not None), default=None)
