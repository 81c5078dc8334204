"""A LyncIntegration: what keeps anything from being said of it."""

from __future__ import annotations

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredLyncIntegration, Obstacle
from um_operator.observed.fact import Unknown
from um_operator.planning.checks.obstacles import unread
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
    return unresolved + _unread(view, item)


def _finding(item: DesiredLyncIntegration, obstacle: Obstacle) -> Finding:
    weight: Weight = "Blocked" if obstacle.stalled else "Pending"
    return Finding(item.key, weight, obstacle.reason, obstacle.message)


def _unread(view: View, item: DesiredLyncIntegration) -> Verdict:
    """Decide nothing from what was not read of Lync (R1)."""
    facts = view.snapshot.lync
    if facts is None:
        return Verdict((Finding(item.key, "Unread", Reason.NOT_READ, "Lync was not read yet"),))
    lists = (facts.pools, facts.media, facts.contacts, facts.auto_attendants, facts.permissions)
    unknown = next((fact for fact in lists if isinstance(fact, Unknown)), None)
    return unread(item.key, unknown) if unknown else Verdict()
