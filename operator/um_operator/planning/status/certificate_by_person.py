"""What only a person does for a certificate, as its condition ManualActionRequired."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.observed.fact import Unknown
from um_operator.planning.feasibility import feasibility
from um_operator.planning.plan import Wait
from um_operator.planning.status.certificate_situation import case_of, servers_of, waits_of
from um_operator.planning.status.situation import Situation, Statement

OF_A_SECRET: Final = frozenset[str]({Reason.CERTIFICATE_NOT_FOUND, Reason.INVALID_ISSUER})
"""What is wrong with a Secret from which nothing can be taken."""


def manual_action(situation: Situation) -> Iterator[Statement]:
    """A person has to do something: the most pressing of it is told."""
    rules = (_held_by_a_person, _no_way_back, _without_successor, _infeasible)
    yield from islice((statement for rule in rules for statement in rule(situation)), 1)


def _held_by_a_person(situation: Situation) -> Iterator[Statement]:
    """Tell that a step waits for the end of a maintenance, or for somebody who vouches for a peer."""
    for _, wait in waits_of(situation):
        reason = by_person(situation, wait)
        if reason is not None:
            yield Statement("ManualActionRequired", "True", reason, wait.message)


def _no_way_back(situation: Situation) -> Iterator[Statement]:
    """Tell that a server stays drained, because it has no certificate that it could serve."""
    for server in servers_of(situation):
        if server.entry.hold is not None and not server.targets:
            message = f'"{server.fqdn}" can serve no certificate that it has, and stays drained'
            yield Statement("ManualActionRequired", "True", Reason.NO_WAY_BACK, message)


def _without_successor(situation: Situation) -> Iterator[Statement]:
    """Tell that the Secret from which the certificate came has none to follow it any more."""
    offered = situation.view.snapshot.offers.get(situation.item.key)
    case = situation.view.rollout.certificates.get(situation.item.key)
    is_issued = case is not None and any(one.leaf is not None for one in case.current)
    if isinstance(offered, Unknown) and offered.reason in OF_A_SECRET and is_issued:
        yield Statement("ManualActionRequired", "True", offered.reason, offered.message)


def _infeasible(situation: Situation) -> Iterator[Statement]:
    """Tell that the windows before the end of what is served have no room for a renewal."""
    ahead = feasibility(situation.view, situation.item.key)
    if ahead is not None and not ahead.feasible:
        yield Statement("ManualActionRequired", "True", Reason.INFEASIBLE, ahead.message)


def by_person(situation: Situation, wait: Wait) -> Reason | None:
    """Return for what a person has to come, ``None`` where time or somebody else's turn is all it needs."""
    if wait.reason == Reason.WAITING_FOR_TRUST:
        return Reason.PEER_UNTRUSTED if wait.detail == Reason.PEER_UNTRUSTED else Reason.PEER_TRUST_UNKNOWN
    if wait.detail == Reason.FOREIGN_MAINTENANCE:
        return Reason.FOREIGN_MAINTENANCE
    if wait.reason == Reason.ISSUANCE_PENDING and _to_be_signed(situation):
        return Reason.SIGNING_REQUIRED
    return Reason.ROLLOUT_STOPPED if wait.reason == Reason.ROLLOUT_STOPPED else None


def _to_be_signed(situation: Situation) -> bool:
    """Whether a request is shown that a person has to take to a CA."""
    case = case_of(situation)
    return case.item.spec.issuer.request is not None and any(one.state == "Pending" for one in case.current)
