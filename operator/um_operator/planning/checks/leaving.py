"""A resource that is being deleted: when it may go at once, and why its object stays then (R3)."""

from __future__ import annotations

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredObject
from um_operator.observed.fact import Unknown
from um_operator.planning.checks.verdict import Verdict
from um_operator.planning.view import View


def released(item: DesiredObject, left_behind: str = "") -> Verdict:
    """Return that a resource may go; ``left_behind`` is told only where its object was to go as well."""
    return Verdict(released=True, left_behind=left_behind if item.deletion_policy == "Delete" else "")


def out_of_reach(view: View, item: DesiredObject) -> str:
    """Return why nothing can be done in Exchange at all; empty if it can, or may again by itself."""
    why = unreachable(view)
    draining = view.ledger.entry(item.key).draining
    if not why or draining is None:
        return why
    return f'{why}; it was closed to be emptied, and its state was "{draining.state_before}" before'


def spared(view: View, item: DesiredObject) -> str:
    """Return why an object that could be removed is not; empty if it is."""
    if view.desired.deleting:
        return f'"{view.desired.key}" is being deleted as well'
    if item.care.mode == "Observe":
        return 'mode is "Observe"'
    return "it is suspended" if item.care.suspended else ""


def unreachable(view: View) -> str:
    """Return why Exchange cannot be worked with until a person does something; empty if it can."""
    return next((obstacle.message for obstacle in view.desired.obstacles), "") or _unconnected(view)


def _unconnected(view: View) -> str:
    """Return what a connection lacks that only a person brings: its Secret, its CA."""
    organization = view.snapshot.organization
    if isinstance(organization, Unknown) and organization.reason == Reason.DEPENDENCY_NOT_FOUND:
        return organization.message
    return ""
