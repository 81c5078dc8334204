"""One running cmdlet of Lync's shell, and the errors that it writes.

Texts and error ids are common knowledge: nobody could verify them, so nothing may depend on them but their
category.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from um_operator.lab.binding import Bound, Declaration, Parameter
from um_operator.lab.journal import Author, Readable
from um_operator.lab.lync.deployment import Deployment
from um_operator.lab.powershell import Caller, CmdletError, PSObject, Streams, Value
from um_operator.lab.values import SWITCH
from um_operator.lab.variants import SingleValue

MANAGEMENT: Final = "Microsoft.Rtc.Management"
_CHANGING: Final = (Parameter("Confirm", SWITCH), Parameter("WhatIf", SWITCH), Parameter("Force", SWITCH))


@dataclass(frozen=True)
class LyncCall:
    """One invocation that has been bound.

    Attributes:
        computer: FQDN of the computer that runs it.
    """

    deployment: Deployment
    declaration: Declaration
    bound: Bound
    caller: Caller
    streams: Streams
    computer: str

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The converted arguments by parameter name."""
        return self.bound.arguments

    @property
    def author(self) -> Author:
        """Whose effects these are."""
        return Author(self.caller.account, self.computer, self.caller.endpoint, self.declaration.name)

    def value(self, parameter: str, default: Any = None) -> Any:
        """The argument of a parameter, or the default when it was not given."""
        return self.arguments.get(parameter, default)

    def should_process(self) -> bool:
        """PowerShell's question before an effect.

        Raises:
            CmdletError: it has to be asked, and there is no host that could.
        """
        if self.value("WhatIf", False):
            return False
        if self.value("Confirm", self.declaration.prompts):
            raise self.error(
                "HostFunctionNotImplemented",
                "A command that prompts the user failed because the host program or the command type does "
                "not support user interaction.",
                category="NotImplemented",
                exception="System.Management.Automation.Host.HostException",
            )
        return True

    def act(
        self,
        kind: str,
        name: str,
        before: Mapping[str, Readable] | None,
        after: Mapping[str, Readable] | None,
        effect: Callable[[], None],
    ) -> None:
        """Change something; the journal has it."""
        journal = self.deployment.journal
        journal.about_to_change(self.caller.account)
        effect()
        journal.record_of(self.author, kind=kind, name=name, before=before, after=after)

    def output(self, type_name: str, text: str, properties: Mapping[str, Value]) -> None:
        """Write one object to the pipeline."""
        self.streams.output(PSObject((f"{MANAGEMENT}.{type_name}", "System.Object"), text, properties))

    def many(self, values: Sequence[Value]) -> Value:
        """A collection on the wire; PowerShell unrolls one of a single value where the variant says so."""
        if len(values) == 1 and self.deployment.variants.single_value is SingleValue.SCALAR:
            return values[0]
        return list(values)

    def not_found(self, what: str, identity: str) -> CmdletError:
        """There is no such object."""
        return self.error(
            "ItemNotFound",
            f'Cannot find "{what}" "{identity}" because it does not exist.',
            category="ObjectNotFound",
            exception=f"{MANAGEMENT}.ManagementException",
            target=identity,
        )

    def error(
        self,
        error_id: str,
        message: str,
        *,
        category: str = "InvalidOperation",
        exception: str = "System.InvalidOperationException",
        target: str | None = None,
    ) -> CmdletError:
        """An error record of this cmdlet."""
        return CmdletError(
            message,
            error_id=f"{error_id},{self.declaration.type_name}",
            category=category,
            exception_type=exception,
            target=target,
            activity=self.declaration.name,
        )


@dataclass(frozen=True, slots=True)
class LyncCmdlet:
    """A cmdlet: what it declares and what it does."""

    declaration: Declaration
    run: Callable[[LyncCall], Awaitable[None]]


def cmdlet(
    name: str,
    run: Callable[[LyncCall], Awaitable[None]],
    *parameters: Parameter,
    namespace: str = "Xds",
    default_set: str = "",
    prompts: bool = False,
) -> LyncCmdlet:
    """Declare a cmdlet; those of a verb that changes something get the parameters of a question."""
    verb, _, noun = name.partition("-")
    changing = () if verb in ("Get", "Test") else _CHANGING
    type_name = f"{MANAGEMENT}.{namespace}.{verb}{noun.removeprefix('Cs')}Cmdlet"
    return LyncCmdlet(
        Declaration(name, type_name, (*parameters, *changing), default_set, prompts=prompts), run
    )
