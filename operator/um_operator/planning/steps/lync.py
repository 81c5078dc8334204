"""Steps that tie Exchange UM and Lync together, but for a pool's gateway, which has the steps of any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, TypeAlias

from typing_extensions import override

from um_operator.observed.certificates import ServiceName
from um_operator.planning.steps import subjects
from um_operator.planning.steps.base import BaseStep, SnapshotField
from um_operator.planning.steps.certificate import WINDOWS_SERVICES, ServerStep
from um_operator.planning.steps.trust import SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinDialPlans(ServerStep):
    """Make a service of a server a member of SIP dial plans: ``-DialPlans @{Add=...}``, never a list (R21).

    Membership makes Lync trust the server (Set-UMService, Set-UMCallRouterSettings; field notes 2.1).

    Attributes:
        dial_plans: names in Exchange of those that it is not a member of yet.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans", "um_services", "call_routers"})
    service: ServiceName
    dial_plans: tuple[str, ...]

    @property
    @override
    def subject(self) -> str:
        return subjects.of_membership(self.server, WINDOWS_SERVICES[self.service])

    @property
    @override
    def want(self) -> object:
        return {"dialPlans": list(self.dial_plans)}

    @property
    @override
    def sentence(self) -> str:
        names = ", ".join(f'"{name}"' for name in self.dial_plans)
        return (
            f'Add {WINDOWS_SERVICES[self.service]} on "{self.server}" to dial plan {names}; '
            "it stays in those that it is in."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPermissions(ServerStep):
    """Run ExchUcUtil.ps1 on a server, which lets Lync read UM's objects (field notes 6.1).

    What it makes besides, gateways and hunt groups, is there before, so that it finds and keeps it.

    Attributes:
        server: FQDN of the Exchange server on which it runs.
        forest: of Lync, if it is another one (-Forest).
        missing: what Lync may not read yet, a group and a container each.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"lync", "gateways", "hunt_groups", "dial_plans"})
    deadline: ClassVar[timedelta] = timedelta(seconds=300)
    forest: str | None = None
    missing: tuple[str, ...] = ()

    @property
    @override
    def subject(self) -> str:
        return subjects.of_permissions(self.owner.name)

    @property
    @override
    def want(self) -> object:
        return {"granted": True, "forest": self.forest}

    @property
    @override
    def have(self) -> object:
        return {"missing": list(self.missing)}

    @property
    @override
    def sentence(self) -> str:
        forest = f' for forest "{self.forest}"' if self.forest else ""
        return f'Run ExchUcUtil.ps1 on "{self.server}"{forest}: it lets Lync read the objects of UM.'


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallLyncTrust(BaseStep):
    """Add CAs of UM certificates to the stores of a Lync host: roots to Root, others to CA (R5, R7).

    Attributes:
        computer: FQDN of the host.
        authorities: SHA-256 of all that it has to trust, so that an approval is for these and no others; none
            are known before the certificate is issued.
        certificates: names of issued revisions whose chains hold them.
        missing: SHA-256 of those that it lacks.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"front_ends", "revisions"})
    deadline: ClassVar[timedelta] = timedelta(seconds=120)
    computer: str
    authorities: tuple[str, ...]
    certificates: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    @override
    def subject(self) -> str:
        return subjects.of_stores(self.computer)

    @property
    @override
    def want(self) -> object:
        return {"trusted": list(self.authorities)}

    @property
    @override
    def sentence(self) -> str:
        names = ", ".join(f'"{sha256[:SHOWN]}"' for sha256 in self.missing)
        return f'Add CAs of the UM certificates to the stores of Lync host "{self.computer}": {names}.'


LyncStep: TypeAlias = JoinDialPlans | GrantPermissions | InstallLyncTrust
