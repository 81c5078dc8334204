"""Get-, New- and Remove-UMAutoAttendant, as far as their numbers need contacts in Lync (field notes 6.2)."""

from __future__ import annotations

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.identity import AUTO_ATTENDANT, DIAL_PLAN
from um_operator.lab.exchange.nouns import (
    check_name,
    cmdlet,
    identity_parameter,
    name_parameter,
    refuse_taken,
    selected,
)
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.values import STRING, EnumType, multi_valued

LONGEST_NAME = 64
_STATUS = EnumType.of(
    "Microsoft.Exchange.Data.Directory.SystemConfiguration.StatusEnum", "Disabled", "Enabled"
)


def _new(call: Call) -> None:
    """Make one: disabled unless it is said (cmdlet page)."""
    name = check_name(call.value("Name"), LONGEST_NAME)
    refuse_taken(call, call.replica.named(Kind.AUTO_ATTENDANT, name))
    plan = call.find(Kind.DIAL_PLAN, call.value("UMDialPlan"))
    numbers = call.value("PilotIdentifierList")
    attributes = {
        "Name": name,
        "UMDialPlan": plan.guid,
        "PilotIdentifierList": numbers.values if numbers else (),
        "Status": call.value("Status", _STATUS("Disabled")),
    }
    if (made := call.create(Kind.AUTO_ATTENDANT, attributes)) is not None:
        _show(call, made)


def _get(call: Call) -> None:
    asked = call.value("UMDialPlan")
    plan = call.find(Kind.DIAL_PLAN, asked) if asked is not None else None
    for attendant in selected(call, Kind.AUTO_ATTENDANT):
        if plan is None or attendant["UMDialPlan"] == plan.guid:
            _show(call, attendant)


def _remove(call: Call) -> None:
    call.remove(call.find(Kind.AUTO_ATTENDANT, call.value("Identity")))


def _show(call: Call, attendant: DirectoryObject) -> None:
    replica, domain = call.replica, call.organization.directory.domain
    plan = replica.get(attendant["UMDialPlan"])
    call.output(
        "Microsoft.Exchange.Data.Directory.SystemConfiguration.UMAutoAttendant",
        attendant.name,
        {
            **wire.common_properties(attendant, replica, domain, call.domain_controller),
            "SpeechEnabled": True,
            "AllowDialPlanSubscribers": True,
            "AllowExtensions": False,
            "Status": attendant["Status"] or _STATUS("Enabled"),
            "Language": "en-US",
            "OperatorExtension": None,
            "UMDialPlan": wire.object_id(plan, replica, domain) if plan else None,
            "PilotIdentifierList": wire.multi_value(
                list(attendant["PilotIdentifierList"] or ()), call.variants
            ),
        },
    )


CMDLETS = (
    cmdlet(
        "Get-UMAutoAttendant",
        _get,
        identity_parameter(AUTO_ATTENDANT, mandatory=False),
        Parameter("UMDialPlan", DIAL_PLAN),
    ),
    cmdlet(
        "New-UMAutoAttendant",
        _new,
        name_parameter(),
        Parameter("UMDialPlan", DIAL_PLAN, mandatory=True),
        Parameter("PilotIdentifierList", multi_valued(STRING)),
        Parameter("Status", _STATUS.parameter),
    ),
    cmdlet(
        "Remove-UMAutoAttendant",
        _remove,
        identity_parameter(AUTO_ATTENDANT, mandatory=True),
        prompts=True,
    ),
)
