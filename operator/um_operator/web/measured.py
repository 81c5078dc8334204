"""The passes of an organisation, measured: each is shown and counted, and readiness hears when it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.one_pass import Memory, Passes, Report
from um_operator.observability.board import OrganizationSample
from um_operator.observability.recorder import OrganizationMetrics
from um_operator.planning.scope import Scope
from um_operator.web import samples
from um_operator.web.health import PassFact


class MeasuredPasses:
    """Passes for the loop, which does not notice that they are measured.

    Args:
        passes: what is measured.
        metrics: where the organisation is shown and counted.
        sessions: how many remote PowerShell sessions are open.
        now: seconds since 1970 by the clock of the machine, which is Prometheus' too.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        passes: Passes,
        metrics: OrganizationMetrics,
        *,
        sessions: Callable[[], int],
        now: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._passes = passes
        self._metrics = metrics
        self._sessions = sessions
        self._now = now
        self._clock = clock
        self._since = now()
        self._busy_at = clock()
        self._shown: OrganizationSample | None = None

    async def recall(self) -> Memory:
        """Return what was recorded, for the first pass after a start."""
        return await self._passes.recall()

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        """Do one pass, then show and count it."""
        shown = self._shown or samples.begun(desired, namespace=self._metrics.key[0], since=self._since)
        self._show(shown)
        word, began = "everything" if scope.everything else "marked", self._clock()
        try:
            report = await self._passes.run(desired, scope, memory)
        except BaseException:
            self._metrics.pass_ended(word, "failed", self._clock() - began)
            raise
        self._busy_at = self._clock()
        self._metrics.pass_ended(word, "changed" if report.ran else "unchanged", self._busy_at - began)
        for step, outcome in report.ran:
            self._metrics.step_ended(type(step).__name__, outcome.kind)
        self._show(samples.after_pass(shown, desired, report, ended=self._now(), sessions=self._sessions()))
        return report

    def fact(self) -> PassFact | None:
        """Return how long ago a pass ended; ``None`` before the first one has begun."""
        if self._shown is None:
            return None
        return PassFact(
            organization="/".join(self._metrics.key),
            interval=timedelta(seconds=self._shown.interval),
            idle=timedelta(seconds=self._clock() - self._busy_at),
        )

    def _show(self, sample: OrganizationSample) -> None:
        self._shown = sample
        self._metrics.show(sample)
