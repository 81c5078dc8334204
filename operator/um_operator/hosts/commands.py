"""Every command that is ever sent to a host: built here, and listed in ``ALLOWED`` with all that it may say.

A host answers on its own WinRM, through the full ``Microsoft.PowerShell`` or through a JEA endpoint that
offers what ``ALLOWED`` has (``deploy/jea``; a test compares). So there are commands with parameters only.

Services are controlled by CIM. Restart-Service and Start-Service wait until the service is there, and one
that is given up in between leaves it stopped; ``StopService`` and ``StartService`` only ask, and answer with
a number that is the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from um_operator.remoting.session import Command

WindowsService: TypeAlias = Literal["MSExchangeUM", "MSExchangeUMCR"]
TrustStore: TypeAlias = Literal["Root", "CA"]
"""A machine store as Windows names it: trusted roots, intermediate authorities."""

WINDOWS_SERVICES: Final[tuple[WindowsService, ...]] = ("MSExchangeUM", "MSExchangeUMCR")
STORES: Final[tuple[TrustStore, ...]] = ("Root", "CA")
REJECTED_CALLS: Final = (
    r"\MSExchangeUMCallRouterAvailability\Total Inbound Calls Rejected by the UM Call Router"
)
MOST_EVENTS: Final = 100
"""How many new events are read at a time, the oldest first."""


@dataclass(frozen=True, slots=True)
class EventLog:
    """Where a host writes events that are evidence against a rollout (R16, field notes 9).

    Attributes:
        name: of the log.
        providers: which sources count.
        ids: which of their events do.
    """

    name: str
    providers: tuple[str, ...]
    ids: tuple[int, ...]

    @property
    def before_record(self) -> str:
        """The query (XPath) of its telling events, up to the number after which they are asked for."""
        providers = " or ".join(f"@Name='{provider}'" for provider in self.providers)
        ids = " or ".join(f"EventID={number}" for number in self.ids)
        return f"*[System[Provider[{providers}] and ({ids}) and EventRecordID>"


@dataclass(frozen=True, slots=True)
class Machine:
    """What is looked at on one kind of host: Windows services by name, and a log."""

    services: tuple[str, ...]
    log: EventLog

    @property
    def filter(self) -> str:
        """The filter (WQL) of its services."""
        return " OR ".join(f"Name = '{name}'" for name in self.services)


EXCHANGE_SERVER: Final = Machine(
    WINDOWS_SERVICES,
    EventLog(
        "Application",
        ("MSExchange Unified Messaging", "MSExchangeUM", "MSExchangeUMCR"),
        (1112, 1113, 1114, 1175, 1400, 1423, 1438),
    ),
)
LYNC_COMPUTER: Final = Machine(
    ("RTCSRV",), EventLog("Lync Server", ("LS Exchange Unified Messaging Routing",), (44009,))
)
"""A front end. Lync's own cmdlet shows its other services too, but not when they began."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A parameter that takes these words, without case (ValidateSet)."""

    words: tuple[str, ...]

    def admits(self, value: object) -> bool:
        """Tell whether a value is one of the words."""
        return str(value).casefold() in {word.casefold() for word in self.words}


@dataclass(frozen=True, slots=True)
class Like:
    """A parameter of which each value as text matches from begin to end (ValidatePattern)."""

    pattern: str

    def admits(self, value: object) -> bool:
        """Tell whether a value, or each of a list, matches."""
        values = value if isinstance(value, list) else [value]
        return all(re.fullmatch(self.pattern, str(item)) for item in values)


@dataclass(frozen=True, slots=True)
class Anything:
    """A parameter that the endpoint does not look at: what it can reach is bounded otherwise."""

    def admits(self, value: object) -> bool:
        """Tell that any value but nil is."""
        return value is not None


Constraint: TypeAlias = OneOf | Like | Anything


def _path(store: TrustStore) -> str:
    return f"Cert:\\LocalMachine\\{store}"


_QUERIES: Final[Mapping[WindowsService, str]] = {
    "MSExchangeUM": "SELECT * FROM Win32_Service WHERE Name = 'MSExchangeUM'",
    "MSExchangeUMCR": "SELECT * FROM Win32_Service WHERE Name = 'MSExchangeUMCR'",
}


def _on_every(machine: Machine) -> dict[str, Mapping[str, Constraint]]:
    """Return what is the same on every kind of host but for the names of services and log."""
    return {
        "Get-CimInstance": {"ClassName": OneOf(("Win32_Service",)), "Filter": OneOf((machine.filter,))},
        "Get-Process": {"Id": Like(r"\d{1,10}")},
        "Get-ChildItem": {"Path": OneOf(tuple(_path(store) for store in STORES))},
        "Get-WinEvent": {
            "LogName": OneOf((machine.log.name,)),
            "FilterXPath": Like(re.escape(machine.log.before_record) + r"\d{1,19}\]\]"),
            "MaxEvents": Like(r"\d{1,4}"),
            "Oldest": Anything(),
        },
        "Add-UMOperatorTrust": {"Store": OneOf(STORES), "RawData": Anything()},
    }


ALLOWED_ON_LYNC: Final[Mapping[str, Mapping[str, Constraint]]] = _on_every(LYNC_COMPUTER)
"""What is used of Windows on a front end; Lync's own cmdlets come besides (``lync/commands.py``)."""
ALLOWED: Final[Mapping[str, Mapping[str, Constraint]]] = {
    **_on_every(EXCHANGE_SERVER),
    "Invoke-CimMethod": {
        "Query": OneOf(tuple(_QUERIES.values())),
        "MethodName": OneOf(("StopService", "StartService")),
    },
    "Get-Counter": {"Counter": OneOf((REJECTED_CALLS,))},
}
"""On an Exchange server: every command with every parameter that is used and what it may be given.

``Select-Object`` comes behind some of them; every restricted session has it by itself.
``Add-UMOperatorTrust`` is a function of the module in ``deploy/jea``, for no cmdlet takes a certificate's
bytes; all others are Windows PowerShell's own, of version 3 and later.
"""


def services(machine: Machine = EXCHANGE_SERVER) -> Command:
    """Return what shows the services: ``Name``, ``State`` (English words of CIM), ``ProcessId``."""
    return Command("Get-CimInstance", {"ClassName": "Win32_Service", "Filter": machine.filter})


def processes(identifiers: Iterable[int]) -> Command:
    """Return what shows when processes began: ``Id``, ``StartTime``.

    A process has dozens of properties, its modules among them, and each would be asked for.
    """
    plain = Command("Select-Object", {"Property": ["Id", "StartTime"]})
    return Command("Get-Process", {"Id": sorted(identifiers)}, then=(plain,))


def stop(service: WindowsService) -> Command:
    """Return what asks a service to stop, and does not wait until it has."""
    return Command("Invoke-CimMethod", {"Query": _QUERIES[service], "MethodName": "StopService"})


def start(service: WindowsService) -> Command:
    """Return what starts a service, and does not wait until it runs."""
    return Command("Invoke-CimMethod", {"Query": _QUERIES[service], "MethodName": "StartService"})


def certificates(store: TrustStore) -> Command:
    """Return what shows the certificates of a machine store: only ``RawData`` survives remoting."""
    return Command("Get-ChildItem", {"Path": _path(store)})


def newest_event(log: EventLog = EXCHANGE_SERVER.log) -> Command:
    """Return what shows the newest record of the log, whatever it is about."""
    return Command("Get-WinEvent", {"LogName": log.name, "MaxEvents": 1})


def events_after(record: int, log: EventLog = EXCHANGE_SERVER.log) -> Command:
    """Return what shows Unified Messaging's telling events after a record, the oldest first."""
    return Command(
        "Get-WinEvent",
        {
            "LogName": log.name,
            "FilterXPath": f"{log.before_record}{record}]]",
            "MaxEvents": MOST_EVENTS,
            "Oldest": True,
        },
    )


def rejected_calls() -> Command:
    """Return what shows how many calls the call router has rejected since it began."""
    return Command("Get-Counter", {"Counter": REJECTED_CALLS})


def trust(store: TrustStore, certificate: bytes) -> Command:
    """Return what adds a certificate (DER) to a machine store; what is there stays as it is (R7)."""
    return Command("Add-UMOperatorTrust", {"Store": store, "RawData": certificate})
