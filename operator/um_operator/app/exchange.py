"""The pass over an Exchange organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from um_operator.engine.choke import Choke
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import OnePass, Planner
from um_operator.engine.ports import Carrier, Clock, Estate, Events, Journal, Lease, Plans, Records
from um_operator.engine.unconnected import UnconnectedEstate
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import Step


class WayIn(Protocol):
    """What a pass needs of a connection."""

    @property
    def estate(self) -> Estate:
        """Return what reads."""

    @property
    def carriers(self) -> Mapping[type[Step], Carrier]:
        """Return what writes: exactly one carrier a step type, none where nothing can be read."""


@dataclass(frozen=True, slots=True)
class NoConnection:
    """A way into an organisation that cannot be asked: it reads nothing and writes nothing."""

    estate: UnconnectedEstate

    @property
    def carriers(self) -> Mapping[type[Step], Carrier]:
        """Return none: from what is unknown follows no step (R1)."""
        return {}


def one_pass(
    connection: WayIn,
    *,
    records: Records,
    journal: Journal,
    events: Events,
    lease: Lease,
    clock: Clock,
    plans: Plans,
    identities: Identities,
    planner: Planner = make_plan,
) -> OnePass:
    """Return the pass of an organisation over an open connection."""
    choke = Choke(connection.carriers, records, journal, lease, clock)
    return OnePass(connection.estate, choke, records, events, clock, plans, identities, planner)
