"""A dial plan whose resource is being deleted: held while anything refers to it, then removed (R3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredDialPlan
from um_operator.observed.exchange import CallRouterFact, DialPlanFact, MailboxPolicyFact, UMServiceFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.values import name_key
from um_operator.planning.checks import gateway_removal
from um_operator.planning.checks.case import Case
from um_operator.planning.checks.hunt_group import unlisted_groups
from um_operator.planning.checks.leaving import released, spared
from um_operator.planning.checks.links import GatewayCase
from um_operator.planning.checks.obstacles import unread
from um_operator.planning.checks.verdict import Verdict, ask
from um_operator.planning.steps import RemoveDialPlan, RemoveMailboxPolicy
from um_operator.planning.view import View


def examine(case: Case[DesiredDialPlan, DialPlanFact]) -> Verdict:
    """Return what is left to do before the resource may go."""
    item = case.item
    if case.live is None or item.deletion_policy == "Orphan":
        return released(item)
    if item.obstacles:
        return released(item, item.obstacles[0].message)
    if why := spared(case.view, item):
        return released(item, why)
    missing = next(_unread(case.view), None)
    if missing is not None:
        return unread(item.key, missing)
    holders = sorted(_holders(case))
    if holders:
        named = ", ".join(f'"{holder}"' for holder in holders)
        message = f'dial plan "{item.name}" cannot be removed while it is in use by {named}'
        return Verdict((case.finding("Blocked", Reason.IN_USE, message),))
    return _removal(case)


def default_policy(plan: str) -> str:
    """Return the name of the mailbox policy that New-UMDialPlan makes with a plan (field notes 3.1)."""
    return f"{plan} Default Policy"


def policies_of(view: View, plan: str) -> tuple[MailboxPolicyFact, ...]:
    """Return the mailbox policies of a plan, none if unread."""
    policies = view.snapshot.mailbox_policies
    if isinstance(policies, Unknown):
        return ()
    return tuple(policy for policy in policies.value if name_key(policy.dial_plan) == name_key(plan))


def _removal(case: Case[DesiredDialPlan, DialPlanFact]) -> Verdict:
    assert case.live is not None
    item = case.item
    verdict = ask(
        *(
            RemoveMailboxPolicy(owner=item.key, dial_plan=item.name, policy=policy.name)
            for policy in policies_of(case.view, item.name)
        )
    )
    return verdict + ask(
        RemoveDialPlan(owner=item.key, dial_plan=item.name, guid=case.live.guid, interrupts=True)
    )


def _unread(view: View) -> Iterator[Unknown]:
    """Yield what could hide a reference to the plan."""
    snapshot = view.snapshot
    lists = (snapshot.hunt_groups, snapshot.gateways, snapshot.mailbox_policies)
    servers = (*snapshot.um_services.values(), *snapshot.call_routers.values())
    yield from (fact for fact in lists if isinstance(fact, Unknown))
    yield from (fact for fact in servers if isinstance(fact, Unknown))


def _holders(case: Case[DesiredDialPlan, DialPlanFact]) -> Iterator[str]:
    """Yield what refers to the plan and does not go by steps of ours."""
    plan, view = case.item.name, case.view
    for group in view.groups_of_plan.get(name_key(plan), ()):
        if not _goes(view, group.gateway, group.name):
            yield f"hunt group {group.gateway}\\{group.name}"
    for policy in policies_of(view, plan):
        ours = case.entry.origin == "Created" and name_key(policy.name) == name_key(default_policy(plan))
        if not ours:
            yield f"mailbox policy {policy.name}"
    yield from _servers(view.snapshot.um_services, plan, "UM service")
    yield from _servers(view.snapshot.call_routers, plan, "UM call router")


def _goes(view: View, gateway: str, group: str) -> bool:
    """Whether a hunt group is removed by what its gateway's manifest says."""
    item, live = view.gateways.get(name_key(gateway)), view.gateway(gateway)
    if item is None or not isinstance(live, Known):
        return False
    case: GatewayCase = Case(item, live.value, view)
    if item.deleting:
        return gateway_removal.is_removed(case)
    return item.remove_unlisted and any(
        name_key(one.name) == name_key(group) for one in unlisted_groups(case)
    )


def _servers(
    facts: Mapping[str, Fact[UMServiceFact]] | Mapping[str, Fact[CallRouterFact]], plan: str, service: str
) -> Iterator[str]:
    for fact in facts.values():
        if isinstance(fact, Known) and name_key(plan) in {name_key(name) for name in fact.value.dial_plans}:
            yield f"{service} of {fact.value.server}"
