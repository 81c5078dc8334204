from __future__ import annotations

import pytest

from clixml_support import captured
from exchange_support import NOW, Clock, TableInvoker, enum, error, row
from um_operator.exchange import components
from um_operator.exchange.reader import Reader
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import ComponentFact
from um_operator.remoting import clixml
from um_operator.remoting.session import Command, PSRow, PSValue, Result

SERVER = "ex01.contoso.com"


def said(requester: str, state: str) -> PSRow:
    return row("RequesterDetails", f"Requestor:{requester}; State:{state}", Requester=requester, State=state)


def shown(name: str, state: str = "Active", *, local: PSValue = None, remote: PSValue = None) -> PSRow:
    return row(
        "Microsoft.Exchange.Data.Directory.Management.ServerComponentStatePresentationObject",
        Component=name,
        State=enum(state, 1),
        LocalStates=local,
        RemoteStates=remote,
    )


async def seen(*found: PSValue) -> Fact[ComponentFact | None]:
    invoker = TableInvoker({"Get-ServerComponentState": Result(found)})
    fact = await Reader(invoker, Clock(), 5).fact(None, lambda reader: components.component(reader, SERVER))
    assert [command.parameters for command in invoker.commands] == [{"Identity": SERVER}]
    return fact


async def test_a_component_is_read_as_a_real_server_shows_it() -> None:
    document = clixml.Reader()
    every = [document.read(element) for element in captured("E16-GetServerComponentState.xml")]
    fact = await seen(*every)
    assert fact == Known(
        ComponentFact("UMCallRouter", "Active", {"HealthApi": "Active", "Functional": "Active"}), NOW
    )


@pytest.mark.parametrize("name", ["UMCallRouter", "UnifiedMessaging", "umcallrouter"])
async def test_the_component_has_one_of_two_names(name: str) -> None:
    fact = await seen(shown("Monitoring"), shown(name))
    assert fact == Known(ComponentFact(name, "Active"), NOW)


async def test_a_server_may_have_none() -> None:
    assert await seen(shown("Monitoring"), shown("ServerWideOffline")) == Known(None, NOW)


async def test_each_requester_is_known_with_the_worse_of_his_two_words() -> None:
    fact = await seen(
        shown(
            "UMCallRouter",
            "Draining",
            local=(said("HealthAPI", "Active"), said("Sidelined", "Draining")),
            remote=(said("HealthApi", "Inactive"), said("Sidelined", "Active")),
        )
    )
    requested = {"HealthAPI": "Inactive", "Sidelined": "Draining"}
    assert fact == Known(ComponentFact("UMCallRouter", "Inactive", requested), NOW)  # type: ignore[arg-type]


async def test_whoever_holds_the_whole_server_holds_its_call_router() -> None:
    fact = await seen(
        shown("UMCallRouter", local=said("Sidelined", "Active")),
        shown("ServerWideOffline", local=said("Maintenance", "Inactive")),
    )
    requested = {"Sidelined": "Active", "Maintenance": "Inactive"}
    assert fact == Known(ComponentFact("UMCallRouter", "Inactive", requested), NOW)  # type: ignore[arg-type]


async def test_a_state_that_nobody_knows_is_not_taken_for_active() -> None:
    fact = await seen(shown("UMCallRouter", "Sleeping"))
    assert fact == Known(ComponentFact("UMCallRouter", "Unknown"), NOW)


@pytest.mark.parametrize(
    "found",
    [
        (row("X", State="Active"),),
        (shown("UMCallRouter", local=("text",)),),
        (shown("UMCallRouter", local=(row("RequesterDetails", State="Active"),)),),
    ],
)
async def test_what_is_not_understood_is_unknown(found: tuple[PSValue, ...]) -> None:
    assert isinstance(await seen(*found), Unknown)


async def test_a_list_beside_an_error_makes_nothing_absent() -> None:
    invoker = TableInvoker({"Get-ServerComponentState": Result((), (error("ServerComponentApiException"),))})
    fact = await Reader(invoker, Clock(), 5).fact(None, lambda reader: components.component(reader, SERVER))
    assert isinstance(fact, Unknown)


def test_a_state_is_said_in_our_name() -> None:
    assert components.set_state(SERVER, "UMCallRouter", "Sidelined", "Draining") == Command(
        "Set-ServerComponentState",
        {
            "Identity": SERVER,
            "Component": "UMCallRouter",
            "Requester": "Sidelined",
            "State": "Draining",
        },
    )
