"""The counters and histograms of what happens, one for each declared tally. Callable from any thread."""

from __future__ import annotations

from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram

from um_operator.observability import metrics
from um_operator.observability.board import OrganizationKey
from um_operator.observability.metric import Tally

Instrument: TypeAlias = Counter | Histogram


class Tallies:
    """Counts events; label values that leave their form are counted as ``other``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._instruments: Final = {tally: _instrument(tally, registry) for tally in metrics.TALLIES}

    def count(self, tally: Tally, *values: str) -> None:
        """Add one to a counter."""
        counter = self._instruments[tally].labels(*tally.bounded(values))
        assert isinstance(counter, Counter)
        counter.inc()

    def observe(self, tally: Tally, seconds: float, *values: str) -> None:
        """Add a duration to a histogram."""
        histogram = self._instruments[tally].labels(*tally.bounded(values))
        assert isinstance(histogram, Histogram)
        histogram.observe(seconds)

    def forget(self, key: OrganizationKey) -> None:
        """Remove every series of an organisation."""
        namespace, name = key
        for tally, instrument in self._instruments.items():
            if "organization" in tally.label_names:
                instrument.remove_by_labels({"namespace": namespace, "organization": name})


def _instrument(tally: Tally, registry: CollectorRegistry) -> Instrument:
    if tally.type == "histogram":
        return Histogram(tally.name, tally.help, tally.label_names, registry=registry, buckets=tally.buckets)
    return Counter(tally.name, tally.help, tally.label_names, registry=registry)
