"""What resources refer to: dial plans by their resource, Secrets by name, people's words by annotation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from um_operator.api.annotations import RECONCILE_REQUESTED_AT, RETRY_REQUESTED_AT
from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.reasons import Reason
from um_operator.api.references import SecretRef
from um_operator.desired.organization import DesiredDialPlan, Obstacle
from um_operator.desired.resources import Owned, Resources


@dataclass(frozen=True, slots=True)
class Plans:
    """Finds the dial plan that a reference of one organisation's resource means."""

    plans: Mapping[ObjectKey, DesiredDialPlan]
    resources: Resources
    organization: str

    def find(self, name: str) -> DesiredDialPlan | Obstacle:
        """Return the plan of that metadata.name, or why there is none."""
        key = ObjectKey("UMDialPlan", name)
        plan = self.plans.get(key)
        if plan is None:
            return Obstacle(Reason.DEPENDENCY_NOT_FOUND, f'"{key}" {self._why_not(key)}', stalled=False)
        if plan.obstacles:
            message = f'"{key}" cannot be linked: {plan.obstacles[0].message}'
            return Obstacle(Reason.DEPENDENCY_NOT_FOUND, message, stalled=False)
        return plan

    def _why_not(self, key: ObjectKey) -> str:
        if self.resources.is_invalid(key):
            return "cannot be used: see its problems"
        if any(plan.key == key for plan in self.resources.dial_plans):
            return f'belongs to another organization than "{self.organization}"'
        return "does not exist"


class Requests(TypedDict):
    """What people ask for by annotations."""

    requested_reconcile: str | None
    requested_retry: str | None


def requests(item: ExchangeOrganization | Owned) -> Requests:
    """Return what people ask of a resource."""
    annotations = item.metadata.annotations or {}
    return {
        "requested_reconcile": annotations.get(RECONCILE_REQUESTED_AT),
        "requested_retry": annotations.get(RETRY_REQUESTED_AT),
    }


def missing_secret(resources: Resources, wanted: SecretRef | None) -> Iterator[Obstacle]:
    """Yield that a Secret does not exist, where that can be known."""
    if resources.secrets is None or wanted is None or wanted.name in resources.secrets:
        return
    yield Obstacle(Reason.DEPENDENCY_NOT_FOUND, f'Secret "{wanted.name}" does not exist', stalled=False)
