"""What Lync needs of Exchange: auto attendants, and the right to read containers."""

from __future__ import annotations

import pytest

from exchange_support import ad_object_id, row
from um_operator.exchange.lync_needs import CONTAINERS, GROUPS, allows, auto_attendant
from um_operator.observed.lync import AutoAttendantFact
from um_operator.remoting.session import PSRow, PSValue

GROUP = GROUPS[0]
READ = CONTAINERS["UM DialPlan Container"]


def entry(*rights: str, group: str = GROUP, deny: bool = False) -> PSRow:
    shown: tuple[PSValue, ...] = rights
    return row("ADAcePresentationObject", User=f"CONTOSO\\{group}", AccessRights=shown, Deny=deny)


@pytest.mark.parametrize(
    ("entries", "allowed"),
    [
        ([], False),
        ([entry("ListChildren", "ReadProperty")], True),
        ([entry("ListChildren, ReadProperty")], True),
        ([entry("listchildren"), entry("ReadProperty")], True),
        ([entry("GenericRead")], True),
        ([entry("ListChildren")], False),
        ([entry("ListChildren", "ReadProperty", group="RTCUniversalUserAdmins")], False),
        ([entry("GenericAll"), entry("ReadProperty", deny=True)], False),
        ([entry("GenericAll"), entry("GenericRead", deny=True)], False),
        ([entry("ListChildren", "ReadProperty"), entry("WriteProperty", deny=True)], True),
    ],
)
def test_a_group_may_read_what_is_allowed_and_not_denied(entries: list[PSRow], allowed: bool) -> None:
    assert allows(entries, GROUP, READ) is allowed


def test_an_auto_attendant_has_its_plan_its_numbers_and_whether_it_answers() -> None:
    shown: dict[str, PSValue] = {
        "Name": "Reception",
        "UMDialPlan": ad_object_id("Contoso-Lync"),
        "Status": "Enabled",
    }
    fact = auto_attendant(row("UMAutoAttendant", **shown, PilotIdentifierList="+4989555004901"))
    assert fact == AutoAttendantFact("Reception", "Contoso-Lync", frozenset({"+4989555004901"}), enabled=True)
    disabled = row("UMAutoAttendant", **(shown | {"Status": "Disabled"}), PilotIdentifierList=None)
    assert auto_attendant(disabled).enabled is False
    assert auto_attendant(disabled).pilot_identifiers == frozenset()
