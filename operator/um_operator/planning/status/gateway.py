"""The status of a gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.status import (
    MAX_HUNT_GROUPS,
    Draining,
    GatewayTrustStatus,
    HuntGroup,
    UMIPGatewayStatus,
)
from um_operator.desired.organization import DesiredGateway
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.exchange import GatewayFact
from um_operator.observed.fact import Known
from um_operator.observed.ledger import ObjectEntry
from um_operator.planning.checks.hunt_group import identity_of
from um_operator.planning.checks.links import live_groups
from um_operator.planning.rollout.peers import Peer, as_peer, shown_revision, trust_of
from um_operator.planning.rollout.trust import TrustState, anchor_of
from um_operator.planning.status.common import common_fields, given_up
from um_operator.planning.status.gateway_probe import answers_over_mutual_tls, probe_of
from um_operator.planning.status.instants import instant
from um_operator.planning.status.situation import Situation
from um_operator.planning.view import View

ShownBy: TypeAlias = Literal["Wire", "Delivery", "Attested"]

NAMES_MAX = 1024
BY_WEIGHT: Final[tuple[tuple[TrustState, ShownBy | None], ...]] = (
    ("Trusted", "Wire"), ("Trusted", "Delivery"), ("Trusted", "Attested"),
    ("Unknown", None), ("Untrusted", None),
)  # fmt: skip
"""What is said of a gateway's trust, the best first."""


def as_declared(view: View, item: DesiredGateway) -> str:
    """Return what is true of a gateway that differs in nothing."""
    live = _live(view, item)
    where = f"{live.address}:{live.port}" if live else item.name
    answers = " and answers OPTIONS over mutual TLS" if answers_over_mutual_tls(view, item) else ""
    return f'"{where}" is as declared{answers}'


def gateway_status(
    situation: Situation,
    item: DesiredGateway,
    conditions: tuple[Condition, ...],
    before: UMIPGatewayStatus | None,
) -> UMIPGatewayStatus:
    """Return a gateway's status."""
    live = _live(situation.view, item)
    groups = tuple(_hunt_groups(situation.view, item))
    return UMIPGatewayStatus(
        **common_fields(situation, before),
        conditions=conditions,
        address=live.address if live else None,
        port=live.port if live else None,
        state=live.state if live else None,
        dial_plans=", ".join(sorted({group.dial_plan for group in groups}))[:NAMES_MAX] or None,
        hunt_groups=groups[:MAX_HUNT_GROUPS],
        **remembered(situation.view.ledger.entry(item.key)),
        probe=probe_of(situation.view, item, before.probe if before else None),
        trust=_trust(situation.view, item),
    )


def remembered(entry: ObjectEntry) -> Mapping[str, Any]:
    """Return what a gateway's status holds of its emptying, and of what did harm on its device."""
    draining, harm = entry.draining, entry.not_delivered
    return {
        "draining": draining and Draining(since=instant(draining.since), state_before=draining.state_before),
        "not_delivered": harm and given_up(harm),
    }


def _trust(view: View, item: DesiredGateway) -> GatewayTrustStatus | None:
    """Return whether a gateway that speaks TLS trusts the newest certificate; of several the worst counts."""
    peer = as_peer(item, view)
    found = [
        (state, anchor)
        for case in view.rollout.certificates.values()
        if peer is not None and (revision := shown_revision(case.revisions)) is not None
        for state, anchor in [_of_chain(peer, revision, case.item.key, view)]
    ]
    if not found:
        return None
    worst = max(found, key=lambda one: BY_WEIGHT.index(one[0]))[0]
    trusted = sorted({anchor for (state, _), anchor in found if state == "Trusted"})
    return GatewayTrustStatus(state=worst[0], shown_by=worst[1], ca_sha256=tuple(trusted))


def _of_chain(
    peer: Peer, revision: RevisionFact, owner: ObjectKey, view: View
) -> tuple[tuple[TrustState, ShownBy | None], str]:
    """Return whether and how a peer is known to trust a revision's chain, and by which CA."""
    judgement, anchor = trust_of(peer, revision, owner, view), anchor_of(revision)
    by: ShownBy | None = judgement.by if judgement.state == "Trusted" else None
    state = judgement.state
    if state == "Unknown" and peer.answered_for(revision):
        state, by = "Trusted", "Attested"
    return (state, by), anchor.sha256 if anchor else ""


def _live(view: View, item: DesiredGateway) -> GatewayFact | None:
    fact = view.gateway(item.name)
    return fact.value if isinstance(fact, Known) else None


def _hunt_groups(view: View, item: DesiredGateway) -> Iterator[HuntGroup]:
    listed = {identity_of(group) for group in item.hunt_groups}
    for live in sorted(live_groups(view, item.name), key=lambda group: (group.name, group.dial_plan)):
        yield HuntGroup(
            name=live.name,
            dial_plan=live.dial_plan,
            pilot_identifier=live.pilot_identifier,
            origin="Declared" if identity_of(live) in listed else "Unlisted",
        )
