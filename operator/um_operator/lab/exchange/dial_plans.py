"""New-, Get-, Set- and Remove-UMDialPlan (field notes 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange import links, wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.dial_plan_properties import PROPERTIES, VOIP_SECURITY
from um_operator.lab.exchange.identity import DIAL_PLAN
from um_operator.lab.exchange.mailbox_policies import make_default_policy
from um_operator.lab.exchange.nouns import (
    check_name,
    check_properties,
    cmdlet,
    identity_parameter,
    name_parameter,
    refuse_taken,
    rename,
    selected,
)
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.properties import applied, defaults
from um_operator.lab.exchange.refusals import RefusedError, invalid
from um_operator.lab.powershell import Value
from um_operator.lab.values import BOOLEAN, STRING, SWITCH, Edit

LONGEST_NAME = 49
"""So that "<name> Default Policy" fits into 64 characters (field notes 3.1)."""

_REQUIRED = ("CountryOrRegionCode", "NumberOfDigitsInExtension")


def _new(call: Call) -> None:
    name = check_name(call.value("Name"), LONGEST_NAME)
    refuse_taken(call, call.replica.named(Kind.DIAL_PLAN, name))
    numbers = call.value("AccessTelephoneNumbers")
    if isinstance(numbers, Edit):
        raise invalid("AccessTelephoneNumbers", "Add and Remove need an object that exists.")
    attributes = defaults(PROPERTIES)
    attributes |= applied(PROPERTIES, attributes, call.arguments)
    check_properties(PROPERTIES, attributes)
    _check_language(call, attributes)
    attributes |= {"Name": name, "PhoneContext": f"{name}.{call.organization.directory.domain}"}
    made = call.create(Kind.DIAL_PLAN, attributes)
    if made is None:
        return
    if call.value("GenerateUMMailboxPolicy", True):
        make_default_policy(call, made)
    _show(call, made)


def _get(call: Call) -> None:
    for plan in selected(call, Kind.DIAL_PLAN):
        _show(call, plan)


def _set(call: Call) -> None:
    plan = call.find(Kind.DIAL_PLAN, call.value("Identity"))
    arguments = dict(call.arguments)
    if (attendant := arguments.get("UMAutoAttendant")) is not None:
        arguments["UMAutoAttendant"] = call.find(Kind.AUTO_ATTENDANT, attendant).guid
    after = applied(PROPERTIES, plan.attributes, arguments)
    check_properties(PROPERTIES, after)
    _check_language(call, after)
    _check_groups({**plan.attributes, **after})
    if after.get("VoIPSecurity", VOIP_SECURITY("Unsecured")) != VOIP_SECURITY("Unsecured"):
        links.check_gateways_have_names(call, plan)
    rename(call, plan, after, LONGEST_NAME)
    call.modify(plan, after)


def _remove(call: Call) -> None:
    plan = call.find(Kind.DIAL_PLAN, call.value("Identity"))
    links.check_nothing_holds(call, plan)
    call.remove(plan)


def _check_language(call: Call, values: dict[str, Any]) -> None:
    language = values.get("DefaultLanguage")
    if language is not None and language not in call.organization.languages:
        raise RefusedError(
            "DefaultLanguageNotAvailableException",
            f"The language '{language}' isn't one of those installed: "
            f"{', '.join(call.organization.languages)}.",
        )


def _check_groups(values: dict[str, Any]) -> None:
    """An allowed group must be configured (cmdlet page Set-UMDialPlan)."""
    for scope in ("InCountryOrRegion", "International"):
        rules = values[f"Configured{scope}Groups"]
        names = {rule.split(",")[0].strip().casefold() for rule in rules}
        for allowed in values[f"Allowed{scope}Groups"]:
            if allowed.casefold() not in names:
                raise invalid(f"Allowed{scope}Groups", f"The group {allowed!r} isn't configured.")


def _show(call: Call, plan: DirectoryObject) -> None:
    call.show(plan, "Microsoft.Exchange.Data.Directory.SystemConfiguration.UMDialPlan", _properties)


def _properties(call: Call, plan: DirectoryObject) -> Mapping[str, Value]:
    replica, domain = call.replica, call.organization.directory.domain

    def ids(objects: list[DirectoryObject]) -> Any:
        return wire.multi_value([wire.object_id(o, replica, domain) for o in objects], call.variants)

    attendant = replica.get(plan["UMAutoAttendant"])
    return {
        **wire.common_properties(plan, replica, domain, call.domain_controller),
        **{row.name: call.shape(row, plan[row.name]) for row in PROPERTIES},
        "UMAutoAttendant": wire.object_id(attendant, replica, domain) if attendant else None,
        "PhoneContext": plan["PhoneContext"],
        "SubscriberType": "Enterprise",
        "UMServers": ids(links.members(call, plan)),
        "UMIPGateway": ids(links.gateways(replica, plan)),
        "UMAutoAttendants": ids(links.attendants(replica, plan)),
    }


CMDLETS = (
    cmdlet(
        "New-UMDialPlan",
        _new,
        name_parameter(),
        *(row.parameter(mandatory=row.name in _REQUIRED) for row in PROPERTIES if row.on_new),
        Parameter("GenerateUMMailboxPolicy", BOOLEAN),
    ),
    cmdlet("Get-UMDialPlan", _get, identity_parameter(DIAL_PLAN, mandatory=False)),
    cmdlet(
        "Set-UMDialPlan",
        _set,
        identity_parameter(DIAL_PLAN, mandatory=True),
        *(row.parameter() for row in PROPERTIES if row.on_set),
        Parameter("Name", STRING),
        Parameter("ForceUpgrade", SWITCH),
    ),
    cmdlet("Remove-UMDialPlan", _remove, identity_parameter(DIAL_PLAN, mandatory=True), prompts=True),
)
