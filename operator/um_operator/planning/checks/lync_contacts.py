"""Contacts by which Lync finds UM's numbers: a person makes them in a GUI, told what to type (S10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.desired.organization import IntegratedPlan
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.lync import ContactFact
from um_operator.observed.values import name_key
from um_operator.planning.checks.lync_case import LyncCase, same_name
from um_operator.planning.checks.verdict import NOTHING, Verdict

ContactKind: TypeAlias = Literal["SubscriberAccess", "AutoAttendant"]

E164: Final = re.compile(r"\+[1-9]\d{1,14}")
"""What OcsUmUtil takes as a number (ITU-T E.164, field notes 6.2)."""
NUMBERS: Final = ("accessTelephoneNumbers", "pilotIdentifierList")
"""The properties of a dial plan that name the numbers of its subscriber access."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that a number of UM needs.

    Attributes:
        name: which a person is told to give it.
        sip_address: of the contact that is there, else the one that a person is told; empty: of their choice.
        pool: that it is registered with, or is to be.
        found: what is there with this number, right or wrong; ``None``: nothing.
        wrong: what is wrong with it, in words.
    """

    dial_plan: str
    kind: ContactKind
    number: str
    name: str
    sip_address: str
    pool: str
    found: ContactFact | None = None
    wrong: str = ""

    @property
    def present(self) -> bool:
        """Whether it is there as it has to be."""
        return self.found is not None and not self.wrong


def contacts(case: LyncCase) -> Verdict:
    """Say what a person has to type, once Lync may read what the tool shows (field notes 11)."""
    if case.item.spec.contacts.policy == "Ignore":
        return NOTHING
    for what, fact in (
        ("the contacts of Lync", case.lync.contacts),
        ("auto attendants", case.lync.auto_attendants),
    ):
        if isinstance(fact, Unknown):
            return case.unread(what, fact.message)
    needed = needed_contacts(case)
    missing = [contact for contact in needed if not contact.present]
    if not missing:
        return NOTHING
    count = f"{len(missing)} of {len(needed)} contacts {'is' if len(missing) == 1 else 'are'} missing"
    permissions = case.lync.permissions
    if isinstance(permissions, Unknown) or not permissions.value.granted:
        message = f"{count}; they come after Lync may read the objects of Unified Messaging"
        return Verdict((case.finding("Pending", Reason.WAITING_FOR_PERMISSIONS, message, "contacts"),))
    verdict = NOTHING
    for contact in missing:
        path = f"contacts[{contact.dial_plan},{contact.number}]"
        verdict += case.person(Reason.CONTACTS_MISSING, instruction(case, contact), path)
    return verdict


def needed_contacts(case: LyncCase) -> tuple[Contact, ...]:
    """Return a contact for each number of a plan and of its enabled auto attendants, each once."""
    found = (contact for plan in case.item.dial_plans for contact in _of_plan(case, plan))
    return tuple({(one.dial_plan, one.kind, one.number): one for one in found}.values())


def instruction(case: LyncCase, contact: Contact) -> str:
    """Return what a person has to do about a contact, in the words of OcsUmUtil.exe."""
    if not E164.fullmatch(contact.number):
        return (
            f'number "{contact.number}" of dial plan "{contact.dial_plan}" is not in E.164, which '
            "OcsUmUtil.exe asks for; change it there first"
        )
    if contact.found is not None:
        return f'contact "{contact.found.sip_address}" for "{contact.number}" {contact.wrong}'
    unit = case.item.spec.contacts.organizational_unit
    sip = f'"{contact.sip_address}"' if contact.sip_address else "one of your SIP domain"
    kind = "Subscriber Access" if contact.kind == "SubscriberAccess" else "Auto-Attendant"
    return (
        "as a member of RTCUniversalServerAdmins and RTCUniversalUserAdmins start OcsUmUtil.exe on a Lync "
        f'computer, choose Load Data, SIP dial plan "{contact.dial_plan}", Add, and enter: Organizational '
        f'Unit {_quoted(unit)}; Name "{contact.name}"; SIP Address {sip}; Server or Pool "{contact.pool}"; '
        f'Phone Number "{contact.number}"; Contact Type "{kind}". The operator sees the contact by itself '
        "(Get-CsExUmContact)"
    )


def _quoted(unit: str | None) -> str:
    return f'"{unit}"' if unit else "of your choice"


def _of_plan(case: LyncCase, plan: IntegratedPlan) -> Iterator[Contact]:
    live = case.view.dial_plan(plan.name)
    properties = live.value.properties if isinstance(live, Known) and live.value else {}
    numbers = dict.fromkeys(number for path in NUMBERS for number in _texts(properties.get(path)))
    for place, number in enumerate(numbers):
        name = f"{plan.name}-SA" if place == 0 else f"{plan.name}-SA-{number.lstrip('+')}"
        yield _contact(case, plan, "SubscriberAccess", number, name)
    attendants = case.lync.auto_attendants
    for one in attendants.value if isinstance(attendants, Known) else ():
        if one.enabled and same_name(one.dial_plan, plan.name):
            for number in sorted(one.pilot_identifiers):
                yield _contact(case, plan, "AutoAttendant", number, one.name)


def _contact(case: LyncCase, plan: IntegratedPlan, kind: ContactKind, number: str, name: str) -> Contact:
    spec = case.item.spec.contacts
    local = re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-")
    address = f"sip:{local}@{spec.sip_domain}" if spec.sip_domain else ""
    pool = spec.pool or case.item.pools[0].fqdn
    found = _found(case, kind, number)
    if found is None:
        return Contact(plan.name, kind, number, name, address, pool)
    wrong = _wrong(case, kind, found)
    return Contact(plan.name, kind, number, name, found.sip_address, found.registrar_pool, found, wrong)


def _found(case: LyncCase, kind: ContactKind, number: str) -> ContactFact | None:
    """Return the contact with a number: one that is right, if there are several."""
    fact = case.lync.contacts
    rows = (
        [one for one in fact.value if _digits(one.number) == _digits(number)]
        if isinstance(fact, Known)
        else []
    )
    return min(rows, key=lambda one: bool(_wrong(case, kind, one)), default=None)


def _wrong(case: LyncCase, kind: ContactKind, found: ContactFact) -> str:
    if found.auto_attendant != (kind == "AutoAttendant"):
        is_for = "an auto attendant" if found.auto_attendant else "subscriber access"
        return f"is for {is_for}, and the number is not; make it anew in OcsUmUtil.exe"
    pools = {name_key(pool.fqdn) for pool in case.item.pools}
    if name_key(found.registrar_pool) not in pools:
        return (
            f'is registered with "{found.registrar_pool}", which is none of spec.pools (Move-CsExUmContact)'
        )
    return "is disabled (Set-CsExUmContact -Enabled)" if found.enabled is False else ""


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, tuple | list):
        yield from (str(one) for one in value)
