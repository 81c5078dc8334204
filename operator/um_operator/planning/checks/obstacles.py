"""What keeps a resource, or a part of it, from being acted on at all."""

from __future__ import annotations

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredGateway, Obstacle
from um_operator.observed.exchange import GatewayFact
from um_operator.observed.fact import Unknown
from um_operator.planning.checks.case import EXISTENCE, NOUNS, Case, D, L
from um_operator.planning.checks.verdict import NOTHING, Verdict
from um_operator.planning.plan import Finding, Weight


def unread(owner: ObjectKey, fact: Unknown) -> Verdict:
    """Decide nothing about a resource of which something was not read (R1)."""
    return Verdict((Finding(owner, "Unread", fact.reason, fact.message),))


def claimed(case: Case[D, L]) -> Verdict:
    """Object where the resources themselves say no: another one has what this one claims."""
    return Verdict(tuple(_finding(case.item.key, obstacle) for obstacle in case.item.obstacles))


def removed_again(case: Case[D, L]) -> Verdict:
    """Object to making an object once more that somebody removes each time (R27)."""
    if case.live is not None or not case.fought(EXISTENCE):
        return NOTHING
    return Verdict((case.missing(), case.correction_stopped(EXISTENCE)))


def renamed(case: Case[D, L]) -> Verdict:
    """Object to making an object that is there under another name: the calls are that one's."""
    if case.live is not None or case.entry.guid is None:
        return NOTHING
    other = case.view.names_by_guid.get(case.entry.guid)
    if other is None:
        return NOTHING
    message = f'{NOUNS[case.item.key.kind]} "{case.item.name}" was renamed in Exchange: it is "{other}" now'
    return Verdict((case.finding("Blocked", Reason.RENAMED, message, EXISTENCE),))


def unresolved(case: Case[DesiredGateway, GatewayFact]) -> Verdict:
    """Name the references that lead nowhere; everything else of the gateway goes on."""
    return Verdict(tuple(_finding(case.item.key, obstacle) for obstacle in case.item.unresolved))


def _finding(owner: ObjectKey, obstacle: Obstacle) -> Finding:
    weight: Weight = "Blocked" if obstacle.stalled else "Pending"
    return Finding(owner, weight, obstacle.reason, obstacle.message)
