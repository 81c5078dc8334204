"""Rows as Exchange shows them and an invoker that answers from a table, for tests of the exchange room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from um_operator.api.server_patterns import ServerPatterns
from um_operator.exchange.estate import ExchangeEstate
from um_operator.planning.scope import Scope
from um_operator.remoting.error_records import CATEGORIES
from um_operator.remoting.errors import Unreachable
from um_operator.remoting.properties import Properties
from um_operator.remoting.session import Command, ErrorRecord, PSEnum, PSRow, PSValue, Result

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
PLAN_GUID = "6a0f4a5e-3f0a-4a57-9c2a-0e3b5d1c7a11"
GATEWAY_GUID = "0c9be1f4-7d5e-4f3a-8a52-1b6a0f3f9d22"

Answer = Result | Exception
Answers = Mapping[str, Answer | Callable[[Command], Answer]]


def row(type_name: str, text: str = "", /, **properties: PSValue) -> PSRow:
    return PSRow((type_name, "System.Object"), text, Properties(properties))


def enum(word: str, number: int = 0) -> PSEnum:
    return PSEnum(word, number)


def ad_object_id(name: str, text: str | None = None) -> PSRow:
    return row("Microsoft.Exchange.Data.Directory.ADObjectId", text or name, Name=name)


def version(major: int, minor: int, build: int = 1, revision: int = 0) -> PSRow:
    return row(
        "Microsoft.Exchange.Data.ServerVersion",
        f"Version {major}.{minor} (Build {build}.{revision})",
        Major=major,
        Minor=minor,
        Build=build,
        Revision=revision,
    )


def plan_row(name: str = "Contoso-PBX", guid: str = PLAN_GUID, **changed: PSValue) -> PSRow:
    properties: dict[str, PSValue] = {
        "Name": name,
        "Guid": guid,
        "URIType": enum("TelExtn"),
        "VoIPSecurity": enum("Unsecured", 2),
        "NumberOfDigitsInExtension": 4,
        "CountryOrRegionCode": "49",
    }
    return row(
        "Microsoft.Exchange.Data.Directory.SystemConfiguration.UMDialPlan", name, **{**properties, **changed}
    )


def gateway_row(name: str = "sbc01", guid: str = GATEWAY_GUID, **changed: PSValue) -> PSRow:
    properties: dict[str, PSValue] = {
        "Name": name,
        "Guid": guid,
        "Address": f"{name}.contoso.com",
        "Port": 5060,
        "Status": enum("Enabled"),
        "Simulator": False,
    }
    return row(
        "Microsoft.Exchange.Data.Directory.SystemConfiguration.UMIPGateway", name, **{**properties, **changed}
    )


def hunt_group_row(name: str, gateway: str, plan: str, pilot: str = "") -> PSRow:
    return row(
        "Microsoft.Exchange.Data.Directory.SystemConfiguration.UMHuntGroup",
        name,
        Name=name,
        UMIPGateway=ad_object_id(gateway),
        UMDialPlan=ad_object_id(plan),
        PilotIdentifier=pilot,
    )


def server_row(name: str, *, minor: int = 1, roles: str = "Mailbox", **changed: PSValue) -> PSRow:
    properties: dict[str, PSValue] = {
        "Name": name,
        "Fqdn": f"{name}.contoso.com",
        "Site": ad_object_id("HQ", "contoso.com/Configuration/Sites/HQ"),
        "AdminDisplayVersion": version(15, minor),
        "ServerRole": enum(roles, 2),
        "CurrentDomainControllers": (),
    }
    return row(
        "Microsoft.Exchange.Data.Directory.Management.ExchangeServer", name, **{**properties, **changed}
    )


def error(failure: str, category: str = "NotSpecified", message: str = "No.") -> ErrorRecord:
    """An error record of Exchange; a ``failure`` with a dot in front is an id without FailureCategory."""
    assert category in CATEGORIES
    in_exchange = f"[Server=EX01,RequestId=1,TimeStamp=2] [FailureCategory=Cmdlet-{failure}] 1A2B,X.Y"
    error_id = failure[1:] if failure.startswith(".") else in_exchange
    return ErrorRecord(message, error_id, category, f"Microsoft.Exchange.{failure}", None, terminating=False)


def rows(*found: PSValue) -> Result:
    return Result(found)


@dataclass
class TableInvoker:
    """Answers by the name of the cmdlet; a cmdlet without an answer shows nothing."""

    answers: Answers = field(default_factory=dict)
    answered_by: str | None = "https://ex01.contoso.com/PowerShell/"
    commands: list[Command] = field(default_factory=list)
    writes: list[Command] = field(default_factory=list)

    async def invoke(self, command: Command, *, deadline: float, write: bool) -> Result:
        self.commands.append(command)
        if write:
            self.writes.append(command)
        answer = self.answers.get(command.name, Result(()))
        if callable(answer):
            answer = answer(command)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.answers = {}

    def named(self, names: Iterable[str]) -> list[Command]:
        return [command for command in self.commands if command.name in set(names)]


DC1, DC2 = "dc01.contoso.com", "dc02.contoso.com"
EVERYTHING = Scope()
DC_GONE = Result((), (error("ADServerNotFoundException", "ResourceUnavailable"),))
UNREACHABLE = Unreachable("ex02 can't be reached", sent=False)


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def settings(name: str) -> PSRow:
    return row(
        "Settings",
        Name=name,
        DistinguishedName=f"CN={name},CN=Servers,DC=contoso",
        UMStartupMode=enum("TCP"),
        DialPlans=None,
        SipTcpListeningPort=5060,
        SipTlsListeningPort=5061,
    )


def call_router(command: Command) -> Answer:
    return rows(settings(str(command.parameters.get("Server")).partition(".")[0].upper()))


def servers(command: Command) -> Answer:
    if "Status" not in command.parameters:
        return rows(server_row("ex01"), server_row("ex02"), server_row("ex19", minor=2))
    name = str(command.parameters["Identity"]).partition(".")[0]
    return rows(server_row(name, CurrentDomainControllers=(DC1, DC2)))


def organisation(**changed: Answer | Callable[[Command], Answer]) -> Answers:
    answers: Answers = {
        "Get-OrganizationConfig": rows(row("Organization", Name="C", DistinguishedName="CN=C", Guid="g")),
        "Get-ExchangeServer": servers,
        "Get-UMService": rows(settings("EX01"), settings("EX02"), settings("UM10")),
        "Get-UMCallRouterSettings": call_router,
        "Get-UMDialPlan": rows(plan_row()),
        "Get-UMIPGateway": rows(gateway_row()),
        "Get-UMHuntGroup": rows(hunt_group_row("H1", "sbc01", "Contoso-PBX")),
        "Get-UMMailboxPolicy": rows(row("UMMailboxPolicy", Name="D", UMDialPlan="Contoso-PBX")),
    }
    return {**answers, **{f"Get-{name}": answer for name, answer in changed.items()}}


def estate_of(
    invoker: TableInvoker, clock: Clock | None = None, selection: ServerPatterns | None = None
) -> ExchangeEstate:
    return ExchangeEstate(
        invoker, clock or Clock(), selection=selection or ServerPatterns(), endpoints=("ex02.contoso.com",)
    )
