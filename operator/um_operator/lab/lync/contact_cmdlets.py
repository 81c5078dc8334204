"""Get-, New- and Remove-CsExUmContact (field notes 6.3)."""

from __future__ import annotations

import re
from typing import Final

from um_operator.lab.binding import Parameter
from um_operator.lab.journal import Readable
from um_operator.lab.lync.call import LyncCall, cmdlet
from um_operator.lab.lync.contacts import Contact
from um_operator.lab.values import BOOLEAN, INTEGER, STRING

KIND: Final = "CsExUmContact"
_DISPLAY_NUMBER: Final = re.compile(r"\+?[1-9]\d*")


async def _get(call: LyncCall) -> None:
    found = list(call.deployment.contacts)
    if (asked := call.value("Identity")) is not None:
        contact = call.deployment.contacts.find(asked)
        if contact is None:
            raise call.not_found("OCSADExUmContact", asked)
        found = [contact]
    if (unit := call.value("OU")) is not None:
        found = [one for one in found if one.unit.lower() == unit.lower()]
    for contact in found[: call.value("ResultSize")]:
        _show(call, contact)


def _show(call: LyncCall, contact: Contact) -> None:
    call.output(
        "ADConnect.Schema.OCSADExUmContact",
        contact.distinguished_name,
        {
            "AutoAttendant": contact.attendant,
            "IsSubscriberAccess": not contact.attendant,
            "Description": None,
            "DisplayNumber": contact.number,
            "LineURI": f"tel:{contact.number}",
            "DisplayName": contact.name,
            "ProxyAddresses": call.many([]),
            "HomeServer": None,
            "EnterpriseVoiceEnabled": True,
            "ExUmEnabled": True,
            "Enabled": True,
            "SipAddress": contact.sip_address,
            "RegistrarPool": contact.pool,
            "HostedVoiceMail": True if contact.is_hosted else None,
            "OtherIpPhone": call.many([]),
            "Identity": contact.distinguished_name,
            "Name": contact.name,
        },
    )


async def _new(call: LyncCall) -> None:
    """Make a contact for a hosted mailbox: the only ones that this cmdlet makes."""
    number, pool = call.arguments["DisplayNumber"], call.arguments["RegistrarPool"].lower()
    if pool not in call.deployment.pools:
        raise call.not_found("Pool", pool)
    if not _DISPLAY_NUMBER.fullmatch(number):
        raise call.error("InvalidDisplayNumber", f'"{number}" is no display number.', category="InvalidData")
    address = call.arguments["SipAddress"]
    name = address.removeprefix("sip:").partition("@")[0]
    contact = Contact(
        name=name,
        sip_address=address,
        pool=pool,
        number=number,
        dial_plan="",
        attendant=call.value("AutoAttendant", False),
        unit=call.arguments["OU"],
        created=call.deployment.clock.now(),
    )
    make(call, contact)


def make(call: LyncCall, contact: Contact) -> None:
    """Put a contact in and show it.

    Raises:
        CmdletError: its address or number is taken.
    """
    known = call.deployment.contacts
    if known.find(contact.sip_address) is not None or known.with_number(contact.number) is not None:
        raise call.error(
            "DuplicateContact",
            f'"{contact.sip_address}" or "{contact.number}" is in use by another contact.',
            category="InvalidOperation",
            target=contact.sip_address,
        )
    if call.should_process():
        call.act(KIND, contact.sip_address, None, _readable(contact), lambda: known.add(contact))
        _show(call, contact)


async def _remove(call: LyncCall) -> None:
    contact = call.deployment.contacts.find(call.arguments["Identity"])
    if contact is None:
        raise call.not_found("OCSADExUmContact", call.arguments["Identity"])
    if call.should_process():
        call.act(
            KIND,
            contact.sip_address,
            _readable(contact),
            None,
            lambda: call.deployment.contacts.remove(contact),
        )


def _readable(contact: Contact) -> dict[str, Readable]:
    return {
        "RegistrarPool": contact.pool,
        "DisplayNumber": contact.number,
        "AutoAttendant": contact.attendant,
        "DialPlan": contact.dial_plan,
    }


CMDLETS = (
    cmdlet(
        "Get-CsExUmContact",
        _get,
        Parameter("Identity", STRING, position=0),
        Parameter("OU", STRING),
        Parameter("ResultSize", INTEGER),
        namespace="AD",
    ),
    cmdlet(
        "New-CsExUmContact",
        _new,
        Parameter("SipAddress", STRING, mandatory=True),
        Parameter("RegistrarPool", STRING, mandatory=True),
        Parameter("OU", STRING, mandatory=True),
        Parameter("DisplayNumber", STRING, mandatory=True),
        Parameter("AutoAttendant", BOOLEAN),
        Parameter("Description", STRING),
        namespace="AD",
    ),
    cmdlet(
        "Remove-CsExUmContact",
        _remove,
        Parameter("Identity", STRING, mandatory=True, position=0),
        namespace="AD",
        prompts=True,
    ),
)
