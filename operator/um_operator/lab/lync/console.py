"""An administrator at a computer of Lync: changes made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from um_operator.lab.console import Transcript
from um_operator.lab.exchange.rbac import ADMINISTRATOR
from um_operator.lab.journal import CONSOLE
from um_operator.lab.lync.shell import LyncShell
from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Value


class LyncConsole:
    """The same cmdlets, with the same refusals, without the network between; and programs with a window."""

    def __init__(self, shell: LyncShell, computer: str) -> None:
        self._shell = shell
        self._caller = Caller(ADMINISTRATOR.name, computer, CONSOLE)

    async def run(
        self, cmdlet: str, positional: Sequence[Value] = (), parameters: Mapping[str, Value] | None = None
    ) -> Transcript:
        """Run a command; whatever would prompt is confirmed. Errors of all kinds are in the transcript."""
        given = dict(parameters or {})
        transcript = Transcript()
        if not cmdlet.lower().startswith("get-"):
            given.setdefault("Confirm", False)
        try:
            await self._shell.run(Invocation(cmdlet, given, positional), self._caller, transcript)
        except CmdletError as error:
            transcript.errors.append(error)
        return transcript

    async def change(self, cmdlet: str, *positional: Value, **parameters: Value) -> list[PSObject]:
        """Run a command that must succeed.

        Returns:
            the rows that it wrote.

        Raises:
            CmdletError: its first error.
        """
        transcript = await self.run(cmdlet, positional, parameters)
        if transcript.errors:
            raise transcript.errors[0]
        return transcript.rows
