"""OcsUmUtil.exe, as a person at a Lync computer uses it: a window, and no switches (field notes 6.2).

Only the console has it: no session does, for a program with a window hangs there. Its boxes are parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.dial_plan_properties import URI_TYPE
from um_operator.lab.exchange.directory import Directory
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.permissions import missing
from um_operator.lab.lync.call import LyncCall, LyncCmdlet, cmdlet
from um_operator.lab.lync.contact_cmdlets import make
from um_operator.lab.lync.contacts import Contact
from um_operator.lab.values import STRING, EnumType

_E164: Final = re.compile(r"\+[1-9]\d{1,14}")
_TYPE: Final = EnumType.of("System.String", "SubscriberAccess", "AutoAttendant")


def by_hand(directory: Directory) -> LyncCmdlet:
    """The program, with the directory that it loads its data from."""

    async def run(call: LyncCall) -> None:
        pool = call.arguments["Pool"].lower()
        front_end = call.deployment.front_end(call.computer)
        if pool not in call.deployment.pools or front_end is None:
            raise call.not_found("Pool", pool)
        site = call.deployment.pools[front_end.pool].spec.site
        copy = directory.copy(directory.site(site).domain_controllers[0])
        plan = copy.named(Kind.DIAL_PLAN, call.arguments["DialPlan"])
        if plan is None or plan["URIType"] != URI_TYPE("SipName") or missing(copy):
            raise call.error(
                "DialPlanNotListed",
                f'Load Data does not list a SIP dial plan "{call.arguments["DialPlan"]}": it does not exist, '
                "or Lync may not read Exchange's containers.",
                category="ObjectNotFound",
            )
        attendant = call.arguments["Type"].name == "AutoAttendant"
        number = call.arguments["PhoneNumber"]
        _check_number(call, number, _numbers(plan, attendant, copy.all(Kind.AUTO_ATTENDANT)))
        address = call.arguments["SipAddress"]
        contact = Contact(
            name=call.arguments["Name"],
            sip_address=address if address.startswith("sip:") else f"sip:{address}",
            pool=pool,
            number=number,
            dial_plan=plan.name,
            attendant=attendant,
            unit=call.arguments["OU"],
            created=call.deployment.clock.now(),
        )
        make(call, contact)

    names = ("DialPlan", "OU", "Name", "SipAddress", "Pool", "PhoneNumber")
    return cmdlet(
        "OcsUmUtil",
        run,
        *(Parameter(name, STRING, mandatory=True) for name in names),
        Parameter("Type", _TYPE.parameter, mandatory=True),
    )


def _numbers(plan: DirectoryObject, attendant: bool, attendants: Iterator[DirectoryObject]) -> set[str]:
    """The numbers that the program offers: the plan's own, or those of its auto attendants."""
    if not attendant:
        return {*(plan["AccessTelephoneNumbers"] or ()), *(plan["PilotIdentifierList"] or ())}
    own = (one for one in attendants if one["UMDialPlan"] == plan.guid)
    return {number for one in own for number in one["PilotIdentifierList"] or ()}


def _check_number(call: LyncCall, number: str, offered: set[str]) -> None:
    if not _E164.fullmatch(number):
        raise call.error("NotE164", f'The number "{number}" is not in E.164.', category="InvalidData")
    if number not in offered:
        raise call.error(
            "NumberNotOffered",
            f'"{number}" is none of the numbers {", ".join(sorted(offered)) or "(none)"}.',
            category="InvalidData",
        )
