"""The status of a gateway."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.condition import Condition
from um_operator.api.status import MAX_HUNT_GROUPS, Draining, HuntGroup, UMIPGatewayStatus
from um_operator.desired.organization import DesiredGateway
from um_operator.observed.exchange import GatewayFact
from um_operator.observed.fact import Known
from um_operator.planning.checks.hunt_group import identity_of
from um_operator.planning.checks.links import live_groups
from um_operator.planning.status.common import common_fields
from um_operator.planning.status.instants import instant
from um_operator.planning.status.situation import Situation
from um_operator.planning.view import View

NAMES_MAX = 1024


def as_declared(view: View, item: DesiredGateway) -> str:
    """Return what is true of a gateway that differs in nothing."""
    live = _live(view, item)
    where = f"{live.address}:{live.port}" if live else item.name
    return f'"{where}" is as declared'


def gateway_status(
    situation: Situation,
    item: DesiredGateway,
    conditions: tuple[Condition, ...],
    before: UMIPGatewayStatus | None,
) -> UMIPGatewayStatus:
    """Return a gateway's status."""
    live = _live(situation.view, item)
    entry = situation.view.ledger.entry(item.key)
    groups = tuple(_hunt_groups(situation.view, item))
    return UMIPGatewayStatus(
        **common_fields(situation, before),
        conditions=conditions,
        address=live.address if live else None,
        port=live.port if live else None,
        state=live.state if live else None,
        dial_plans=", ".join(sorted({group.dial_plan for group in groups}))[:NAMES_MAX] or None,
        hunt_groups=groups[:MAX_HUNT_GROUPS],
        draining=Draining(since=instant(entry.draining.since), state_before=entry.draining.state_before)
        if entry.draining
        else None,
    )


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
