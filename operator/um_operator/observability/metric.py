"""What a declaration of a metric is: one row, from which the collector and the reference page are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from um_operator.observability.board import Board

MetricType: TypeAlias = Literal["counter", "gauge", "histogram"]
Sample: TypeAlias = tuple[tuple[str, ...], float]
"""Label values in the order of the declaration, and the value."""

OTHER: Final = "other"
"""Stands for a label value that is not of the declared form: what is unforeseen adds one series, not many."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label: what it says, and the form of its values, which bounds how many there can be.

    ``form`` is a regular expression; words parted by ``|`` are the whole vocabulary.
    """

    name: str
    meaning: str
    form: str

    def value(self, text: str) -> str:
        """Return ``text`` if it is of the form, else ``other``: no message or address gets into a label."""
        return text if _fits(self.form, text) else OTHER

    @property
    def words(self) -> tuple[str, ...]:
        """Return the vocabulary; empty where the form leaves it open."""
        return tuple(self.form.split("|")) if re.fullmatch(r"[\w|]+", self.form) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric.

    Attributes:
        name: with its unit and ``_total`` where it is a counter, as it is queried.
        help: one sentence.
        buckets: upper bounds, of a histogram.
    """

    name: str
    type: MetricType
    labels: tuple[Label, ...] = ()
    help: str
    buckets: tuple[float, ...] = ()

    @property
    def label_names(self) -> tuple[str, ...]:
        """Return the names of the labels, in order."""
        return tuple(label.name for label in self.labels)

    @property
    def unit(self) -> str:
        """Return the unit that the name ends with; empty for a plain number."""
        stem = self.name.removesuffix("_total")
        return "seconds" if stem.endswith("_seconds") else ""

    def bounded(self, values: tuple[str, ...]) -> tuple[str, ...]:
        """Return label values of which none leaves its form."""
        return tuple(label.value(text) for label, text in zip(self.labels, values, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Metric):
    """A metric that is read from the board at scrape time: what is gone from there leaves no series."""

    read: Callable[[Board], Iterator[Sample]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally(Metric):
    """A metric that counts what happens."""


@lru_cache(maxsize=4096)
def _fits(form: str, text: str) -> bool:
    return re.fullmatch(form, text) is not None
