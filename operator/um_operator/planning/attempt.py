"""A step that would run now, for the resource that asks for it: what it begins or ends, who approves."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.desired.organization import DesiredObject, DesiredResource
from um_operator.observed.values import name_key
from um_operator.planning.rollout.beginning import is_beginning
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    RemoveGateway,
    RemoveHuntGroup,
    RestartService,
    ServerStep,
    SetGatewayPort,
    SetGatewayState,
    SetVoIPSecurity,
    StartFrontEndServices,
    Step,
)
from um_operator.planning.view import View


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step that would run now, for the resource that asks for it."""

    step: Step
    item: DesiredResource
    view: View

    @property
    def finishes(self) -> bool:
        """Whether it ends what was begun: a gateway that we closed, a server that we took out (R13)."""
        if isinstance(self.step, ServerStep | StartFrontEndServices):
            return self._finishes_sequence(self.step)
        draining = self.view.ledger.entry(self.step.owner).draining
        match self.step:
            case SetVoIPSecurity() | SetGatewayPort():
                return self._leads_back(self.step)
            case _ if draining is None:
                return False
            case SetGatewayState(state=state, drains=False):
                return state == draining.state_before
            case RemoveHuntGroup() | RemoveGateway():
                return isinstance(self.item, DesiredObject) and self.item.deleting
            case _:
                return False

    @property
    def stops_service(self) -> bool:
        """Whether it takes away a service of a server."""
        return isinstance(self.step, RestartService) and self.step.phase == "Stop"

    @property
    def begins_cut_over(self) -> bool:
        """Whether it begins to secure a dial plan, or goes on with that."""
        match self.step:
            case SetVoIPSecurity() as step:
                return step.secures
            case SetGatewayPort() as step:
                return not step.back
            case _:
                return False

    @property
    def server(self) -> ServerCase | None:
        """Return the server that it is about, if it is about one."""
        if not isinstance(self.step, ServerStep):
            return None
        return self.view.rollout.servers.get(name_key(self.step.server))

    @property
    def begins(self) -> bool:
        """Whether it begins the sequence of a server."""
        return self.server is not None and is_beginning(self.step, self.server)

    @property
    def asks_for_approval(self) -> bool:
        """Whether somebody has to approve it first: in mode Plan everything, but never a way back (R13)."""
        removes = isinstance(self.step, RemoveHuntGroup | RemoveGateway)
        brings_back = self.finishes and not removes
        modes = {self.item.care.mode}
        declared = self.step.declared if isinstance(self.step, SetGatewayPort) else None
        if declared is not None and (gateway := self.view.items.get(declared)) is not None:
            modes.add(gateway.care.mode)
        asks = "Plan" in modes or self.step.needs_approval
        return not brings_back and self.item.care.mode != "Observe" and asks

    def _leads_back(self, step: SetVoIPSecurity | SetGatewayPort) -> bool:
        """Whether it takes back what was written to secure a plan, and was not yet seen to work."""
        if isinstance(step, SetVoIPSecurity) or not step.back:
            return step.back
        entries = (self.view.ledger.entry(key).before_secure for key in step.plans)
        return any(before is not None and not before.verified for before in entries)

    def _finishes_sequence(self, step: ServerStep | StartFrontEndServices) -> bool:
        server = self.server
        match step:
            case ActivateServer() | StartFrontEndServices():
                return True
            case RestartService():
                return step.phase == "Start" or (server is not None and server.entry.hold is not None)
            case ConfigureService() | DrainServer():
                return not self.begins
            case _:
                return False
