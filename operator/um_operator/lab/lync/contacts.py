"""Exchange UM contacts: what OcsUmUtil makes of the answers a person types (field notes 6.2, 6.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact object in Active Directory.

    Attributes:
        name: its display name.
        sip_address: with ``sip:``.
        pool: FQDN of its registrar pool.
        number: what is dialled, in E.164.
        dial_plan: name of the UM dial plan that it leads to; empty where a hosted one was made.
        attendant: whether it is one of an auto attendant.
        unit: DN of its organizational unit.
        created: when.
    """

    name: str
    sip_address: str
    pool: str
    number: str
    dial_plan: str
    attendant: bool
    unit: str
    created: datetime

    @property
    def is_hosted(self) -> bool:
        """Whether New-CsExUmContact made it, so that no UM server here ever gets a call of it."""
        return not self.dial_plan

    @property
    def distinguished_name(self) -> str:
        """Its DN, which is its identity."""
        return f"CN={self.name},{self.unit}"


class Contacts:
    """All contacts, by SIP address and number without case."""

    def __init__(self) -> None:
        self._contacts: dict[str, Contact] = {}

    def __iter__(self) -> Iterator[Contact]:
        return iter(tuple(self._contacts.values()))

    def add(self, contact: Contact) -> None:
        """Put a contact in."""
        self._contacts[contact.sip_address.lower()] = contact

    def remove(self, contact: Contact) -> None:
        """Take a contact out."""
        del self._contacts[contact.sip_address.lower()]

    def find(self, identity: str) -> Contact | None:
        """The contact of a SIP address, with or without ``sip:``, a DN or a display name."""
        asked = identity.lower()
        return next(
            (
                one
                for one in self
                if asked
                in (
                    one.sip_address.lower(),
                    one.sip_address.lower().removeprefix("sip:"),
                    one.distinguished_name.lower(),
                    one.name.lower(),
                )
            ),
            None,
        )

    def with_number(self, number: str) -> Contact | None:
        """The contact that a number leads to."""
        return next((one for one in self if one.number == number), None)
