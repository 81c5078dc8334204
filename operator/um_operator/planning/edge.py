"""An edge of the order of changes: a fact that must be read as true before a step of a type runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from um_operator.planning.plan import Wait
from um_operator.planning.steps import BaseStep
from um_operator.planning.view import View

S = TypeVar("S", bound=BaseStep)

Predicate: TypeAlias = Callable[[S, View], Iterator[Wait]]
"""Yields what is missing before the fact holds for a step; nothing if it holds."""


@dataclass(frozen=True, slots=True)
class Edge(Generic[S]):
    """A fact that must hold before steps of a type run.

    Attributes:
        name: the fact in words.
        before: the fact.
        after: the step type.
        why: what would go wrong otherwise.
        source: where that is known from.
    """

    name: str
    before: Predicate[S]
    after: type[S]
    why: str
    source: str
