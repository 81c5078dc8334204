"""Hunt groups of a declared gateway: a missing one is made, an unlisted one goes if the manifest says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.desired.hunt_groups import identity
from um_operator.desired.organization import DesiredHuntGroup
from um_operator.observed.exchange import HuntGroupFact
from um_operator.observed.values import name_key
from um_operator.planning.checks.links import GatewayCase, live_groups
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.steps import CreateHuntGroup, RemoveHuntGroup
from um_operator.planning.view import View

MOST_GATEWAYS: Final = 200
"""With more gateways in a dial plan the UM service does not start (field notes 4.1)."""


def hunt_groups(case: GatewayCase) -> Verdict:
    """Ask for the listed hunt groups, and for the end of the others if that is declared."""
    verdict = NOTHING
    for group in missing_groups(case.view, case.item.hunt_groups):
        verdict += _create(case, group)
    if case.item.remove_unlisted:
        for live in unlisted_groups(case):
            verdict += _remove(case, live)
    return verdict


def missing_groups(view: View, groups: tuple[DesiredHuntGroup, ...]) -> Iterator[DesiredHuntGroup]:
    """Yield the hunt groups that are not there, under whatever name."""
    for group in groups:
        there = {identity_of(live) for live in live_groups(view, group.gateway)}
        if identity_of(group) not in there:
            yield group


def unlisted_groups(case: GatewayCase) -> Iterator[HuntGroupFact]:
    """Yield the live hunt groups that the manifest does not list."""
    listed = {identity_of(group) for group in case.item.hunt_groups}
    for live in live_groups(case.view, case.item.name):
        if identity_of(live) not in listed:
            yield live


def identity_of(group: DesiredHuntGroup | HuntGroupFact) -> tuple[str, str, str]:
    """Return what tells hunt groups apart: gateway, plan and pilot, never the name."""
    return identity(group.gateway, group.dial_plan, group.pilot_identifier)


def removal(case: GatewayCase, live: HuntGroupFact) -> RemoveHuntGroup:
    """Return the step that removes a live hunt group."""
    return RemoveHuntGroup(
        owner=case.item.key,
        gateway=case.item.name,
        dial_plan=live.dial_plan,
        pilot_identifier=live.pilot_identifier,
        name=live.name,
        interrupts=True,
    )


def _create(case: GatewayCase, group: DesiredHuntGroup) -> Verdict:
    path = f"dialPlanRefs[name={group.dial_plan_key.name},pilotIdentifier={group.pilot_identifier}]"
    if not case.managed(path):
        return NOTHING
    findings = case.differs(path, group.name, None) if case.live is not None else ()
    obstacle = _too_many(case, group) or _going(case, group)
    if obstacle or case.fought(path):
        return Verdict(findings) + obstacle
    step = CreateHuntGroup(
        owner=case.item.key,
        gateway=case.item.name,
        dial_plan=group.dial_plan,
        pilot_identifier=group.pilot_identifier,
        name=group.name,
    )
    return Verdict(findings) + ask(step, paths={path})


def _remove(case: GatewayCase, live: HuntGroupFact) -> Verdict:
    path = f"dialPlanRefs[name={live.dial_plan},pilotIdentifier={live.pilot_identifier}]"
    if not case.managed(path):
        return NOTHING
    findings = case.differs(path, None, live.name)
    return (
        Verdict(findings) if case.fought(path) else Verdict(findings) + ask(removal(case, live), paths={path})
    )


def _too_many(case: GatewayCase, group: DesiredHuntGroup) -> Verdict:
    """Object to the link that would be one too many; those that are there stay."""
    plan = name_key(group.dial_plan)
    linked = {name_key(live.gateway) for live in case.view.groups_of_plan.get(plan, ())}
    waiting = [name for name in case.view.gateways_for_plan.get(plan, ()) if name not in linked]
    own = name_key(case.item.name)
    if own in linked or waiting.index(own) < MOST_GATEWAYS - len(linked):
        return NOTHING
    message = (
        f'dial plan "{group.dial_plan}" would have {len(linked) + len(waiting)} gateways; with more than '
        f'{MOST_GATEWAYS} the UM service does not start, so gateway "{case.item.name}" is not linked to it'
    )
    return Verdict((case.finding("Blocked", Reason.TOO_MANY_GATEWAYS, message),))


def _going(case: GatewayCase, group: DesiredHuntGroup) -> Verdict:
    """Object to a new link to a plan that is being deleted."""
    plan = case.view.plans.get(name_key(group.dial_plan))
    if plan is None or not plan.deleting:
        return NOTHING
    message = f'"{group.dial_plan_key}" is being deleted'
    return Verdict((case.finding("Pending", Reason.DEPENDENCY_NOT_FOUND, message),))
