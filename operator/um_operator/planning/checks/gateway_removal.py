"""A gateway whose resource is being deleted: emptied, parted from its plans, removed (R3)."""

from __future__ import annotations

from um_operator.planning.checks.hunt_group import removal
from um_operator.planning.checks.leaving import released, spared
from um_operator.planning.checks.links import GatewayCase, live_groups, may_carry_calls
from um_operator.planning.checks.verdict import Verdict, ask
from um_operator.planning.steps import RemoveGateway, SetGatewayState


def examine(case: GatewayCase) -> Verdict:
    """Return what is left to do before the resource may go."""
    item = case.item
    if case.live is None:
        return released(item)
    if item.obstacles:
        return released(item, item.obstacles[0].message)
    if is_removed(case):
        return _removal(case)
    if case.entry.draining is not None and case.live.state != case.entry.draining.state_before:
        return _given_up(case)
    if item.care.hold_at(case.view.now):
        return Verdict()
    return released(item, spared(case.view, item))


def is_removed(case: GatewayCase) -> bool:
    """Whether the gateway is to go from Exchange, and nobody has a hand on the brake."""
    held = case.item.care.hold_at(case.view.now) is not None
    return case.item.deletion_policy == "Delete" and not held and not spared(case.view, case.item)


def _removal(case: GatewayCase) -> Verdict:
    """Ask for everything to the end; the order holds each step until the ones before took effect."""
    assert case.live is not None
    item, groups = case.item, live_groups(case.view, case.item.name)
    verdict = Verdict()
    carries = may_carry_calls(case)
    if carries and case.live.state == "Enabled":
        verdict += ask(
            SetGatewayState(
                owner=item.key,
                gateway=item.name,
                state="NoNewCalls",
                before=case.live.state,
                drains=True,
                interrupts=True,
            )
        )
    verdict += ask(*(removal(case, group) for group in groups))
    return verdict + ask(
        RemoveGateway(owner=item.key, gateway=item.name, guid=case.live.guid, interrupts=carries)
    )


def _given_up(case: GatewayCase) -> Verdict:
    """Ask for the state that the gateway had before it was emptied (R13)."""
    assert case.live is not None
    assert case.entry.draining is not None
    return ask(
        SetGatewayState(
            owner=case.item.key,
            gateway=case.item.name,
            state=case.entry.draining.state_before,
            before=case.live.state,
        )
    )
