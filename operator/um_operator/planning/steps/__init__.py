"""The closed union of steps: what the operator can do to Exchange, as plain data.

A step says what it changes from what to what, in one sentence for a person too. It knows neither its
successor (planning/order.py) nor whether it may run (planning/gates.py), nor a cmdlet (exchange/apply.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, TypeAlias, get_args

from um_operator.planning.steps.base import AS_CREATED, BaseStep, Change, SnapshotField
from um_operator.planning.steps.certificate import (
    WINDOWS_SERVICES,
    ActivateServer,
    CertificateStep,
    ConfigureService,
    DrainServer,
    GaveUp,
    ImportCertificate,
    InstallChain,
    RemoveCertificate,
    RestartService,
    ServerStep,
)
from um_operator.planning.steps.dial_plan import (
    CreateDialPlan,
    RemoveDialPlan,
    RemoveMailboxPolicy,
    SetDialPlan,
    SetVoIPSecurity,
)
from um_operator.planning.steps.front_end import (
    FrontEndRestartStep,
    FrontEndStep,
    StartFrontEndServices,
    StopFrontEndServices,
)
from um_operator.planning.steps.gateway import (
    CreateGateway,
    GatewayStep,
    RemoveGateway,
    SetGateway,
    SetGatewayPort,
    SetGatewayState,
)
from um_operator.planning.steps.hunt_group import CreateHuntGroup, HuntGroupStep, RemoveHuntGroup
from um_operator.planning.steps.issuance import RequestCertificate
from um_operator.planning.steps.lync import GrantPermissions, InstallLyncTrust, JoinDialPlans, LyncStep
from um_operator.planning.steps.trust import DeliverTrust, PublishAuthorities, TrustGateway, TrustStep

Step: TypeAlias = (
    CreateDialPlan | SetDialPlan | SetVoIPSecurity | RemoveMailboxPolicy | RemoveDialPlan
    | CreateGateway | SetGateway | SetGatewayPort | SetGatewayState | RemoveGateway
    | CreateHuntGroup | RemoveHuntGroup
    | CertificateStep | TrustStep | LyncStep | FrontEndRestartStep
)  # fmt: skip

LONGEST_DEADLINE: Final[timedelta] = max(step.deadline for step in get_args(Step))
"""After so long the last call of a process that was cut off has ended."""

__all__ = [
    "AS_CREATED",
    "LONGEST_DEADLINE",
    "WINDOWS_SERVICES",
    "ActivateServer",
    "BaseStep",
    "CertificateStep",
    "Change",
    "ConfigureService",
    "CreateDialPlan",
    "CreateGateway",
    "CreateHuntGroup",
    "DeliverTrust",
    "DrainServer",
    "FrontEndRestartStep",
    "FrontEndStep",
    "GatewayStep",
    "GaveUp",
    "GrantPermissions",
    "HuntGroupStep",
    "ImportCertificate",
    "InstallChain",
    "InstallLyncTrust",
    "JoinDialPlans",
    "LyncStep",
    "PublishAuthorities",
    "RemoveCertificate",
    "RemoveDialPlan",
    "RemoveGateway",
    "RemoveHuntGroup",
    "RemoveMailboxPolicy",
    "RequestCertificate",
    "RestartService",
    "ServerStep",
    "SetDialPlan",
    "SetGateway",
    "SetGatewayPort",
    "SetGatewayState",
    "SetVoIPSecurity",
    "SnapshotField",
    "StartFrontEndServices",
    "Step",
    "StopFrontEndServices",
    "TrustGateway",
    "TrustStep",
]
