from __future__ import annotations

import pytest

from exchange_support import (
    DC1,
    NOW,
    UNREACHABLE,
    Answer,
    TableInvoker,
    error,
    estate_of,
    gateway_row,
    organisation,
    row,
    rows,
)
from um_operator.api.server_patterns import ServerPatterns
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.planning.scope import Scope
from um_operator.remoting.session import Command, PSRow, PSValue, Result

EMPTYING = Scope(active_calls=frozenset({"SBC01"}))
NO_SERVICE = Result((), (error("UMRpcException", "ReadError"),))
GATEWAYS = rows(gateway_row("sbc01"), gateway_row("pbx", "2", Address="10.1.1.1"))


def call(gateway: PSValue) -> PSRow:
    return row("ActiveCalls", GatewayId=gateway)


async def counted(*on_ex01: PSRow, on_ex02: Answer | None = None, gateways: Answer = GATEWAYS) -> Fact[int]:
    def calls(command: Command) -> Answer:
        return rows(*on_ex01) if command.parameters["Server"] == "ex01.contoso.com" else on_ex02 or rows()

    invoker = TableInvoker(organisation(UMActiveCalls=calls, UMIPGateway=gateways))
    snapshot = await estate_of(invoker).read(EMPTYING, None, DC1)
    assert snapshot.active_calls.keys() == {"sbc01"}
    return snapshot.active_calls["sbc01"]


@pytest.mark.parametrize(
    ("what", "gateway", "count"),
    [
        ("by the gateway's address", "sbc01.contoso.com", 1),
        ("by its name, in any case", "SBC01", 1),
        ("by another gateway's address", "10.1.1.1", 0),
        ("by another gateway's name", "PBX", 0),
        ("by something that is no gateway's", "192.0.2.7", 1),
        ("not at all", None, 1),
        ("in a way that is not understood", (1, 2), 1),
    ],
)
async def test_a_call_counts_unless_it_is_plainly_another_gateways(
    what: str, gateway: PSValue, count: int
) -> None:
    assert await counted(call(gateway)) == Known(count, NOW)


async def test_calls_are_counted_over_all_servers_in_scope() -> None:
    assert await counted(call("sbc01"), call("sbc01"), on_ex02=rows(call("sbc01"))) == Known(3, NOW)


async def test_an_address_that_two_gateways_share_counts_for_both() -> None:
    shared = rows(gateway_row("sbc01"), gateway_row("twin", "2", Address="SBC01.contoso.com"))
    assert await counted(call("sbc01.contoso.com"), gateways=shared) == Known(1, NOW)


@pytest.mark.parametrize(
    ("why", "on_ex02", "gateways"),
    [
        ("a server does not answer", UNREACHABLE, GATEWAYS),
        ("the service of a server does not answer", NO_SERVICE, GATEWAYS),
        ("the gateways are unknown", rows(), UNREACHABLE),
    ],
)  # fmt: skip
async def test_without_every_answer_the_count_is_unknown(why: str, on_ex02: Answer, gateways: Answer) -> None:
    assert isinstance(await counted(on_ex02=on_ex02, gateways=gateways), Unknown)


async def test_without_a_server_in_scope_nobody_was_asked() -> None:
    invoker = TableInvoker(organisation())
    estate = estate_of(invoker, selection=ServerPatterns(include=("typo.*",)))
    snapshot = await estate.read(EMPTYING, None, DC1)
    assert isinstance(snapshot.active_calls["sbc01"], Unknown)


async def test_calls_are_read_only_while_a_gateway_is_being_emptied() -> None:
    invoker = TableInvoker(organisation())
    estate = estate_of(invoker)
    first = await estate.read(EMPTYING, None, DC1)
    invoker.commands.clear()
    second = await estate.read(Scope(frozenset({"gateways"})), first, DC1)
    assert second.active_calls == {}
    assert [command.name for command in invoker.commands] == ["Get-UMIPGateway"]
