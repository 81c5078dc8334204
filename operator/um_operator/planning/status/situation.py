"""What is known of one resource when its conditions are judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from um_operator.api.condition import ConditionStatus, ConditionType
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredCertificate, DesiredLyncIntegration, DesiredObject
from um_operator.planning import cut_over
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import Finding, PlannedStep, Wait, Weight
from um_operator.planning.status.passed import Passed
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity, Step, StopFrontEndServices
from um_operator.planning.view import View


class Failure(Protocol):
    """A step that did not succeed."""

    @property
    def step(self) -> Step:
        """Return the step."""

    @property
    def outcome(self) -> Outcome:
        """Return how it ended."""

    @property
    def for_good(self) -> bool:
        """Whether it will not be tried again before something changes."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A condition without its times. Conditions other than Ready stand there only while True."""

    type: ConditionType
    status: ConditionStatus
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Situation:
    """A resource, what the plan says of it, and the step of it that failed.

    Attributes:
        as_declared: what is true when nothing differs, in words.
        passed: what the pass did.
    """

    item: DesiredObject | DesiredCertificate | DesiredLyncIntegration
    view: View
    findings: tuple[Finding, ...]
    steps: tuple[PlannedStep, ...]
    failure: Failure | None
    as_declared: str
    passed: Passed

    def of(self, weight: Weight) -> tuple[Finding, ...]:
        """Return the findings of a weight."""
        return tuple(finding for finding in self.findings if finding.weight == weight)

    @property
    def refused(self) -> Failure | None:
        """Return the failure that only a person can lift."""
        return self.failure if self.failure is not None and self.failure.for_good else None

    @property
    def running(self) -> tuple[PlannedStep, ...]:
        """Return the steps that run now or are tried again by themselves."""
        refused = self.refused.step.step_id if self.refused else None
        return tuple(one for one in self.steps if one.ready and one.step.step_id != refused)

    @property
    def waits(self) -> tuple[Wait, ...]:
        """Return what the steps wait for, nothing twice."""
        told = (one for one in self.steps if not self._is_told_by_its_plan(one))
        return tuple(dict.fromkeys(wait for one in told for wait in one.waits))

    def waits_for(self, reason: Reason) -> bool:
        """Whether a step waits for this reason."""
        return any(wait.reason == reason for wait in self.waits)

    def _is_told_by_its_plan(self, planned: PlannedStep) -> bool:
        """Whether a port waits beside the plan that it belongs to, which says itself what holds both."""
        if not isinstance(planned.step, SetGatewayPort) or planned.step.back:
            return False
        return any(one.waits for one in self.steps if isinstance(one.step, SetVoIPSecurity))

    def explained(self) -> Iterator[tuple[PlannedStep, str, str]]:
        """Yield each step that waits, the first reason, and that reason in words."""
        for planned in self.steps:
            if not planned.waits or self._is_told_by_its_plan(planned):
                continue
            first = planned.waits[0]
            message = in_words(planned)
            if isinstance(planned.step, SetVoIPSecurity) and first.reason in cut_over.REASONS:
                message = cut_over.sentence(planned.step, planned.waits, self.view)
            yield planned, first.reason, message


def in_words(planned: PlannedStep) -> str:
    """Return what a step waits for first; where its resource stands for several things, also which waits."""
    message = planned.waits[0].message
    if isinstance(planned.step, StopFrontEndServices):
        return f'restart of the front ends of pool "{planned.step.pool}": {message}'
    return message
