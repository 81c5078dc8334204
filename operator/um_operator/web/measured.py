"""An organisation and its passes, measured: what each found is shown and counted, and when it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.one_pass import Memory, Passes, Report
from um_operator.observability.recorder import OrganizationMetrics
from um_operator.planning.scope import Scope
from um_operator.planning.steps import RestartService
from um_operator.web import samples
from um_operator.web.health import PassFact


class KeptOrganization:
    """An organisation for as long as this process looks after it, over all its connections.

    So a pass that breaks off each time, or a connection that never comes about, does not begin anew to be
    waited for: it is known since when nothing came of it.

    Args:
        metrics: where the organisation is shown and counted.
        spec: as declared when it began.
        now: seconds since 1970 by the operator's clock, which instants in statuses are by, too.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        metrics: OrganizationMetrics,
        spec: ExchangeOrganizationSpec,
        *,
        now: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.metrics = metrics
        self._now = now
        self._clock = clock
        self._ended_at = clock()
        self._shown = samples.begun(spec, metrics.key, since=now())
        metrics.show(self._shown)

    def measured(self, passes: Passes, sessions: Callable[[], int]) -> Passes:
        """Return the passes over one connection, for a loop that does not notice that they are measured.

        Args:
            passes: what is measured.
            sessions: how many remote PowerShell sessions the connection has open.
        """
        return _MeasuredPasses(self, passes, sessions, self._clock)

    async def ended(
        self, desired: DesiredOrganization, report: Report, *, scope: str, took: float, sessions: int
    ) -> None:
        """Show and count a pass that came to its end after ``took`` seconds."""
        self._ended_at = self._clock()
        self._shown = await asyncio.to_thread(
            samples.after_pass, self._shown, desired, report, ended=self._now(), sessions=sessions
        )
        self.metrics.show(self._shown)
        self.metrics.pass_ended(scope, "changed" if report.ran else "unchanged", took)
        for step, outcome in report.ran:
            self.metrics.step_ended(type(step).__name__, outcome.kind)
            if isinstance(step, RestartService) and step.phase == "Start" and outcome.kind == "Done":
                self.metrics.service_started(step.service)

    def fact(self) -> PassFact:
        """Return how long ago a pass came to its end, else how long the organisation is kept."""
        return PassFact(
            organization="/".join(self.metrics.key),
            interval=timedelta(seconds=self._shown.interval),
            idle=timedelta(seconds=self._clock() - self._ended_at),
        )


@dataclass(frozen=True, slots=True)
class _MeasuredPasses:
    """The passes over one connection."""

    kept: KeptOrganization
    passes: Passes
    sessions: Callable[[], int]
    clock: Callable[[], float]

    async def recall(self) -> Memory:
        """Return what was recorded, for the first pass after a start."""
        return await self.passes.recall()

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        """Do one pass, then show and count it."""
        word, began = "everything" if scope.everything else "marked", self.clock()
        try:
            report = await self.passes.run(desired, scope, memory)
        except BaseException:
            self.kept.metrics.pass_ended(word, "failed", self.clock() - began)
            raise
        took = self.clock() - began
        await self.kept.ended(desired, report, scope=word, took=took, sessions=self.sessions())
        return report
