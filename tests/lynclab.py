"""Lync without a network between: a deployment whose cmdlets a test runs directly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from um_operator.lab.clock import Clock
from um_operator.lab.exchange.rbac import ADMINISTRATOR, Account
from um_operator.lab.journal import Journal
from um_operator.lab.lync.builder import build
from um_operator.lab.lync.cmdlets import CMDLETS
from um_operator.lab.lync.contoso import LYNC
from um_operator.lab.lync.deployment import Deployment
from um_operator.lab.lync.shell import LyncShell
from um_operator.lab.lync.spec import LyncSpec
from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Value
from um_operator.lab.variants import Variants

POOL, FE01, SE = "lyncpool01.contoso.com", "lyncfe01.contoso.com", "lyncse01.contoso.com"
OPERATOR = Account("CONTOSO\\svc-um-lync", "", role_groups=(), lync_roles=("CsServerAdministrator",))


@dataclass
class Collected:
    """What a command wrote."""

    rows: list[PSObject] = field(default_factory=list)
    errors: list[CmdletError] = field(default_factory=list)

    def output(self, value: Value) -> None:
        assert isinstance(value, PSObject)
        self.rows.append(value)

    def error(self, error: CmdletError) -> None:
        self.errors.append(error)

    def warning(self, message: str) -> None:
        """Warnings are of no interest here."""


class LyncBench:
    """The shell of a front end, for the operator's account and for an administrator at the computer."""

    def __init__(self, spec: LyncSpec = LYNC, variants: Variants | None = None) -> None:
        self.clock = Clock.frozen()
        self.journal = Journal(self.clock)
        self.deployment: Deployment = build(
            spec, clock=self.clock, journal=self.journal, variants=variants or Variants()
        )
        self.shell = LyncShell(self.deployment, CMDLETS, accounts=(OPERATOR,))

    async def collect(
        self, cmdlet: str, *, by_hand: bool = False, at: str = FE01, **parameters: Any
    ) -> Collected:
        collected = Collected()
        account = ADMINISTRATOR.name if by_hand else OPERATOR.name
        caller = Caller(account, at, "console" if by_hand else "Microsoft.PowerShell")
        try:
            await self.shell.run(Invocation(cmdlet, parameters), caller, collected)
        except CmdletError as error:
            collected.errors.append(error)
        return collected

    async def rows(self, cmdlet: str, *, by_hand: bool = False, **parameters: Any) -> list[dict[str, Value]]:
        collected = await self.collect(cmdlet, by_hand=by_hand, **parameters)
        assert not collected.errors, collected.errors
        return [dict(row.properties) for row in collected.rows]

    async def refused(self, cmdlet: str, *, by_hand: bool = False, **parameters: Any) -> str:
        """The first word of the error id."""
        collected = await self.collect(cmdlet, by_hand=by_hand, **parameters)
        assert collected.errors
        return collected.errors[0].error_id.partition(",")[0]
