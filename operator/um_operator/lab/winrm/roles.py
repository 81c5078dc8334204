"""What the JEA endpoint allows: the role capabilities of deploy/jea, as PowerShell enforces them.

A visible cmdlet with restricted parameters has these parameters and no other; a value that its ValidateSet or
ValidatePattern does not have is refused before the cmdlet runs. A test holds this equal to the .psrc files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from um_operator.lab.powershell import CmdletError, EnumValue, Invocation, Value

CONFIGURATION: Final = "UMOperator"
"""Name of the session configuration."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a parameter may be given: one of some words, what a pattern matches as a whole, or anything."""

    words: tuple[str, ...] = ()
    pattern: str = ""

    def admits(self, value: Value) -> bool:
        """Whether a value, or each of a list, may be given; compared without case, as PowerShell does."""
        many = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
        texts = [item.name if isinstance(item, EnumValue) else str(item) for item in many]
        if self.words:
            return all(text.lower() in {word.lower() for word in self.words} for text in texts)
        return all(not self.pattern or re.fullmatch(self.pattern, text, re.IGNORECASE) for text in texts)


Parameters = Mapping[str, Restriction]


@dataclass(frozen=True, slots=True)
class RoleCapability:
    """One .psrc file: visible cmdlets with their parameters, and visible functions."""

    name: str
    cmdlets: Mapping[str, Parameters] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()


_SERVICE: Final = "SELECT * FROM Win32_Service WHERE Name = '{}'"
_PROVIDERS: Final = (
    r"\[@Name='MSExchange Unified Messaging' or @Name='MSExchangeUM' or @Name='MSExchangeUMCR'\]"
)
_EVENTS: Final = r"\(EventID=\d{1,5}( or EventID=\d{1,5}){0,15}\)"

UM_OPERATOR: Final = RoleCapability(
    "UMOperator",
    {
        "Get-CimInstance": {
            "ClassName": Restriction(("Win32_Service",)),
            "Filter": Restriction(("Name = 'MSExchangeUM' OR Name = 'MSExchangeUMCR'",)),
        },
        "Get-Process": {"Id": Restriction(pattern=r"\d{1,10}")},
        "Invoke-CimMethod": {
            "Query": Restriction((_SERVICE.format("MSExchangeUM"), _SERVICE.format("MSExchangeUMCR"))),
            "MethodName": Restriction(("StopService", "StartService")),
        },
        "Get-ChildItem": {"Path": Restriction(("Cert:\\LocalMachine\\Root", "Cert:\\LocalMachine\\CA"))},
        "Get-WinEvent": {
            "LogName": Restriction(("Application",)),
            "FilterXPath": Restriction(
                pattern=rf"\*\[System\[Provider{_PROVIDERS} and {_EVENTS} and EventRecordID>\d{{1,19}}\]\]"
            ),
            "MaxEvents": Restriction(pattern=r"\d{1,4}"),
            "Oldest": Restriction(),
        },
        "Get-Counter": {
            "Counter": Restriction(
                (r"\MSExchangeUMCallRouterAvailability\Total Inbound Calls Rejected by the UM Call Router",)
            )
        },
    },
)
UM_OPERATOR_TRUST: Final = RoleCapability("UMOperatorTrust", functions=frozenset({"Add-UMOperatorTrust"}))
CAPABILITIES: Final = {role.name: role for role in (UM_OPERATOR, UM_OPERATOR_TRUST)}


class Role:
    """Everything that one account's role capabilities allow together."""

    def __init__(self, capabilities: Iterable[RoleCapability]) -> None:
        self._cmdlets: dict[str, Parameters] = {}
        self._functions: set[str] = set()
        for capability in capabilities:
            self._cmdlets |= {name.lower(): known for name, known in capability.cmdlets.items()}
            self._functions |= {name.lower() for name in capability.functions}

    def has(self, cmdlet: str) -> bool:
        """Whether the command exists in the session."""
        return cmdlet.lower() in self._cmdlets or cmdlet.lower() in self._functions

    def offers(self, cmdlet: str, parameter: str) -> bool:
        """Whether the command has the parameter in the session."""
        known = self._cmdlets.get(cmdlet.lower())
        return known is None or parameter.lower() in {name.lower() for name in known}

    def check(self, invocation: Invocation) -> None:
        """Refuse an argument that is none of those allowed; stricter than JEA, every one needs its name.

        Raises:
            CmdletError: as the proxy function in front of the cmdlet does.
        """
        if invocation.positional:
            raise _refusal(
                invocation.cmdlet,
                "PositionalParameterNotFound",
                "A positional parameter cannot be found that accepts the argument.",
            )
        known = {name.lower(): r for name, r in self._cmdlets.get(invocation.cmdlet.lower(), {}).items()}
        for parameter, value in invocation.parameters.items():
            restriction = known.get(parameter.lower())
            if restriction is not None and not restriction.admits(value):
                raise _refusal(
                    invocation.cmdlet,
                    "ParameterArgumentValidationError",
                    f"Cannot validate argument on parameter '{parameter}': the endpoint does not allow it.",
                )


def _refusal(cmdlet: str, error_id: str, message: str) -> CmdletError:
    return CmdletError(
        message,
        error_id=f"{error_id},{cmdlet}",
        category="InvalidData",
        exception_type="System.Management.Automation.ParameterBindingValidationException",
        activity=cmdlet,
    )
