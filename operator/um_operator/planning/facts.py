"""The facts that order changes, each a predicate over the snapshot: it yields what is missing.

An Unknown fact is missing too: nothing follows from what was not read (R1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeAlias, TypeVar

from um_operator.api.durations import canonical
from um_operator.api.reasons import Reason
from um_operator.api.sip import SIP_TLS_PORT
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.values import name_key
from um_operator.planning.checks.case import EXISTENCE, Case
from um_operator.planning.checks.dial_plan import settings
from um_operator.planning.checks.dial_plan_removal import policies_of
from um_operator.planning.checks.gateway import CONNECTION, writable
from um_operator.planning.checks.hunt_group import missing_groups
from um_operator.planning.checks.links import GatewayCase, live_groups
from um_operator.planning.checks.properties import compare
from um_operator.planning.checks.securing import DialPlanCase
from um_operator.planning.plan import POLL, Need, Wait
from um_operator.planning.steps import (
    CreateHuntGroup,
    RemoveGateway,
    RemoveHuntGroup,
    SetGatewayState,
    subjects,
)
from um_operator.planning.view import View

T = TypeVar("T")
Closing: TypeAlias = RemoveHuntGroup | SetGatewayState | RemoveGateway


class OfDialPlan(Protocol):
    """A step about a dial plan, by its name in Exchange."""

    @property
    def dial_plan(self) -> str:
        """Return the plan's name."""


class OfGateway(Protocol):
    """A step about a gateway, by its name in Exchange."""

    @property
    def gateway(self) -> str:
        """Return the gateway's name."""


def dial_plan_exists(step: OfDialPlan, view: View) -> Iterator[Wait]:
    """Whether the plan is there."""
    declared = view.plans.get(name_key(step.dial_plan))
    shown = str(declared.key) if declared else step.dial_plan
    need = Need(subjects.of_dial_plan(step.dial_plan), frozenset({EXISTENCE}))
    yield from _exists(
        view.dial_plan(step.dial_plan),
        f'dial plan "{step.dial_plan}"',
        Reason.WAITING_FOR_DIAL_PLAN,
        shown,
        need,
    )


def dial_plan_is_configured(step: OfDialPlan, view: View) -> Iterator[Wait]:
    """Whether a plan that we made has all that is declared of it, VoIPSecurity apart."""
    item, live = view.plans.get(name_key(step.dial_plan)), view.dial_plan(step.dial_plan)
    if item is None or not isinstance(live, Known) or live.value is None:
        return
    case: DialPlanCase = Case(item, live.value, view)
    if case.first_configuration and (missing := settings(case).steps):
        paths = frozenset().union(*(wanted.paths for wanted in missing))
        yield Wait(
            Reason.WAITING_FOR_DIAL_PLAN,
            f'dial plan "{item.name}" is not configured yet',
            str(item.key),
            needs=(Need(subjects.of_dial_plan(item.name), paths),),
        )


def gateway_exists(step: OfGateway, view: View) -> Iterator[Wait]:
    """Whether the gateway is there."""
    yield from _exists(
        view.gateway(step.gateway),
        f'gateway "{step.gateway}"',
        Reason.WAITING_FOR_GATEWAY,
        _shown(view, step.gateway),
        Need(subjects.of_gateway(step.gateway), frozenset({EXISTENCE})),
    )


def gateway_is_reached_as_declared(step: OfGateway, view: View) -> Iterator[Wait]:
    """Whether address, port, address family and state are as declared, a port withheld by R18 apart.

    Of a gateway that we make, everything: until then it stays without link, and inert.
    """
    item, live = view.gateways.get(name_key(step.gateway)), view.gateway(step.gateway)
    if item is None or not isinstance(live, Known) or live.value is None:
        return
    case: GatewayCase = Case(item, live.value, view)
    ours = case.first_configuration
    wanted = {path: want for path, want in writable(case).items() if ours or path in CONNECTION}
    if item.state is not None:
        wanted["state"] = item.state
    different = [finding for finding in compare(case, wanted).findings if finding.weight != "Unread"]
    if different:
        paths = dict.fromkeys(finding.path for finding in different)
        yield Wait(
            Reason.WAITING_FOR_GATEWAY,
            f'gateway "{item.name}" is not as declared yet: {", ".join(paths)}',
            str(item.key),
            needs=(Need(subjects.of_gateway(item.name), frozenset(paths)),),
        )


def gateway_port_fits_dial_plan(step: CreateHuntGroup, view: View) -> Iterator[Wait]:
    """Whether the gateway's port speaks what the plan speaks: an Unsecured one speaks plain SIP (R18)."""
    plan, live = view.dial_plan(step.dial_plan), view.gateway(step.gateway)
    if not isinstance(plan, Known) or plan.value is None or plan.value.voip_security != "Unsecured":
        return
    if isinstance(live, Known) and live.value is not None and live.value.port == SIP_TLS_PORT:
        message = (
            f'port "{SIP_TLS_PORT}" of gateway "{step.gateway}" is for TLS, '
            f'and dial plan "{step.dial_plan}" is Unsecured'
        )
        needs = (
            Need(subjects.of_gateway(step.gateway), frozenset({"port"})),
            Need(subjects.of_dial_plan(step.dial_plan), frozenset({"voipSecurity"})),
        )
        yield Wait(Reason.WAITING_FOR_SECURE, message, _shown(view, step.gateway), needs=needs)


def gateway_takes_no_new_calls(step: Closing, view: View) -> Iterator[Wait]:
    """Whether the gateway is closed to new calls on every server, where it has to be empty.

    A server reads what was written only after replication, and by its own poll (field notes 3.6).
    """
    live = view.gateway(step.gateway)
    if not _empties(step, view) or not isinstance(live, Known) or live.value is None:
        return
    shown = _shown(view, step.gateway)
    if live.value.state == "Enabled":
        message = f'gateway "{step.gateway}" still takes new calls'
        need = Need(subjects.of_gateway(step.gateway), frozenset({"state"}))
        yield Wait(Reason.WAITING_FOR_GATEWAY, message, shown, needs=(need,))
        return
    draining = view.ledger.entry(step.owner).draining
    everywhere = draining.since + POLL + view.desired.spec.replication_grace if draining else view.now
    if view.now < everywhere:
        message = (
            f'servers may take new calls of gateway "{step.gateway}" until they have read that it is closed'
        )
        yield Wait(Reason.WAITING_FOR_CALLS, message, shown, until=everywhere)


def gateway_has_no_calls(step: Closing, view: View) -> Iterator[Wait]:
    """Whether the last call of the gateway has ended, where it has to be empty; or its time is over (R10)."""
    live = view.gateway(step.gateway)
    if not _empties(step, view) or not isinstance(live, Known):
        return
    calls = view.snapshot.active_calls.get(name_key(step.gateway))
    if isinstance(calls, Known) and calls.value == 0 and calls.read_at >= view.pass_started:
        return
    yield from _waits_for_calls(step, view)


def replacement_exists(step: RemoveHuntGroup, view: View) -> Iterator[Wait]:
    """Whether all listed hunt groups of the gateway are there, unless it is being deleted."""
    item = view.gateways.get(name_key(step.gateway))
    if item is None or item.deleting:
        return
    for group in missing_groups(view, item.hunt_groups):
        message = f'hunt group "{group.name}" of gateway "{step.gateway}" is not there yet'
        need = Need(subjects.of_hunt_group(group.gateway, group.name), frozenset({EXISTENCE}))
        yield Wait(Reason.WAITING_FOR_HUNT_GROUP, message, str(item.key), needs=(need,))


def gateway_has_no_hunt_groups(step: OfGateway, view: View) -> Iterator[Wait]:
    """Whether nothing links the gateway to a plan."""
    for group in live_groups(view, step.gateway):
        message = f'gateway "{step.gateway}" still has hunt group "{group.name}"'
        need = Need(subjects.of_hunt_group(group.gateway, group.name))
        yield Wait(Reason.WAITING_FOR_HUNT_GROUP, message, _shown(view, step.gateway), needs=(need,))


def dial_plan_has_no_hunt_groups(step: OfDialPlan, view: View) -> Iterator[Wait]:
    """Whether nothing links a gateway to the plan."""
    for group in view.groups_of_plan.get(name_key(step.dial_plan), ()):
        message = (
            f'dial plan "{step.dial_plan}" still has hunt group "{group.name}" of gateway "{group.gateway}"'
        )
        need = Need(subjects.of_hunt_group(group.gateway, group.name))
        yield Wait(Reason.WAITING_FOR_HUNT_GROUP, message, _shown(view, group.gateway), needs=(need,))


def dial_plan_has_no_policies(step: OfDialPlan, view: View) -> Iterator[Wait]:
    """Whether no mailbox policy belongs to the plan."""
    for policy in policies_of(view, step.dial_plan):
        message = f'dial plan "{step.dial_plan}" still has mailbox policy "{policy.name}"'
        yield Wait(
            Reason.WAITING_FOR_MAILBOX_POLICY, message, needs=(Need(subjects.of_mailbox_policy(policy.name)),)
        )


def _exists(fact: Fact[T | None], what: str, reason: str, shown: str, need: Need) -> Iterator[Wait]:
    if isinstance(fact, Unknown):
        yield Wait(reason, f"{what} was not read: {fact.message}", shown, fact.reason)
    elif fact.value is None:
        yield Wait(reason, f"{what} does not exist yet", shown, needs=(need,))


def _empties(step: Closing, view: View) -> bool:
    """Whether calls have to end before the step: a deletion's, or the step to Disabled."""
    if isinstance(step, SetGatewayState):
        return step.state == "Disabled" and step.interrupts
    if isinstance(step, RemoveGateway):
        return step.interrupts
    item = view.gateways.get(name_key(step.gateway))
    return item is not None and item.deleting


def _waits_for_calls(step: Closing, view: View) -> Iterator[Wait]:
    draining = view.ledger.entry(step.owner).draining
    disruption = view.desired.spec.disruption
    until = draining.since + disruption.drain_timeout if draining else None
    shown = _shown(view, step.gateway)
    if until is None or view.now < until:
        yield Wait(Reason.WAITING_FOR_CALLS, f'gateway "{step.gateway}" still has calls', shown, until=until)
    elif disruption.on_drain_timeout == "Hold":
        message = (
            f'calls of gateway "{step.gateway}" did not end within "{canonical(disruption.drain_timeout)}" '
            'and onDrainTimeout is "Hold"'
        )
        yield Wait(Reason.DRAIN_TIMED_OUT, message, shown)


def _shown(view: View, gateway: str) -> str:
    item = view.gateways.get(name_key(gateway))
    return str(item.key) if item else gateway
