"""The metrics of a process: what was shown and counted, and what a scrape gets of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from um_operator.observability import metrics
from um_operator.observability.board import (
    Board,
    BuildInfo,
    LeaseSample,
    ObjectSample,
    OrganizationKey,
    OrganizationSample,
)
from um_operator.observability.certificate_metrics import RESTARTS
from um_operator.observability.metric import Reading, Tally
from um_operator.observability.tallies import Tallies

Family: TypeAlias = CounterMetricFamily | GaugeMetricFamily


class Metrics:
    """The metrics of this process.

    Samples are shown from the operator's event loop; events may be counted from any thread.
    """

    def __init__(self, build: BuildInfo) -> None:
        # A second series beside each counter, which no query here needs.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._registry.register(_BoardCollector(self))
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._kept: dict[OrganizationKey, OrganizationMetrics] = {}
        self.tallies: Final = Tallies(self._registry)
        self.board = Board(build)

    def organization(self, namespace: str, name: str) -> OrganizationMetrics:
        """Return where one organisation is shown and counted, until it is closed.

        Of two for the same organisation the later one is heard.
        """
        kept = OrganizationMetrics(self, (namespace, name))
        self._kept[kept.key] = kept
        return kept

    def show_lease(self, lease: LeaseSample) -> None:
        """Show the Lease as it was seen last."""
        self.board = replace(self.board, lease=lease)

    def show_stray(self, objects: Iterable[ObjectSample]) -> None:
        """Show the resources that name an organisation which nobody declared; replaces those shown before."""
        self.board = replace(self.board, stray=tuple(objects))

    def api_request(self, verb: str, resource: str, code: int | None, seconds: float) -> None:
        """Count a request to the Kubernetes API; ``code`` is ``None`` where no answer came."""
        self.tallies.count(metrics.API_REQUESTS, verb, resource, "none" if code is None else str(code))
        self.tallies.observe(metrics.API_REQUEST_DURATION, seconds, verb)

    def watch_restarted(self, kind: str) -> None:
        """Count that the watch of a kind began anew."""
        self.tallies.count(metrics.WATCH_RESTARTS, kind)

    def loop_lagged(self, loop: str, seconds: float) -> None:
        """Count how much later than due the event loop ``operator`` or ``watch`` woke a task."""
        self.tallies.observe(metrics.LOOP_LAG, seconds, loop)

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Return what a scrape gets, and its content type by the Accept header; blocks, so in a thread."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def keeps(self, kept: OrganizationMetrics) -> bool:
        """Whether what ``kept`` says is heard."""
        return self._kept.get(kept.key) is kept

    def forget(self, kept: OrganizationMetrics) -> None:
        """Remove every series of an organisation."""
        if self.keeps(kept):
            del self._kept[kept.key]
            others = {key: shown for key, shown in self.board.organizations.items() if key != kept.key}
            self.board = replace(self.board, organizations=others)
            self.tallies.forget(kept.key)


class OrganizationMetrics:
    """Where one organisation is shown and counted; when it is closed, its series go."""

    def __init__(self, owner: Metrics, key: OrganizationKey) -> None:
        self._owner = owner
        self.key: Final = key

    def show(self, sample: OrganizationSample) -> None:
        """Show the organisation and its resources; replaces what was shown before.

        Raises:
            ValueError: the sample is of another organisation.
        """
        if sample.key != self.key:
            raise ValueError(
                f'the metrics of "{"/".join(self.key)}" got a sample of "{"/".join(sample.key)}"'
            )
        if self._owner.keeps(self):
            board = self._owner.board
            self._owner.board = replace(board, organizations={**board.organizations, self.key: sample})

    def pass_ended(self, scope: str, result: str, seconds: float) -> None:
        """Count a pass.

        Args:
            scope: ``everything`` or ``marked``.
            result: ``changed``, ``unchanged`` or ``failed``.
            seconds: how long it took.
        """
        self._count(metrics.PASSES, scope, result)
        self._observe(metrics.PASS_DURATION, seconds, scope)

    def step_ended(self, step: str, outcome: str) -> None:
        """Count a step by its type and outcome."""
        self._count(metrics.STEPS, step, outcome)

    def service_started(self, service: str) -> None:
        """Count that the operator told a service of a server to start."""
        self._count(RESTARTS, service)

    def remote_call(self, _url: str, cmdlet: str, seconds: float, outcome: str) -> None:
        """Count an attempt to run a cmdlet; the pool of sessions takes this as its observer."""
        self._count(metrics.REMOTE_CALLS, cmdlet, outcome)
        self._observe(metrics.REMOTE_CALL_DURATION, seconds, cmdlet.partition("-")[0])

    def close(self) -> None:
        """Remove every series of the organisation; what comes later is not heard."""
        self._owner.forget(self)

    def _count(self, tally: Tally, *values: str) -> None:
        if self._owner.keeps(self):
            self._owner.tallies.count(tally, *self.key, *values)

    def _observe(self, tally: Tally, seconds: float, *values: str) -> None:
        if self._owner.keeps(self):
            self._owner.tallies.observe(tally, seconds, *self.key, *values)


class _BoardCollector(Collector):
    """Makes a family of every reading from the board as it is at that moment."""

    def __init__(self, owner: Metrics) -> None:
        self._owner = owner

    def collect(self) -> Iterator[Family]:
        board = self._owner.board
        for reading in metrics.READINGS:
            yield _family(reading, board)


def _family(reading: Reading, board: Board) -> Family:
    kind = CounterMetricFamily if reading.type == "counter" else GaugeMetricFamily
    family = kind(reading.name, reading.help, labels=reading.label_names)
    for values, value in reading.read(board):
        family.add_metric(reading.bounded(values), value)
    return family
