"""Each step as cmdlet calls. Pure.

Every call names the domain controller, so that what is written is read again (field notes 7.5), and passes
``-Confirm:$false``: a prompt in a session without a host is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from um_operator.exchange.certificates import settings_of
from um_operator.exchange.fields import DIAL_PLAN, GATEWAY
from um_operator.observed.values import PropertyValue
from um_operator.planning.steps import (
    Change,
    CreateDialPlan,
    CreateGateway,
    CreateHuntGroup,
    JoinDialPlans,
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    SetDialPlan,
    SetGateway,
    SetGatewayPort,
    SetGatewayState,
    SetVoIPSecurity,
    Step,
)
from um_operator.remoting.session import Argument, Command


def invocation(step: Step, domain_controller: str | None) -> Command:
    """Return the one cmdlet call that carries out a step.

    Raises:
        NotChangeableError: a change is of a field that Set- has no parameter for.
    """
    command = _command(step)
    parameters: dict[str, Argument] = {**command.parameters, "Confirm": False}
    if domain_controller is not None:
        parameters["DomainController"] = domain_controller
    return Command(command.name, parameters)


@singledispatch
def _command(step: Step) -> Command:
    raise NotImplementedError(f"no cmdlet for {type(step).__name__}")


@_command.register
def _(step: CreateDialPlan) -> Command:
    """Always Unsecured: securing is a step of its own (R18)."""
    properties = {**step.properties, "voipSecurity": "Unsecured"}
    return Command("New-UMDialPlan", {"Name": step.dial_plan, **DIAL_PLAN.to_create(properties)})


@_command.register
def _(step: SetDialPlan) -> Command:
    return _set_dial_plan(step.dial_plan, _wanted(step.changes))


@_command.register
def _(step: SetVoIPSecurity) -> Command:
    return _set_dial_plan(step.dial_plan, {"voipSecurity": step.security})


@_command.register
def _(step: RemoveDialPlan) -> Command:
    return Command("Remove-UMDialPlan", {"Identity": step.dial_plan})


@_command.register
def _(step: RemoveMailboxPolicy) -> Command:
    return Command("Remove-UMMailboxPolicy", {"Identity": step.policy})


@_command.register
def _(step: CreateGateway) -> Command:
    """Without -UMDialPlan, which would link it at once by a default hunt group (field notes 4.1)."""
    properties: dict[str, PropertyValue] = {
        "address": step.address,
        "ipAddressFamily": step.ip_address_family,
    }
    return Command("New-UMIPGateway", {"Name": step.gateway, **GATEWAY.to_create(properties)})


@_command.register
def _(step: SetGateway) -> Command:
    return _set_gateway(step.gateway, _wanted(step.changes))


@_command.register
def _(step: SetGatewayPort) -> Command:
    return _set_gateway(step.gateway, {"port": step.port})


@_command.register
def _(step: SetGatewayState) -> Command:
    """Set -Status for all three states, not Enable- and Disable-UMIPGateway.

    Disable-UMIPGateway says only whether calls in progress are dropped; which status it leaves behind without
    -Immediate is not documented, and with it calls are cut. Set-UMIPGateway takes the state that is wanted,
    and may be repeated.
    """
    return _set_gateway(step.gateway, {"state": step.state})


@_command.register
def _(step: RemoveGateway) -> Command:
    return Command("Remove-UMIPGateway", {"Identity": step.gateway})


@_command.register
def _(step: CreateHuntGroup) -> Command:
    parameters: dict[str, Argument] = {
        "Name": step.name,
        "UMDialPlan": step.dial_plan,
        "UMIPGateway": step.gateway,
    }
    if step.pilot_identifier:
        parameters["PilotIdentifier"] = step.pilot_identifier
    return Command("New-UMHuntGroup", parameters)


@_command.register
def _(step: RemoveHuntGroup) -> Command:
    return Command("Remove-UMHuntGroup", {"Identity": hunt_group_identity(step)})


@_command.register
def _(step: JoinDialPlans) -> Command:
    """``@{Add=...}``: a list would take the server out of every other plan (field notes 2.1, R21)."""
    return settings_of(step.server, step.service, {"DialPlans": {"Add": list(step.dial_plans)}})


def hunt_group_identity(step: RemoveHuntGroup) -> str:
    """Return the identity of a hunt group, which is known only behind its gateway (field notes 4.2)."""
    return f"{step.gateway}\\{step.name}"


def _set_dial_plan(name: str, wanted: Mapping[str, PropertyValue]) -> Command:
    """``-ForceUpgrade``: an object made by an older version would ask before it is upgraded."""
    return Command("Set-UMDialPlan", {"Identity": name, "ForceUpgrade": True, **DIAL_PLAN.to_change(wanted)})


def _set_gateway(name: str, wanted: Mapping[str, PropertyValue]) -> Command:
    return Command("Set-UMIPGateway", {"Identity": name, "ForceUpgrade": True, **GATEWAY.to_change(wanted)})


def _wanted(changes: tuple[Change, ...]) -> dict[str, PropertyValue]:
    return {change.path: change.want for change in changes}
