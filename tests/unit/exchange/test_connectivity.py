"""Exchange's own test call: what is asked, and what is made of its answer."""

from __future__ import annotations

import pytest

from exchange_support import Clock, TableInvoker, error, row
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.connectivity import DEADLINE, Called, Transport, call
from um_operator.exchange.reader import Reader
from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import NotReadError
from um_operator.remoting.session import PSRow, PSValue, Result

RESULT = "Microsoft.Exchange.Management.Tasks.UMConnectivityResults"


def answer(success: PSValue, why: PSValue = None) -> PSRow:
    return row(RESULT, EntireOperationSuccess=success, ReasonForFailure=why)


async def called(
    result: Result, service: ServiceName = "UM", transport: Transport = "TLS"
) -> tuple[Called, TableInvoker]:
    invoker = TableInvoker({"Test-UMConnectivity": result})
    return await call(Reader(invoker, Clock(), DEADLINE), service, transport), invoker


@pytest.mark.parametrize(
    ("service", "transport", "asked"),
    [
        ("UM", "TLS", {"Secured": True}),
        ("UM", "TCP", {"Secured": False}),
        ("UMCallRouter", "TLS", {"CallRouter": True, "Secured": True}),
    ],
)
async def test_each_service_is_called_over_the_transport_that_is_meant(
    service: ServiceName, transport: Transport, asked: dict[str, bool]
) -> None:
    came, invoker = await called(Result((answer(True),)), service, transport)
    assert came == Called(service, transport, answered=True)
    assert [command.parameters for command in invoker.commands] == [{**asked, "Timeout": 60}]
    assert invoker.writes == []


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("No connection\r\n could be made.", "No connection could be made."),
        (None, "Exchange does not say why"),
    ],
)
async def test_a_failure_says_why_in_one_line(why: PSValue, told: str) -> None:
    came, _ = await called(Result((answer(False, why),)))
    assert came == Called("UM", "TLS", answered=False, why=told)


async def test_an_answer_that_is_none_is_an_error_and_no_failure() -> None:
    with pytest.raises(ReadError, match="EntireOperationSuccess"):
        await called(Result((answer(None),)))
    with pytest.raises(NotReadError, match="shows 0 objects"):
        await called(Result(()))
    with pytest.raises(NotReadError):
        await called(Result((answer(True),), (error("ObjectNotFound"),)))
