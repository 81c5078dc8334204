"""A gateway: created without link, then configured; corrected where it differs; its state last."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.api.sip import SIP_TLS_PORT
from um_operator.api.strings import is_fqdn
from um_operator.desired.organization import DesiredGateway
from um_operator.observed.exchange import GatewayState
from um_operator.observed.fact import Unknown
from um_operator.observed.values import PropertyValue, display
from um_operator.planning.checks import gateway_removal
from um_operator.planning.checks.addresses import address_is_taken
from um_operator.planning.checks.case import EXISTENCE, Case
from um_operator.planning.checks.delivery import deliveries
from um_operator.planning.checks.hunt_group import hunt_groups
from um_operator.planning.checks.links import (
    GatewayCase,
    linked_plans,
    live_groups,
    may_carry_calls,
    port_is_withheld,
)
from um_operator.planning.checks.obstacles import claimed, removed_again, renamed, unread, unresolved
from um_operator.planning.checks.properties import (
    Comparison,
    changes_to,
    paths_of,
)
from um_operator.planning.checks.trust import authorities
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask, first, together
from um_operator.planning.plan import Finding, Weight
from um_operator.planning.steps import CreateGateway, SetGateway, SetGatewayState, Step
from um_operator.planning.view import View

CREATED_WITH: Final = ("address", "ipAddressFamily")
"""What New-UMIPGateway takes (field notes 4.1); -UMDialPlan is not used, it makes a hunt group."""
CONNECTION: Final = frozenset({"address", "port", "ipAddressFamily"})
"""What servers need to reach a gateway; a change interrupts its calls for up to one poll."""


def examine(view: View, item: DesiredGateway) -> Verdict:
    """Return what a gateway's manifest asks for."""
    live = view.gateway(item.name)
    for fact in (live, view.snapshot.hunt_groups, view.snapshot.dial_plans):
        if isinstance(fact, Unknown):
            return unread(item.key, fact)
    assert not isinstance(live, Unknown)
    case = Case(item, live.value, view)
    if item.deleting:
        return gateway_removal.examine(case)
    return first(OBSTACLES, case) or together(CHECKS, case)


def address_is_no_fqdn(case: GatewayCase) -> Verdict:
    """Point out an IP address where a plan is or becomes secured (Set-UMIPGateway, -Address)."""
    address = case.item.address
    plans = [p.name for p in linked_plans(case.view, case.item.name, case.item) if p.becomes_secured]
    if is_fqdn(address) or not plans:
        return NOTHING
    names = ", ".join(f'"{name}"' for name in plans)
    message = f'address "{address}" is no FQDN, which every gateway of a secured dial plan needs: {names}'
    return Verdict((case.finding("Blocked", Reason.ADDRESS_NOT_FQDN, message, "address"),))


def existence(case: GatewayCase) -> Verdict:
    """Ask for the gateway where there is none."""
    if case.live is not None:
        return NOTHING
    item = case.item
    family = item.properties.get("ipAddressFamily")
    create = CreateGateway(
        owner=item.key,
        gateway=item.name,
        address=item.address,
        ip_address_family=None if family is None else str(family),
    )
    return Verdict((case.missing(),)) + ask(create, paths={EXISTENCE})


def settings(case: GatewayCase) -> Verdict:
    """Ask for the declared settings; those that interrupt calls of a linked gateway in a step apart."""
    return _set(case, changes_to(case, writable(case), CREATED_WITH))


def port_of_secured_plans(case: GatewayCase) -> Verdict:
    """Say that the TLS port waits for its plan to be secured (R18)."""
    port = _wanted_port(case)
    have = case.live.port if case.live is not None else None
    plans = linked_plans(case.view, case.item.name, case.item)
    if port is None or port == have or not case.managed("port") or not port_is_withheld(plans, port):
        return NOTHING
    names = ", ".join(f'"{plan.name}"' for plan in plans if not (plan.is_secured and plan.becomes_secured))
    message = (
        f'port: want "{port}", have "{display(have)}"; it is written together with securing dial plan {names}'
    )
    weight: Weight = "Drift" if case.item.care.mode == "Observe" else "Pending"
    return Verdict((Finding(case.item.key, weight, Reason.WAITING_FOR_SECURE, message, "port", port, have),))


def state(case: GatewayCase) -> Verdict:
    """Ask for the declared state, and for the one that a deletion given up has left (R13)."""
    draining = case.entry.draining
    want = case.item.state or (draining.state_before if draining else None)
    have: GatewayState = case.live.state if case.live is not None else "Enabled"
    if want is None or want == have or not case.managed("state"):
        return NOTHING
    findings = case.differs("state", want, have) if case.live is not None else ()
    if case.fought("state"):
        return Verdict(findings)
    return Verdict(findings) + ask(*_towards(case, want, have), paths={"state"})


OBSTACLES: Final = (claimed, renamed, removed_again, address_is_taken)
CHECKS: Final = (
    unresolved,
    address_is_no_fqdn,
    existence,
    settings,
    port_of_secured_plans,
    state,
    hunt_groups,
    authorities,
    deliveries,
)


def writable(case: GatewayCase) -> Mapping[str, PropertyValue]:
    """Return the settings that may be written now by Set-UMIPGateway."""
    wanted = {path: want for path, want in case.item.properties.items() if path not in {"port", "state"}}
    port = _wanted_port(case)
    plans = linked_plans(case.view, case.item.name, case.item)
    if port is not None and not port_is_withheld(plans, port):
        wanted["port"] = port
    return wanted


def _wanted_port(case: GatewayCase) -> int | None:
    """Return the declared port, or the one computed for a gateway that no call uses yet.

    The computed port follows the live plans. An adopted gateway that carries calls keeps what it has.
    """
    if case.item.port is not None:
        return case.item.port
    plans = linked_plans(case.view, case.item.name, case.item)
    ours = case.first_configuration or case.entry.origin == "Created"
    if plans and not port_is_withheld(plans, SIP_TLS_PORT) and (ours or not _linked(case)):
        return SIP_TLS_PORT
    return None


def _set(case: GatewayCase, comparison: Comparison) -> Verdict:
    """Ask for changes: what servers need to reach the gateway apart, whether it is linked now or not.

    So a step stays the same when the gateway is linked or parted on the way, and an approved one approved. A
    gateway that nobody could ever call through is configured in one piece.
    """
    linked = _linked(case)
    one_piece = case.first_configuration and not linked
    connection = [change for change in comparison.changes if change.path in CONNECTION and not one_piece]
    harmless = [change for change in comparison.changes if change not in connection]
    verdict = Verdict(comparison.findings)
    for changes, interrupts in ((harmless, False), (connection, linked)):
        if changes:
            step = SetGateway(
                owner=case.item.key, gateway=case.item.name, changes=tuple(changes), interrupts=interrupts
            )
            verdict += ask(step, paths=paths_of(changes))
    return verdict


def _towards(case: GatewayCase, want: GatewayState, have: GatewayState) -> list[Step]:
    """Return the steps to a state: Disabled only by way of NoNewCalls, so that no call is cut."""
    states: list[GatewayState] = (
        [have, "NoNewCalls", "Disabled"] if (have, want) == ("Enabled", "Disabled") else [have, want]
    )
    return [
        SetGatewayState(
            owner=case.item.key,
            gateway=case.item.name,
            state=after,
            before=before,
            drains=(want, after) == ("Disabled", "NoNewCalls"),
            interrupts=may_carry_calls(case),
        )
        for before, after in pairwise(states)
    ]


def _linked(case: GatewayCase) -> bool:
    return bool(live_groups(case.view, case.item.name))
