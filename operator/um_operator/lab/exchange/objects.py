"""What the directory holds: objects with attributes, and the changes that make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID


class Kind(StrEnum):
    """The classes of object that the lab's directory knows, named as their cmdlets name them."""

    ORGANIZATION = "OrganizationConfig"
    SERVER = "ExchangeServer"
    UM_SERVICE = "UMService"
    CALL_ROUTER = "UMCallRouterSettings"
    DIAL_PLAN = "UMDialPlan"
    IP_GATEWAY = "UMIPGateway"
    HUNT_GROUP = "UMHuntGroup"
    MAILBOX_POLICY = "UMMailboxPolicy"
    AUTO_ATTENDANT = "UMAutoAttendant"
    MAILBOX = "UMMailbox"
    PERMISSION = "ADPermission"


class Stamp(NamedTuple):
    """When a value was written, and in which order: of two values for one attribute the later wins."""

    time: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Change:
    """One write, as it travels from domain controller to domain controller.

    ``created`` carries the kind of a new object; ``removed`` marks a deletion.
    """

    guid: UUID
    stamp: Stamp
    attributes: Mapping[str, Any]
    created: Kind | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class DirectoryObject:
    """One object as one domain controller has it. References to other objects are GUIDs."""

    guid: UUID
    kind: Kind
    attributes: Mapping[str, Any]
    stamps: Mapping[str, Stamp]
    created: Stamp
    changed: Stamp

    @property
    def name(self) -> str:
        """The object's common name."""
        return str(self.attributes["Name"])

    def __getitem__(self, attribute: str) -> Any:
        """The value of an attribute; None where it was never set."""
        return self.attributes.get(attribute)
