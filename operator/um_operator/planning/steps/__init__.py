"""The closed union of steps: what the operator can do to Exchange, as plain data.

A step says what it changes from what to what, in one sentence for a person too. It knows neither its
successor (planning/order.py) nor whether it may run (planning/gates.py), nor a cmdlet (exchange/apply.py).
"""

from __future__ import annotations

from typing import TypeAlias

from um_operator.planning.steps.base import AS_CREATED, BaseStep, Change, SnapshotField
from um_operator.planning.steps.dial_plan import (
    CreateDialPlan,
    RemoveDialPlan,
    RemoveMailboxPolicy,
    SetDialPlan,
    SetVoIPSecurity,
)
from um_operator.planning.steps.gateway import (
    CreateGateway,
    GatewayStep,
    RemoveGateway,
    SetGateway,
    SetGatewayState,
)
from um_operator.planning.steps.hunt_group import CreateHuntGroup, HuntGroupStep, RemoveHuntGroup

Step: TypeAlias = (
    CreateDialPlan | SetDialPlan | SetVoIPSecurity | RemoveMailboxPolicy | RemoveDialPlan
    | CreateGateway | SetGateway | SetGatewayState | RemoveGateway
    | CreateHuntGroup | RemoveHuntGroup
)  # fmt: skip

__all__ = [
    "AS_CREATED",
    "BaseStep",
    "Change",
    "CreateDialPlan",
    "CreateGateway",
    "CreateHuntGroup",
    "GatewayStep",
    "HuntGroupStep",
    "RemoveDialPlan",
    "RemoveGateway",
    "RemoveHuntGroup",
    "RemoveMailboxPolicy",
    "SetDialPlan",
    "SetGateway",
    "SetGatewayState",
    "SetVoIPSecurity",
    "SnapshotField",
    "Step",
]
