"""An administrator at the Exchange Management Shell of a server: changes made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from um_operator.lab.exchange.rbac import ADMINISTRATOR
from um_operator.lab.exchange.shell import ManagementShell
from um_operator.lab.journal import CONSOLE
from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Value


@dataclass
class Transcript:
    """What a command wrote; also the streams that it writes to."""

    rows: list[PSObject] = field(default_factory=list)
    errors: list[CmdletError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def output(self, value: Value) -> None:
        """Keep a row."""
        if isinstance(value, PSObject):
            self.rows.append(value)

    def error(self, error: CmdletError) -> None:
        """Keep an error record."""
        self.errors.append(error)

    def warning(self, message: str) -> None:
        """Keep a warning."""
        self.warnings.append(message)


class Console:
    """The same cmdlets, with the same refusals, without the network between."""

    def __init__(self, shell: ManagementShell, server: str) -> None:
        self._shell = shell
        self._caller = Caller(ADMINISTRATOR.name, server, CONSOLE)

    def run(
        self, cmdlet: str, positional: Sequence[Value] = (), parameters: Mapping[str, Value] | None = None
    ) -> Transcript:
        """Run a command; whatever would prompt is confirmed. Errors of all kinds are in the transcript."""
        given = dict(parameters or {})
        transcript = Transcript()
        if not cmdlet.lower().startswith("get-"):
            given.setdefault("Confirm", False)
        try:
            self._shell.execute(Invocation(cmdlet, given, positional), self._caller, transcript)
        except CmdletError as error:
            transcript.errors.append(error)
        return transcript

    def change(self, cmdlet: str, *positional: Value, **parameters: Value) -> list[PSObject]:
        """Run a command that must succeed.

        Returns:
            the rows that it wrote.

        Raises:
            CmdletError: its first error.
        """
        transcript = self.run(cmdlet, positional, parameters)
        if transcript.errors:
            raise transcript.errors[0]
        return transcript.rows
