"""A resource beside what Exchange has of it: what its checks look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from um_operator.api.meta import KindName
from um_operator.desired.organization import DesiredDialPlan, DesiredGateway
from um_operator.observed.exchange import DialPlanFact, GatewayFact
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.values import PropertyValue, display
from um_operator.planning.checks import fights
from um_operator.planning.plan import DIFFERS, MISSING, Finding, Weight
from um_operator.planning.steps import AS_CREATED
from um_operator.planning.view import View

D = TypeVar("D", DesiredDialPlan, DesiredGateway)
L = TypeVar("L", DialPlanFact, GatewayFact)

NOUNS: Final[Mapping[KindName, str]] = {"UMDialPlan": "dial plan", "UMIPGateway": "gateway"}

EXISTENCE: Final = "name"
"""The path of an object that should be there and is not: what its manifest names."""


@dataclass(frozen=True, slots=True)
class Case(Generic[D, L]):
    """A resource and the object of its name in Exchange; ``live`` None: it is certainly absent."""

    item: D
    live: L | None
    view: View

    @property
    def entry(self) -> ObjectEntry:
        """Return what the ledger remembers."""
        return self.view.ledger.entry(self.item.key)

    @property
    def first_configuration(self) -> bool:
        """Whether the object is ours and was never in force: whatever it has, nobody chose."""
        return self.live is None or (self.entry.origin == "Created" and self.entry.applied_generation is None)

    @property
    def weight(self) -> Weight:
        """Return how a difference counts: drift once this generation was in force, and always in Observe."""
        if self.view.replicates_until(self.item.key) is not None:
            return "Pending"
        if self.item.care.mode == "Observe" or self.entry.applied_generation == self.item.generation:
            return "Drift"
        return "Pending"

    def managed(self, path: str) -> bool:
        """Whether a path is ours to correct: an ignored one is set at creation, then left alone."""
        ignored = path in self.item.ignore_drift or path.partition("[")[0] in self.item.ignore_drift
        return self.first_configuration or not ignored

    def fought(self, path: str) -> bool:
        """Whether a path was corrected so often that somebody else must want it otherwise (R27)."""
        return fights.fought(self.entry, self.item.requested_retry, path)

    def have(self, value: PropertyValue) -> PropertyValue:
        """Return what a step says stood there before: the value, or that it is as Exchange created it."""
        return AS_CREATED if self.first_configuration else value

    def missing(self) -> Finding:
        """Return that the object does not exist."""
        message, name = f'{NOUNS[self.item.key.kind]} "{self.item.name}" does not exist', self.item.name
        return Finding(self.item.key, self.weight, MISSING, message, EXISTENCE, name)

    def differs(self, path: str, want: PropertyValue, have: PropertyValue) -> tuple[Finding, ...]:
        """Return the difference as a finding, and that its correction has stopped where it has."""
        message = f'{path}: want "{display(want)}", have "{display(have)}"'
        difference = Finding(self.item.key, self.weight, DIFFERS, message, path, want, have)
        return (difference, self.correction_stopped(path)) if self.fought(path) else (difference,)

    def finding(self, weight: Weight, reason: str, message: str, path: str = "") -> Finding:
        """Return a finding about the resource."""
        return Finding(self.item.key, weight, reason, message, path)

    def correction_stopped(self, path: str) -> Finding:
        """Return that a path is no longer corrected (R27)."""
        return fights.stopped(self.item.key, path)
