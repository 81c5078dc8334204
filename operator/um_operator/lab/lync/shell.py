"""The Lync Server Management Shell: finds a cmdlet, binds it, runs it, reports its refusal."""

from __future__ import annotations

from collections.abc import Iterable

from um_operator.lab.binding import Bound, bind, command_not_found, one_by_one
from um_operator.lab.exchange.rbac import ADMINISTRATOR, Account
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.exchange.shell import Trouble
from um_operator.lab.lync.call import LyncCall, LyncCmdlet
from um_operator.lab.lync.deployment import Deployment
from um_operator.lab.lync.rbac import may_run
from um_operator.lab.measuring import is_measure, measure
from um_operator.lab.powershell import Caller, CmdletError, Invocation, Streams
from um_operator.lab.selecting import is_select, select
from um_operator.lab.variants import Refusal


class LyncShell:
    """The :class:`~um_operator.lab.powershell.CmdletHost` behind ``/OcsPowershell`` of every front end.

    Args:
        deployment: what the cmdlets work on.
        cmdlets: the cmdlets that there are.
        by_hand: those that only a person has who sits at a computer.
        accounts: who may run which of them.
        trouble: asked before each cmdlet runs, as by Exchange's shell.
    """

    def __init__(
        self,
        deployment: Deployment,
        cmdlets: Iterable[LyncCmdlet],
        by_hand: Iterable[LyncCmdlet] = (),
        accounts: Iterable[Account] = (),
        trouble: Trouble = lambda _cmdlet, _caller: None,
    ) -> None:
        self._deployment = deployment
        self._trouble = trouble
        self._cmdlets = {c.declaration.name.lower(): c for c in cmdlets}
        self._by_hand = {c.declaration.name.lower(): c for c in by_hand}
        self._accounts = {account.name.lower(): account for account in accounts}

    def has(self, cmdlet: str) -> bool:
        """Whether it is one of this shell's, or of a person at a computer of it."""
        return cmdlet.lower() in self._cmdlets or cmdlet.lower() in self._by_hand

    async def run(self, invocation: Invocation, caller: Caller, streams: Streams) -> None:
        """Run one command.

        Raises:
            CmdletError: the cmdlet does not exist for the caller, does not bind, or ends its pipeline.
        """
        if is_select(invocation):
            select(invocation, streams)
            return
        if is_measure(invocation):
            measure(invocation, streams)
            return
        cmdlet = self._find(invocation.cmdlet, caller)
        for single in one_by_one(cmdlet.declaration, invocation):
            await self._execute(cmdlet, bind(cmdlet.declaration, single), caller, streams)

    def _find(self, name: str, caller: Caller) -> LyncCmdlet:
        cmdlet = self._cmdlets.get(name.lower())
        if caller.account == ADMINISTRATOR.name:
            cmdlet = cmdlet or self._by_hand.get(name.lower())
        elif cmdlet is not None:
            account = self._accounts.get(caller.account.lower())
            if account is None or not may_run(account.lync_roles, cmdlet.declaration.name):
                cmdlet = None
        if cmdlet is None:
            raise command_not_found(name)
        return cmdlet

    async def _execute(self, cmdlet: LyncCmdlet, bound: Bound, caller: Caller, streams: Streams) -> None:
        landed = self._deployment.computer_of(caller.server)
        computer = landed.fqdn if landed is not None else caller.server
        call = LyncCall(self._deployment, cmdlet.declaration, bound, caller, streams, computer)
        try:
            if (planned := self._trouble(cmdlet.declaration.name, caller)) is not None:
                raise planned
            await cmdlet.run(call)
        except RefusedError as refused:
            self._report(call, call.error(refused.exception, refused.message, category=refused.category))
        except CmdletError as error:
            self._report(call, error)

    def _report(self, call: LyncCall, error: CmdletError) -> None:
        if self._deployment.variants.refusal is Refusal.TERMINATING:
            raise error
        call.streams.error(error)
