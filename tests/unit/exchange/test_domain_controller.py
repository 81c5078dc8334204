from __future__ import annotations

from exchange_support import (
    DC1,
    DC2,
    DC_GONE,
    EVERYTHING,
    UNREACHABLE,
    Answer,
    TableInvoker,
    estate_of,
    organisation,
    plan_row,
    rows,
    servers,
)
from um_operator.observed.fact import Known, Unknown
from um_operator.remoting.session import Command


async def test_a_domain_controller_is_kept_while_it_answers() -> None:
    estate = estate_of(TableInvoker(organisation()))
    snapshot = await estate.read(EVERYTHING, None, DC2)
    assert await estate.choose_domain_controller(snapshot, DC2) == DC2


async def test_the_first_choice_is_what_the_server_of_the_endpoint_works_with() -> None:
    invoker = TableInvoker(organisation())
    estate = estate_of(invoker)
    snapshot = await estate.read(EVERYTHING, None, None)
    invoker.commands.clear()
    assert await estate.choose_domain_controller(snapshot, None) == DC1
    assert [command.parameters["Identity"] for command in invoker.commands] == ["ex02.contoso.com"]


async def test_after_a_failure_another_one_is_chosen_and_nothing_asked_of_the_one_that_failed() -> None:
    def failing(command: Command) -> Answer:
        return DC_GONE if command.parameters.get("DomainController") == DC1 else rows(plan_row())

    invoker = TableInvoker(organisation(UMDialPlan=failing))
    estate = estate_of(invoker)
    snapshot = await estate.read(EVERYTHING, None, DC1)
    assert await estate.choose_domain_controller(snapshot, DC1) == DC2
    assert isinstance((await estate.read(EVERYTHING, snapshot, DC2)).dial_plans, Known)


async def test_when_no_server_can_say_there_is_no_choice() -> None:
    invoker = TableInvoker(organisation())
    estate = estate_of(invoker)
    snapshot = await estate.read(EVERYTHING, None, None)
    invoker.answers = organisation(ExchangeServer=UNREACHABLE)
    assert await estate.choose_domain_controller(snapshot, None) is None


async def test_a_domain_controller_that_is_gone_for_every_reading_is_left_behind() -> None:
    def dead(command: Command) -> Answer:
        return DC_GONE if command.parameters.get("DomainController") == DC1 else servers(command)

    estate = estate_of(TableInvoker(organisation(ExchangeServer=dead)))
    snapshot = await estate.read(EVERYTHING, None, DC1)
    assert isinstance(snapshot.servers, Unknown)
    assert await estate.choose_domain_controller(snapshot, DC1) == DC2


async def test_one_that_failed_earlier_is_tried_again_when_there_is_no_other() -> None:
    def failing(command: Command) -> Answer:
        return DC_GONE if command.parameters.get("DomainController") in gone else rows(plan_row())

    gone = {DC1}
    estate = estate_of(TableInvoker(organisation(UMDialPlan=failing)))
    snapshot = await estate.read(EVERYTHING, None, DC1)
    assert await estate.choose_domain_controller(snapshot, DC1) == DC2
    gone = {DC2}
    snapshot = await estate.read(EVERYTHING, snapshot, DC2)
    assert await estate.choose_domain_controller(snapshot, DC2) == DC1
