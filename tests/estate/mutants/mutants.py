"""Deliberately wrong operators, each with the rule by which it has to be caught."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from estate.mutants.hands import DECLARED, GATEWAY, NEW_GATEWAY, PLAN, Hands
from um_operator.lab.faults import ALWAYS, Where
from um_operator.lab.invariants.declared import Declared, Gateway, Link

DELETABLE = replace(DECLARED, deletable=frozenset({GATEWAY}), served=frozenset({"legacy-pbx"}))
CLOSED = replace(DECLARED, window=lambda _: False)
ANOTHER_PILOT = replace(
    DECLARED,
    gateways={GATEWAY: Gateway(None, frozenset({Link(PLAN, "4999")}), removes_unlisted=True)},
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong operator.

    Attributes:
        wrong: what it does, on an estate in force.
        caught_by: the rules of which each must be broken.
        cause: of a failed call that has to follow, where calls fail.
        declared: what its manifests say.
    """

    wrong: Callable[[Hands], Awaitable[None]]
    caught_by: frozenset[str]
    cause: str = ""
    declared: Declared = DECLARED


async def plan_secured_first(hands: Hands) -> None:
    """Secures the plan as the documented order has it: before startup modes and certificates."""
    hands.done("Set-UMDialPlan", PLAN, VoIPSecurity="SIPSecured")
    await hands.wait()


async def plan_created_secured(hands: Hands) -> None:
    """Creates a plan with the security that it shall have in the end."""
    hands.done(
        "New-UMDialPlan", "New", CountryOrRegionCode="49", NumberOfDigitsInExtension=4, VoIPSecurity="Secured"
    )


async def tls_port_at_once(hands: Hands) -> None:
    """Writes 5061 because the plan is declared Secured, while it is Unsecured."""
    hands.done("Set-UMIPGateway", GATEWAY, Port=5061)
    await hands.wait()


async def hunt_group_replaced_by_removing_first(hands: Hands) -> None:
    """Changes a pilot number in the order of two cmdlets that feels natural."""
    hands.done("Remove-UMHuntGroup", f"{GATEWAY}\\main")
    await hands.wait()
    hands.link("new", pilot="4999")


async def gateway_created_with_its_plan(hands: Hands) -> None:
    """Uses -UMDialPlan of New-UMIPGateway: a default hunt group before the port."""
    hands.done("New-UMIPGateway", NEW_GATEWAY, Address=f"{NEW_GATEWAY}.contoso.com", UMDialPlan=PLAN)
    hands.done("Set-UMIPGateway", NEW_GATEWAY, Port=5070)


async def gateway_linked_before_its_port(hands: Hands) -> None:
    """Makes the hunt group first and the port second."""
    hands.done("New-UMIPGateway", NEW_GATEWAY, Address=f"{NEW_GATEWAY}.contoso.com")
    hands.link("main", NEW_GATEWAY, "790")
    await hands.wait()
    hands.done("Set-UMIPGateway", NEW_GATEWAY, Port=5070)


async def failed_list_of_hunt_groups_read_as_empty(hands: Hands) -> None:
    """Makes what a failed read did not show."""
    hands.lab.faults.refuse(Where("Get-UMHuntGroup", times=ALWAYS), "ADTransientException")
    if not hands.run("Get-UMHuntGroup").rows:
        hands.link("main-again")


async def failed_list_of_gateways_read_as_empty(hands: Hands) -> None:
    """Clears away the hunt groups of gateways that a failed read did not show."""
    hands.lab.faults.refuse(Where("Get-UMIPGateway", times=ALWAYS), "ADTransientException")
    known = {row.text for row in hands.run("Get-UMIPGateway").rows}
    for group in hands.done("Get-UMHuntGroup"):
        gateway = str(getattr(group.properties["UMIPGateway"], "text", ""))
        if gateway not in known:
            hands.done("Remove-UMHuntGroup", f"{gateway}\\{group.text}")
    await hands.wait()


async def undeclared_property_reset(hands: Hands) -> None:
    """Writes every property, with the default where nothing is declared."""
    hands.by_hand("Set-UMIPGateway", GATEWAY, OutcallsAllowed=False)
    hands.done("Set-UMIPGateway", GATEWAY, OutcallsAllowed=True, MessageWaitingIndicatorAllowed=True)


async def unlisted_hunt_group_removed(hands: Hands) -> None:
    """Makes the hunt groups exactly as listed, though nobody asked to remove others."""
    hands.by_hand("New-UMHuntGroup", "branch", UMDialPlan=PLAN, UMIPGateway=GATEWAY, PilotIdentifier="4950")
    hands.done("Remove-UMHuntGroup", f"{GATEWAY}\\branch")


async def foreign_gateway_touched(hands: Hands) -> None:
    """Turns off outgoing calls on every gateway but one, the PBX of another plan included."""
    hands.done("Set-UMIPGateway", "legacy-pbx", OutcallsAllowed=False)


async def deleted_without_drain(hands: Hands) -> None:
    """Deletes a gateway as a script does: by its name."""
    call = await hands.call(timedelta(hours=1))
    hands.done("Remove-UMHuntGroup", f"{GATEWAY}\\main")
    hands.done("Remove-UMIPGateway", GATEWAY)
    await call


async def deleted_when_calls_seemed_over(hands: Hands) -> None:
    """Believes in zero active calls while the servers have not read yet that no new ones may come."""
    hands.done("Set-UMIPGateway", GATEWAY, Status="NoNewCalls")
    await hands.wait(timedelta(seconds=30))
    hands.done("Remove-UMHuntGroup", f"{GATEWAY}\\main")


async def deleted_with_its_hunt_groups(hands: Hands) -> None:
    """Leaves the hunt groups to Remove-UMIPGateway."""
    hands.done("Set-UMIPGateway", GATEWAY, Status="NoNewCalls")
    await hands.wait()
    hands.done("Remove-UMIPGateway", GATEWAY)


async def deleted_because_it_is_missing(hands: Hands) -> None:
    """Takes a manifest that vanished for the wish to delete."""
    hands.done("Set-UMIPGateway", GATEWAY, Status="NoNewCalls")
    await hands.wait()
    hands.done("Remove-UMHuntGroup", f"{GATEWAY}\\main")
    hands.done("Remove-UMIPGateway", GATEWAY)


async def disabled_at_once(hands: Hands) -> None:
    """Disables a gateway with its calls in progress."""
    call = await hands.call(timedelta(hours=1))
    hands.done("Disable-UMIPGateway", GATEWAY, Immediate=True)
    await call


async def membership_overwritten(hands: Hands) -> None:
    """Writes the list of dial plans instead of adding to it."""
    for plan in ("Lync-A", "Lync-B"):
        hands.by_hand(
            "New-UMDialPlan", plan, CountryOrRegionCode="49", NumberOfDigitsInExtension=4, URIType="SipName"
        )
    hands.by_hand("Set-UMService", "ex01", DialPlans=["Lync-A"])
    hands.done("Set-UMService", "ex01", DialPlans=["Lync-B"])


async def repaired_outside_the_window(hands: Hands) -> None:
    """Repairs drift at once, whatever it costs."""
    hands.by_hand("Set-UMIPGateway", GATEWAY, Port=5070)
    hands.done("Set-UMIPGateway", GATEWAY, Port=5060)


async def unclear_write_tried_again(hands: Hands) -> None:
    """Repeats a creation whose reply was lost, under another name because the first is taken."""
    hands.done("New-UMIPGateway", NEW_GATEWAY, Address=f"{NEW_GATEWAY}.contoso.com")
    hands.link("first", NEW_GATEWAY, "790")
    hands.link("second", NEW_GATEWAY, "790")


async def corrected_for_ever(hands: Hands) -> None:
    """Puts back a value as often as somebody changes it."""
    for _ in range(4):
        hands.by_hand("Set-UMIPGateway", GATEWAY, Port=5070)
        hands.done("Set-UMIPGateway", GATEWAY, Port=5060)
        await hands.wait(timedelta(minutes=10))


async def tls_only_beside_unsecured_plans(hands: Hands) -> None:
    """Sets the startup mode that the documentation of a single plan asks for."""
    hands.done("Set-UMService", "ex01", UMStartupMode="TLS")


async def written_while_held(hands: Hands) -> None:
    """Does not read the annotation."""
    hands.done("Set-UMIPGateway", GATEWAY, Port=5070)


def _caught(*rules: str) -> frozenset[str]:
    return frozenset(rules)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(plan_secured_first, _caught("R18", "calls"), "PlanRequiresTLS"),
    Mutant(plan_created_secured, _caught("R18")),
    Mutant(tls_port_at_once, _caught("R18")),
    Mutant(hunt_group_replaced_by_removing_first, _caught("R21", "calls"), "NoHuntGroup", ANOTHER_PILOT),
    Mutant(gateway_created_with_its_plan, _caught("half-made")),
    Mutant(gateway_linked_before_its_port, _caught("half-made")),
    Mutant(failed_list_of_hunt_groups_read_as_empty, _caught("R1")),
    Mutant(failed_list_of_gateways_read_as_empty, _caught("R2", "R21", "calls"), "NoHuntGroup"),
    Mutant(undeclared_property_reset, _caught("R2")),
    Mutant(unlisted_hunt_group_removed, _caught("R2")),
    Mutant(foreign_gateway_touched, _caught("R2")),
    Mutant(
        deleted_without_drain, _caught("R3", "calls"), "CallCut", replace(DELETABLE, served=DECLARED.served)
    ),
    Mutant(deleted_when_calls_seemed_over, _caught("R3"), declared=DELETABLE),
    Mutant(deleted_with_its_hunt_groups, _caught("R3"), declared=DELETABLE),
    Mutant(
        deleted_because_it_is_missing,
        _caught("R2", "R3"),
        declared=replace(DELETABLE, gateways={}, deletable=frozenset()),
    ),
    Mutant(disabled_at_once, _caught("R3", "calls"), "CallCut"),
    Mutant(membership_overwritten, _caught("R21")),
    Mutant(repaired_outside_the_window, _caught("R26"), declared=CLOSED),
    Mutant(unclear_write_tried_again, _caught("R1")),
    Mutant(corrected_for_ever, _caught("R27")),
    Mutant(tls_only_beside_unsecured_plans, _caught("R19")),
    Mutant(written_while_held, _caught("R25"), declared=replace(DECLARED, held={GATEWAY: None})),
)
