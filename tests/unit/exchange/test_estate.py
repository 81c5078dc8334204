from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from exchange_support import (
    DC1,
    DC_GONE,
    EVERYTHING,
    NOW,
    UNREACHABLE,
    Answer,
    Clock,
    TableInvoker,
    call_router,
    enum,
    error,
    estate_of,
    gateway_row,
    organisation,
    plan_row,
    rows,
    settings,
)
from um_operator.api.server_patterns import ServerPatterns
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.scope import Scope
from um_operator.remoting.errors import AuthenticationFailed
from um_operator.remoting.session import Command, Result


async def everything(**changed: Answer | Callable[[Command], Answer]) -> Snapshot:
    return await estate_of(TableInvoker(organisation(**changed))).read(EVERYTHING, None, DC1)


async def test_a_full_reading_knows_everything_under_the_keys_of_its_names() -> None:
    snapshot = await everything()
    assert isinstance(snapshot.organization, Known)
    assert isinstance(snapshot.servers, Known)
    assert isinstance(snapshot.dial_plans, Known)
    assert isinstance(snapshot.gateways, Known)
    assert snapshot.servers.value.keys() == {"ex01.contoso.com", "ex02.contoso.com", "ex19.contoso.com"}
    assert isinstance(snapshot.dial_plans.value["contoso-pbx"], Known)
    assert isinstance(snapshot.gateways.value["sbc01"], Known)
    assert [group.name for group in snapshot.gateways_of("contoso-PBX")] == ["H1"]
    assert isinstance(snapshot.mailbox_policies, Known)
    in_scope = {"ex01.contoso.com", "ex02.contoso.com"}
    assert snapshot.um_services.keys() == snapshot.call_routers.keys() == in_scope
    assert all(
        isinstance(fact, Known) for fact in (*snapshot.um_services.values(), *snapshot.call_routers.values())
    )


async def test_a_reading_says_which_endpoint_answered() -> None:
    invoker = TableInvoker(organisation())
    first = await estate_of(invoker).read(EVERYTHING, None, DC1)
    assert first.endpoint == invoker.answered_by
    invoker.answered_by = None
    assert (await estate_of(invoker).read(EVERYTHING, first, DC1)).endpoint == first.endpoint


async def test_every_reading_names_the_domain_controller_and_the_call_router_its_server() -> None:
    invoker = TableInvoker(organisation())
    await estate_of(invoker).read(Scope(active_calls=frozenset({"sbc01"})), None, DC1)
    assert {command.parameters.get("DomainController") for command in invoker.commands} == {DC1}
    routers = [c.parameters["Server"] for c in invoker.commands if c.name == "Get-UMCallRouterSettings"]
    assert sorted(map(str, routers)) == ["ex01.contoso.com", "ex02.contoso.com"]
    assert invoker.writes == []


async def test_the_number_of_commands_does_not_grow_with_the_number_of_objects() -> None:
    few = TableInvoker(organisation())
    await estate_of(few).read(EVERYTHING, None, DC1)
    many = TableInvoker(
        organisation(
            UMDialPlan=rows(*(plan_row(f"P{n}", str(n)) for n in range(200))),
            UMIPGateway=rows(*(gateway_row(f"g{n}", str(n)) for n in range(1000))),
        )
    )
    snapshot = await estate_of(many).read(EVERYTHING, None, DC1)
    assert isinstance(snapshot.gateways, Known)
    assert len(snapshot.gateways.value) == 1000
    assert len(many.commands) == len(few.commands) == 9


async def test_one_odd_row_is_unknown_and_hides_no_other() -> None:
    snapshot = await everything(UMDialPlan=rows(plan_row(), plan_row("Élan", "2", URIType=enum("Carrier"))))
    assert isinstance(snapshot.dial_plans, Known)
    odd = snapshot.dial_plans.value["élan"]
    assert isinstance(odd, Unknown)
    assert odd.message == (
        'Get-UMDialPlan, "Élan": property "URIType" has a value that is not understood, of type "PSEnum"'
    )
    assert isinstance(snapshot.dial_plans.value["contoso-pbx"], Known)


async def test_two_objects_of_one_name_are_unknown() -> None:
    snapshot = await everything(UMIPGateway=rows(gateway_row("sbc01"), gateway_row("SBC01", "2")))
    assert isinstance(snapshot.gateways, Known)
    assert isinstance(snapshot.gateways.value["sbc01"], Unknown)


@pytest.mark.parametrize(
    ("why", "answer", "reason"),
    [
        ("rows beside an error", Result((plan_row(),), (error("SomeException"),)), "NotRead"),
        ("a row without a name", rows(plan_row(), plan_row(None, "2")), "NotRead"),  # type: ignore[arg-type]
        ("a row that is no object", rows("Contoso-PBX"), "NotRead"),
        ("no connection", UNREACHABLE, "EndpointUnreachable"),
        ("the account is refused", AuthenticationFailed("refused", sent=False), "AuthenticationFailed"),
        (
            "the cmdlet is outside our roles",
            Result((), (error(".CommandNotFoundException", "ObjectNotFound"),)),
            "Forbidden",
        ),
        ("the domain controller is unknown", DC_GONE, "DomainControllerUnavailable"),
        ("we are throttled", Result((), (error("ThrottlingTransientException"),)), "NotRead"),
    ],
)
async def test_a_list_that_may_not_be_complete_is_unknown_and_the_others_are_not(
    why: str, answer: Answer, reason: str
) -> None:
    snapshot = await everything(UMDialPlan=answer)
    assert isinstance(snapshot.dial_plans, Unknown)
    assert snapshot.dial_plans.reason == reason
    assert isinstance(snapshot.gateways, Known)


async def test_unknown_keeps_the_instant_since_when_and_ends_with_the_next_good_reading() -> None:
    clock = Clock()
    invoker = TableInvoker(organisation(UMDialPlan=UNREACHABLE))
    estate = estate_of(invoker, clock)
    first = await estate.read(EVERYTHING, None, DC1)
    clock.at = NOW + timedelta(minutes=5)
    second = await estate.read(EVERYTHING, first, DC1)
    assert isinstance(second.dial_plans, Unknown)
    assert second.dial_plans.since == NOW
    invoker.answers = organisation()
    third = await estate.read(EVERYTHING, second, DC1)
    assert isinstance(third.dial_plans, Known)
    assert third.dial_plans.read_at == clock.at


async def test_a_scope_reads_what_it_names_and_leaves_the_rest_as_it_was() -> None:
    clock = Clock()
    invoker = TableInvoker(organisation())
    estate = estate_of(invoker, clock)
    first = await estate.read(EVERYTHING, None, DC1)
    invoker.commands.clear()
    clock.at = NOW + timedelta(minutes=1)
    second = await estate.read(Scope(frozenset({"gateways", "call_routers"})), first, DC1)
    assert sorted({command.name for command in invoker.commands}) == [
        "Get-UMCallRouterSettings",
        "Get-UMIPGateway",
    ]
    assert isinstance(second.gateways, Known)
    assert second.gateways.read_at == clock.at
    assert second.dial_plans is first.dial_plans
    assert second.um_services is first.um_services


async def test_the_first_reading_is_of_everything_whatever_its_scope() -> None:
    snapshot = await estate_of(TableInvoker(organisation())).read(Scope(frozenset({"gateways"})), None, DC1)
    assert isinstance(snapshot.dial_plans, Known)


async def test_a_server_that_does_not_answer_for_its_call_router_is_unknown_alone() -> None:
    def one_down(command: Command) -> Answer:
        return UNREACHABLE if command.parameters["Server"] == "ex02.contoso.com" else call_router(command)

    snapshot = await everything(UMCallRouterSettings=one_down)
    assert isinstance(snapshot.call_routers["ex01.contoso.com"], Known)
    assert isinstance(snapshot.call_routers["ex02.contoso.com"], Unknown)


async def test_the_call_router_of_another_server_is_not_taken_for_the_one_asked_for() -> None:
    snapshot = await everything(UMCallRouterSettings=rows(settings("EX01")))
    wrong = snapshot.call_routers["ex02.contoso.com"]
    assert isinstance(wrong, Unknown)
    assert "ex02.contoso.com" in wrong.message


async def test_a_server_that_the_list_of_um_services_lacks_is_unknown() -> None:
    snapshot = await everything(UMService=rows(settings("EX01")))
    assert isinstance(snapshot.um_services["ex01.contoso.com"], Known)
    assert isinstance(snapshot.um_services["ex02.contoso.com"], Unknown)


async def test_while_the_servers_are_unknown_their_settings_are_too() -> None:
    invoker = TableInvoker(organisation())
    estate = estate_of(invoker)
    first = await estate.read(EVERYTHING, None, DC1)
    invoker.answers = organisation(ExchangeServer=UNREACHABLE)
    second = await estate.read(EVERYTHING, first, DC1)
    assert isinstance(second.servers, Unknown)
    assert second.call_routers.keys() == first.call_routers.keys()
    assert all(isinstance(fact, Unknown) for fact in second.call_routers.values())


@pytest.mark.parametrize(
    ("selection", "left"),
    [
        (ServerPatterns(), {"ex01.contoso.com", "ex02.contoso.com", "ex19.contoso.com"}),
        (ServerPatterns(exclude=("EX02.*",)), {"ex01.contoso.com", "ex19.contoso.com"}),
        (ServerPatterns(include=("ex0?.contoso.com",)), {"ex01.contoso.com", "ex02.contoso.com"}),
        (ServerPatterns(include=("ex0*",), exclude=("ex01.contoso.com",)), {"ex02.contoso.com"}),
    ],
)
async def test_a_server_that_is_left_out_is_neither_read_nor_counted(
    selection: ServerPatterns, left: set[str]
) -> None:
    invoker = TableInvoker(organisation())
    snapshot = await estate_of(invoker, selection=selection).read(EVERYTHING, None, DC1)
    assert isinstance(snapshot.servers, Known)
    assert snapshot.servers.value.keys() == left
    assert snapshot.call_routers.keys() == left - {"ex19.contoso.com"}


async def test_a_server_that_is_out_of_service_by_us_is_read_whether_it_counts_or_not() -> None:
    nobody = estate_of(TableInvoker(organisation()), selection=ServerPatterns(include=("nobody.*",)))
    snapshot = await nobody.read(Scope(unfinished=frozenset({"ex02.contoso.com"})), None, DC1)
    assert isinstance(snapshot.servers, Known)
    assert set(snapshot.servers.value) == set(snapshot.um_services) == {"ex02.contoso.com"}
