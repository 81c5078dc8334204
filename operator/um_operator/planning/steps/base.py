"""What all steps have in common."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final, Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.values import PropertyValue, display

SnapshotField: TypeAlias = Literal[
    "dial_plans",
    "gateways",
    "hunt_groups",
    "mailbox_policies",
    "um_services",
    "call_routers",
    "active_calls",
    "certificates",
    "availability",
    "hosts",
    "stores",
    "revisions",
    "deliveries",
    "lync",
    "front_ends",
]
"""``availability``: whether servers take calls, a part of ``hosts``; ``lync``: topology, contacts and
permissions; ``front_ends``: what pools and their computers show."""

AS_CREATED: Final = "as created"
"""The ``have`` of a property of an object that we create, until it was once in force: whatever default
Exchange gave it. So the id of the step that configures it does not change once the object is there."""


@dataclass(frozen=True, slots=True)
class Change:
    """One property: its path in the spec, what Git has, what Exchange has."""

    path: str
    want: PropertyValue
    have: PropertyValue

    @property
    def sentence(self) -> str:
        """Return ``port from "5060" to "5061"``; the second half for a new object."""
        if self.have == AS_CREATED:
            return f'{self.path} to "{display(self.want)}"'
        return f'{self.path} from "{display(self.have)}" to "{display(self.want)}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseStep:
    """What all steps have.

    Attributes:
        owner: the resource that asks for it.
        interrupts: whether calls fail while or because it runs; such a step waits for a window (R26).
        needs_approval: whether it waits for an approval of its own, whatever the mode (R22, R23).
    """

    owner: ObjectKey
    interrupts: bool = False
    needs_approval: bool = False

    reads: ClassVar[frozenset[SnapshotField]]
    deadline: ClassVar[timedelta] = timedelta(seconds=60)

    @property
    def subject(self) -> str:
        """Return what is changed, in Exchange's terms, e.g. ``UMIPGateway/sbc01``."""
        raise NotImplementedError

    @property
    def want(self) -> object:
        """Return the state after the step, as JSON-able plain data; ``None`` is absent: it removes."""
        return None

    @property
    def have(self) -> object:
        """Return the state before the step, as JSON-able plain data; ``None`` is absent: it creates."""
        return None

    @property
    def sentence(self) -> str:
        """Return one sentence for a person, values in double quotes, without clock or chance."""
        raise NotImplementedError

    @property
    def step_id(self) -> str:
        """Return what makes it this step and no other."""
        return step_id_of(type(self).__name__, self.subject, self.want, self.have)


def step_id_of(kind: str, subject: str, want: object, have: object) -> str:
    """Return SHA-256 (hex) of a step's canonical (type, subject, want, have)."""
    canonical = json.dumps(
        [kind, subject, want, have], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def wanted(changes: tuple[Change, ...]) -> dict[str, PropertyValue]:
    """Return what the changed properties shall be."""
    return {change.path: change.want for change in changes}


def had(changes: tuple[Change, ...]) -> dict[str, PropertyValue]:
    """Return what the changed properties are."""
    return {change.path: change.have for change in changes}


def listed(changes: tuple[Change, ...]) -> str:
    """Return the changes as part of a sentence."""
    return ", ".join(change.sentence for change in changes)
