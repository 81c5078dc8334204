"""One host whose cmdlets a test runs directly, as an administrator or through the JEA endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from exchange_bench import Collected
from um_operator.lab.clock import Clock
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER, Host
from um_operator.lab.hosts.service import NotStartedError
from um_operator.lab.hosts.times import INSTANT, ServiceTimes
from um_operator.lab.journal import Journal
from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Value
from um_operator.lab.variants import Variants
from um_operator.lab.winrm.roles import CAPABILITIES, CONFIGURATION, Role
from um_operator.lab.winrm.shell import HostShell

FQDN = "ex01.contoso.com"
ACCOUNT = "CONTOSO\\svc-um-operator"


@dataclass
class ToyProgram:
    """A service that does nothing; it starts unless ``refuses`` says why not."""

    refuses: str = ""
    open_since: list[datetime] = field(default_factory=list)

    def load(self) -> None:
        if self.refuses:
            raise NotStartedError(self.refuses)

    @property
    def listening(self) -> Mapping[int, str]:
        return {}

    async def open(self, warm_at: datetime) -> None:
        self.open_since.append(warm_at)

    async def close(self, why: str) -> None:
        del why
        self.open_since.clear()


class HostBench:
    """A host with both services running, on a frozen clock."""

    def __init__(
        self,
        variants: Variants | None = None,
        *,
        times: ServiceTimes = INSTANT,
        has_module: bool = True,
        roles: tuple[str, ...] = tuple(CAPABILITIES),
    ) -> None:
        self.clock = Clock.frozen()
        self.journal = Journal(self.clock)
        self.host = Host(FQDN, clock=self.clock, journal=self.journal, times=times)
        self.program = ToyProgram()
        self.host.install(UM, self.program)
        self.host.install(UM_CALL_ROUTER, ToyProgram())
        choices = variants or Variants()
        self.full = HostShell(self.host, self.journal, choices, has_module=has_module)
        role = Role(CAPABILITIES[name] for name in roles)
        self.jea = HostShell(self.host, self.journal, choices, role=lambda _account: role)

    async def run(self, cmdlet: str, *positional: Value, jea: bool = False, **parameters: Any) -> Collected:
        """Run one cmdlet."""
        collected = Collected()
        shell, configuration = (self.jea, CONFIGURATION) if jea else (self.full, "Microsoft.PowerShell")
        caller = Caller(ACCOUNT, FQDN, configuration)
        await shell.run(Invocation(cmdlet, parameters, positional), caller, collected)
        return collected

    async def refused(self, cmdlet: str, *positional: Value, jea: bool = False, **parameters: Any) -> str:
        """Run one cmdlet that must end its pipeline; the FullyQualifiedErrorId."""
        try:
            await self.run(cmdlet, *positional, jea=jea, **parameters)
        except CmdletError as error:
            return error.error_id
        raise AssertionError(f"{cmdlet} was not refused")

    async def row(self, cmdlet: str, jea: bool = False, **parameters: Any) -> Any:
        """The members of the only row of a cmdlet."""
        [row] = (await self.run(cmdlet, jea=jea, **parameters)).rows
        return {**row.properties, **row.notes}

    async def rows(self, cmdlet: str, jea: bool = False, **parameters: Any) -> list[PSObject]:
        """The rows of a cmdlet."""
        return (await self.run(cmdlet, jea=jea, **parameters)).rows

    async def pass_time(self, by: timedelta) -> None:
        """Let time pass for whoever waits for it, or is about to."""
        await _settle()
        self.clock.advance(by)
        await _settle()


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
