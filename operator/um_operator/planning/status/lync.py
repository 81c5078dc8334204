"""The status of a LyncIntegration: its pools and front ends, contacts, permissions, membership."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from um_operator.api.condition import Condition, ConditionStatus
from um_operator.api.lync_status import (
    MAX_CONTACTS,
    MAX_MEMBERS,
    ContactStatus,
    LyncIntegrationStatus,
    MemberStatus,
    PermissionStatus,
)
from um_operator.api.object_status import ComparedStatus
from um_operator.desired.organization import DesiredLyncIntegration
from um_operator.observed.fact import Known, Unknown
from um_operator.planning.checks.lync_case import LyncCase
from um_operator.planning.checks.lync_contacts import Contact, needed_contacts
from um_operator.planning.checks.lync_members import is_member, services
from um_operator.planning.status.common import NAME_MAX, compared_fields
from um_operator.planning.status.lync_pool import pool_status
from um_operator.planning.status.situation import Situation
from um_operator.planning.view import View

_JOINED: Final[Mapping[bool | None, ConditionStatus]] = {True: "True", False: "False", None: "Unknown"}


def as_declared(view: View, item: DesiredLyncIntegration) -> str:
    """Return what is true of an integration that differs in nothing."""
    pools, plans = len(item.pools), len(item.dial_plans)
    of_pools, of_plans = "s" if pools > 1 else "", "s" if plans > 1 else ""
    said = f"{pools} pool{of_pools} and {plans} dial plan{of_plans} are integrated"
    contacts = contacts_of(view, item)
    if contacts is None:
        return said
    return f"{said}, {sum(one.present for one in contacts)} of {len(contacts)} contacts exist"


def contacts_of(view: View, item: DesiredLyncIntegration) -> tuple[Contact, ...] | None:
    """Return the contacts that an integration needs; ``None``: nobody asks, or it is not known."""
    lync = view.snapshot.lync
    if lync is None or item.spec.contacts.policy == "Ignore" or item.obstacles:
        return None
    known = isinstance(lync.contacts, Known) and isinstance(lync.auto_attendants, Known)
    return needed_contacts(LyncCase(item, lync, view)) if known else None


def missing_contacts(contacts: tuple[Contact, ...]) -> str:
    """Return ``1 of 2 contacts is missing``."""
    missing = sum(not one.present for one in contacts)
    return f"{missing} of {len(contacts)} contacts {'is' if missing == 1 else 'are'} missing"


def lync_status(
    situation: Situation,
    item: DesiredLyncIntegration,
    conditions: tuple[Condition, ...],
    before: ComparedStatus | None,
) -> LyncIntegrationStatus:
    """Return an integration's status."""
    view = situation.view
    contacts = contacts_of(view, item)
    rows = sorted(map(_contact, contacts or ()), key=lambda row: (row.present, row.dial_plan, row.number))
    members = sorted(_members(view, item), key=lambda row: (row.dial_plans_joined == "True", row.name))
    return LyncIntegrationStatus(
        **compared_fields(situation, before),
        conditions=conditions,
        pool_count=len(item.pools),
        pools=tuple(pool_status(situation, pool) for pool in item.pools),
        contact_count=len(contacts) if contacts is not None else None,
        missing_contact_count=sum(not row.present for row in rows) if contacts is not None else None,
        contacts=tuple(rows[:MAX_CONTACTS]),
        permissions=_permissions(view),
        servers=tuple(members[:MAX_MEMBERS]),
    )


def _contact(contact: Contact) -> ContactStatus:
    return ContactStatus(
        dial_plan=contact.dial_plan,
        kind=contact.kind,
        number=contact.number[:NAME_MAX],
        present=contact.present,
        pool=contact.pool or None,
        sip_address=contact.sip_address[:NAME_MAX] or None,
    )


def _permissions(view: View) -> PermissionStatus | None:
    if view.snapshot.lync is None:
        return None
    fact = view.snapshot.lync.permissions
    if isinstance(fact, Unknown):
        return PermissionStatus(state="Unknown", reason=fact.reason)
    shown_by = fact.value.read_by[:NAME_MAX]
    return PermissionStatus(state="Granted" if fact.value.granted else "Missing", verified_by=shown_by)


def _members(view: View, item: DesiredLyncIntegration) -> Iterator[MemberStatus]:
    """Yield the servers, each a member only if every service of it is one of every plan."""
    joined: dict[str, bool | None] = {}
    for server, _, fact in services(view):
        here = (
            all(is_member(fact, plan.name) for plan in item.dial_plans) if isinstance(fact, Known) else None
        )
        joined[server] = _worse(joined.get(server, True), here)
    known = view.snapshot.servers.value if isinstance(view.snapshot.servers, Known) else {}
    for server, state in joined.items():
        name = known[server].fqdn if server in known else server
        yield MemberStatus(name=name, dial_plans_joined=_JOINED[state])


def _worse(one: bool | None, other: bool | None) -> bool | None:
    """Return that something is not so where either is not, and that it is unknown where either is."""
    if False in {one, other}:
        return False
    return None if None in {one, other} else True
