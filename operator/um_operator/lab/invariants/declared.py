"""What a test allows: the objects that somebody declared, what may go, and when calls may be interrupted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from um_operator.lab.journal import Readable

Attributes = Mapping[str, Readable]


class Link(NamedTuple):
    """A hunt group by what it does: the plan that answers a pilot number."""

    dial_plan: str
    pilot: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """What Exchange compares: names without case."""
        return self.dial_plan.casefold(), self.pilot


@dataclass(frozen=True, slots=True)
class Gateway:
    """A declared gateway.

    Attributes:
        properties: Exchange's properties that may be written on it, in any case; None for all.
        links: the hunt groups that it shall have; None where nobody declares any.
        removes_unlisted: whether its other hunt groups may go.
    """

    properties: frozenset[str] | None = None
    links: frozenset[Link] | None = None
    removes_unlisted: bool = False


@dataclass(frozen=True, slots=True)
class DialPlan:
    """A declared dial plan; ``properties`` as of a gateway."""

    properties: frozenset[str] | None = None


def _always(_: datetime) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything that the operator may touch, and how.

    Attributes:
        gateways: by their names in Exchange; who is not in here is somebody else's.
        dial_plans: likewise.
        deletable: names of gateways and plans that may be removed.
        held: names of objects on which new writes must not begin, and until when (None: for good).
        writes: false where nothing may be written at all.
        window: whether calls may be interrupted at an instant.
        drain: how long a deletion or a restart waits for calls in progress before it may cut them.
        servers: FQDNs of the servers whose services, bindings and components may be touched; all of them
            count where it is asked how many may be out.
        requester: by whom components are drained.
        max_unavailable: how many servers may be out at once, for whatever reason.
        cuts_calls: whether the UM service may be stopped under calls when the time to wait is over.
        soak: how long the next server waits after a restart.
        attested: names of devices of which somebody has said that they believe, or need not.
        served: names of gateways whose calls have to succeed, all but those that a restart of the UM service
            on the server of their mailbox makes impossible.
        front_ends: FQDNs of computers of Lync whose trust stores may be added to.
        approved_front_ends: those whose restart somebody has approved.
        exactly_quorum: FQDNs of pools for which a restart was approved that leaves exactly their quorum.
        front_end_drain: how long a restart of a front end waits for its sessions.
        outbound: dial plans that Lync shares: each has exactly one gateway for outgoing calls, and every
            server may become a member of it.
        pools: FQDNs of the pools that are to have gateways of their own.
        permissions: whether somebody named who shall let Lync read Exchange's containers.
        revision: anything that changes when what is declared changes, values included.
    """

    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    dial_plans: Mapping[str, DialPlan] = field(default_factory=dict)
    deletable: frozenset[str] = frozenset()
    held: Mapping[str, datetime | None] = field(default_factory=dict)
    writes: bool = True
    window: Callable[[datetime], bool] = _always
    drain: timedelta = timedelta(minutes=30)
    servers: frozenset[str] = frozenset()
    requester: str = "Sidelined"
    max_unavailable: int = 1
    cuts_calls: bool = False
    soak: timedelta = timedelta(0)
    attested: frozenset[str] = frozenset()
    served: frozenset[str] = frozenset()
    front_ends: frozenset[str] = frozenset()
    approved_front_ends: frozenset[str] = frozenset()
    exactly_quorum: frozenset[str] = frozenset()
    front_end_drain: timedelta = timedelta(hours=1)
    outbound: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()
    permissions: bool = False
    revision: str = ""
