"""What the rules about a certificate ask of its situation: its case, its servers, what waits for what."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.planning.plan import PlannedStep, Wait
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.status.situation import Situation


def case_of(situation: Situation) -> CertificateCase:
    """Return the certificate with its revisions."""
    return situation.view.rollout.certificates[situation.item.key]


def servers_of(situation: Situation) -> tuple[ServerCase, ...]:
    """Return the servers in scope that it is for."""
    return situation.view.rollout.of(situation.item.key)


def in_hand(situation: Situation) -> tuple[ServerCase, ...]:
    """Return the servers that we took out of service and that have somewhere to go."""
    return tuple(
        server for server in servers_of(situation) if server.entry.hold is not None and server.targets
    )


def waits_of(situation: Situation) -> Iterator[tuple[PlannedStep, Wait]]:
    """Yield what holds each step back first, but not that another planned step comes before it."""
    for planned in situation.steps:
        if planned.waits and not (planned.waits[0].needs and planned.requires):
            yield planned, planned.waits[0]
