"""What a pass did besides planning, as far as statuses tell of it."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.api.object_status import CommonStatus
from um_operator.api.status import AppliedPlan


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass did.

    Attributes:
        read_everything: whether it began by reading everything, and nothing of the organisation's lists
            was refused: only then is a requested reconcile handled.
        applied: the plan that was carried out last.
        plan_shown_by: what shows a person the plan that is to be approved.
    """

    read_everything: bool = True
    applied: AppliedPlan | None = None
    plan_shown_by: str = "ConfigMap of that name"

    def handled(self, requested: str | None, before: CommonStatus | None) -> str | None:
        """Return the reconcile-requested-at value that was handled last."""
        last = before.last_handled_reconcile_at if before else None
        return requested if requested is not None and self.read_everything else last
