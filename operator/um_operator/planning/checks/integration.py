"""A LyncIntegration: what keeps anything from being said of it, else what its checks say."""

from __future__ import annotations

from um_operator.desired.organization import DesiredLyncIntegration, Obstacle
from um_operator.planning.checks import lync
from um_operator.planning.checks.verdict import Verdict
from um_operator.planning.plan import Finding, Weight
from um_operator.planning.view import View


def examine(view: View, item: DesiredLyncIntegration) -> Verdict:
    """Return what an integration's manifest asks for; deleting it changes nothing (R3)."""
    if item.deleting:
        return Verdict(released=True)
    if item.blocked is not None:
        return Verdict((_finding(item, item.blocked),))
    unresolved = Verdict(tuple(_finding(item, obstacle) for obstacle in item.unresolved))
    return unresolved + lync.examine(view, item)


def _finding(item: DesiredLyncIntegration, obstacle: Obstacle) -> Finding:
    weight: Weight = "Blocked" if obstacle.stalled else "Pending"
    return Finding(item.key, weight, obstacle.reason, obstacle.message)
