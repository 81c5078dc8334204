"""Test-UMConnectivity: Exchange asks a UM service of its own whether it takes calls (field notes 5.4).

The cmdlet asks the services of the server that runs it and of no other. Which one that is follows from where
Exchange has the session land, and no answer says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from um_operator.exchange import codecs
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.reader import Reader
from um_operator.observed.certificates import ServiceName
from um_operator.remoting.session import Argument, Command, PSRow

Transport: TypeAlias = Literal["TLS", "TCP"]

TIMEOUT: Final = 60
"""Seconds that the cmdlet waits for the service; it takes no less."""
DEADLINE: Final = TIMEOUT + 30.0
"""Seconds for its answer."""


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a test call. ``why``: why the service did not answer; empty if it did."""

    service: ServiceName
    transport: Transport
    answered: bool
    why: str = ""


def command(service: ServiceName, transport: Transport) -> Command:
    """Return the call of a service on the port that it has for a transport."""
    router: dict[str, Argument] = {"CallRouter": True} if service == "UMCallRouter" else {}
    return Command("Test-UMConnectivity", {**router, "Secured": transport == "TLS", "Timeout": TIMEOUT})


async def call(reader: Reader, service: ServiceName, transport: Transport) -> Called:
    """Have a service called.

    Raises:
        NotReadError: nobody said what came of it.
        ReadError: what was said is not understood.
    """
    asked = command(service, transport)
    row = await reader.one(asked.name, **asked.parameters)
    answered = _shown(row, "EntireOperationSuccess", codecs.BOOL)
    if not isinstance(answered, bool):
        raise ReadError("EntireOperationSuccess", row.properties.get("EntireOperationSuccess"))
    why = "" if answered else str(_shown(row, "ReasonForFailure", codecs.TEXT) or "Exchange does not say why")
    return Called(service, transport, answered, " ".join(why.split()))


def _shown(row: PSRow, name: str, codec: codecs.Codec) -> object:
    return codec.read(name, row.properties.get(name))
