"""The PowerShell of one host: all that the lab has for an administrator, a JEA role's share of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from um_operator.lab import selecting
from um_operator.lab.binding import Bound, bind, command_not_found, one_by_one
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.host import Host
from um_operator.lab.journal import Journal
from um_operator.lab.powershell import Caller, Invocation, Streams
from um_operator.lab.variants import Variants
from um_operator.lab.winrm import certificates, cim, counters, events, processes, services
from um_operator.lab.winrm.call import HostCall, HostCmdlet
from um_operator.lab.winrm.roles import Role

_CMDLETS: dict[str, HostCmdlet] = {
    cmdlet.declaration.name.lower(): cmdlet
    for cmdlet in (
        *cim.CMDLETS,
        *services.CMDLETS,
        *processes.CMDLETS,
        *certificates.CMDLETS,
        *events.CMDLETS,
        *counters.CMDLETS,
    )
}
_OF_THE_MODULE = frozenset({certificates.ADD_TRUST.lower()})


@dataclass
class HostShell:
    """The :class:`~um_operator.lab.powershell.CmdletHost` behind ``/wsman`` of one host.

    Attributes:
        role: what an account may do; None for an administrator, who may do everything.
        has_module: whether the module of deploy/jea is installed there.
        installed: cmdlets of a product on the host that work there alone, by name in lower case.
    """

    host: Host
    journal: Journal
    variants: Variants
    role: Callable[[str], Role | None] = lambda _account: None
    has_module: bool = True
    installed: Mapping[str, HostCmdlet] = field(default_factory=dict)

    async def run(self, invocation: Invocation, caller: Caller, streams: Streams) -> None:
        """Run one command.

        Raises:
            CmdletError: the cmdlet does not exist for the caller, does not bind, or ends its pipeline.
        """
        if selecting.is_select(invocation):
            selecting.select(invocation, streams)
            return
        role = self.role(caller.account)
        cmdlet = self._find(invocation.cmdlet, role)
        bound_as = cmdlet.declaration
        if role is None:
            bound_as = replace(bound_as, source=bound_as.type_name)
        if role is not None:
            role.check(invocation)
        for single in one_by_one(bound_as, invocation):
            bound = bind(bound_as, single, lambda p: role is None or role.offers(bound_as.name, p))
            await self._execute(cmdlet, bound, caller, streams)

    async def _execute(self, cmdlet: HostCmdlet, bound: Bound, caller: Caller, streams: Streams) -> None:
        call = HostCall(self.host, self.journal, self.variants, cmdlet.declaration, bound, caller, streams)
        try:
            await cmdlet.run(call)
        except RefusedError as prevented:
            raise call.error("Prevented", prevented.message) from prevented

    def _find(self, name: str, role: Role | None) -> HostCmdlet:
        cmdlet = _CMDLETS.get(name.lower()) or self.installed.get(name.lower())
        missing = name.lower() in _OF_THE_MODULE and not self.has_module
        if cmdlet is None or missing or (role is not None and not role.has(name)):
            raise command_not_found(name)
        return cmdlet
