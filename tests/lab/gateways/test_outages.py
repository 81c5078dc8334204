"""What a restart, a crash and a drain do to calls."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateways_support import (
    BY_HAND,
    EX01,
    EX02,
    EXTENSION_ON_EX01,
    EXTENSION_ON_EX02,
    LINE,
    SPEC,
    Telephones,
    device,
    eventually,
    telephones,
)
from um_operator.lab.gateways.calling import Caller
from um_operator.lab.gateways.sip import Uri
from um_operator.lab.hosts.components import State
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.hosts.times import ServiceTimes, Span

TIMES = ServiceTimes(stop=Span(30, 30), start=Span(4, 4), warm=Span(20, 20))


async def options(estate: Telephones, fqdn: str, port: int) -> int:
    """The status by which a server answers the gateway's OPTIONS."""
    caller = Caller(estate.calls.network, "sbc01.contoso.com")
    return (await caller.options(Uri("ping", fqdn, port))).status


@pytest.mark.parametrize(("service", "port"), [(UM, 5062), (UM_CALL_ROUTER, 5060)])
async def test_a_service_that_was_restarted_answers_5xx_until_it_is_warm(service: str, port: int) -> None:
    async with telephones(times=TIMES) as estate:
        restarted = estate.organization.host(EX01).services[service]
        restart = asyncio.create_task(restarted.restart(BY_HAND))
        await estate.advance(0, restarted, "StopPending")
        await estate.advance(30, restarted, "StartPending")
        assert not estate.calls.network.hears(EX01, port)
        await estate.advance(4, restarted, "Running")
        await restart
        assert await options(estate, EX01, port) == 503
        estate.clock.advance(timedelta(seconds=20))
        assert await options(estate, EX01, port) == 200


async def test_while_the_um_service_of_a_mailbox_is_away_its_calls_fail_and_others_do_not() -> None:
    async with telephones(times=TIMES) as estate:
        service = estate.organization.host(EX01).services[UM]
        restart = asyncio.create_task(service.restart(BY_HAND))
        await estate.advance(0, service, "StopPending")
        await eventually(lambda: not estate.calls.network.hears(EX01, 5062))
        assert (await estate.call(extension=EXTENSION_ON_EX01)).failed == {"Unreachable": 1}
        assert (await estate.call(extension=EXTENSION_ON_EX02)).answered == 1
        await estate.advance(30, service, "StartPending")
        await estate.advance(4, service, "Running")
        await restart
        assert (await estate.call(extension=EXTENSION_ON_EX01)).failed == {"NotReady": 1}
        estate.clock.advance(timedelta(seconds=20))
        assert (await estate.call(extension=EXTENSION_ON_EX01)).answered == 1


async def test_a_crash_cuts_the_calls_of_its_server_and_no_others() -> None:
    async with telephones() as estate:
        gateway = estate.calls.gateways["sbc01"]
        for extension in (EXTENSION_ON_EX01, EXTENSION_ON_EX02):
            gateway.ring(LINE, extension, timedelta(hours=1))
        await estate.calls.until(lambda s: s.total.in_progress == 2)
        crash = asyncio.create_task(estate.organization.host(EX01).services[UM].crash())
        summary = await estate.calls.until(lambda s: s.total.cut == 1)
        assert summary.total.in_progress == 1
        crash.cancel()


@pytest.mark.parametrize("state", ["Draining", "Inactive"])
async def test_a_call_router_out_of_service_takes_no_new_calls_and_the_others_do(state: State) -> None:
    async with telephones() as estate:
        host = estate.organization.host(EX01)
        host.set_component(BY_HAND, "UMCallRouter", "Sidelined", state)
        assert await options(estate, EX01, 5060) == 503
        for _ in range(4):
            assert (await estate.call()).answered == 1
        host.set_component(BY_HAND, "UMCallRouter", "Sidelined", "Active")
        assert await options(estate, EX01, 5060) == 200


async def test_a_drained_call_router_does_not_spare_the_um_service_of_its_server() -> None:
    async with telephones() as estate:
        estate.organization.host(EX01).set_component(BY_HAND, "UMCallRouter", "Sidelined", "Draining")
        await estate.call(extension=EXTENSION_ON_EX01)
        gateway = estate.calls.gateways["sbc01"]
        calling = gateway.ring(LINE, EXTENSION_ON_EX01, timedelta(hours=1))
        await estate.calls.until(lambda s: s.total.in_progress == 1)
        [held] = estate.organization.active_calls.all()
        assert held.server == EX01
        estate.clock.advance(timedelta(hours=1))
        await calling


async def test_the_drain_of_somebody_else_holds_when_ours_is_over() -> None:
    async with telephones() as estate:
        host = estate.organization.host(EX01)
        host.set_component(BY_HAND, "UMCallRouter", "Maintenance", "Inactive")
        host.set_component(BY_HAND, "UMCallRouter", "Sidelined", "Draining")
        host.set_component(BY_HAND, "UMCallRouter", "Sidelined", "Active")
        assert await options(estate, EX01, 5060) == 503
        assert [effect.after for effect in estate.organization.journal.effects][-1] == {
            "UMCallRouter\\Sidelined": "Active"
        }


async def test_calls_that_a_call_router_turns_away_are_counted_until_it_starts_again() -> None:
    async with telephones() as estate:
        host = estate.organization.host(EX01)
        host.set_component(BY_HAND, "UMCallRouter", "Sidelined", "Draining")
        for _ in range(4):
            await estate.call()
        assert host.rejected_calls == 2
        assert estate.organization.host(EX02).rejected_calls == 0
        await estate.stop(EX01, UM_CALL_ROUTER)
        await estate.start(EX01, UM_CALL_ROUTER)
        assert host.rejected_calls == 0


async def test_a_device_with_one_call_router_loses_its_calls_while_that_one_drains() -> None:
    async with telephones(SPEC, device(call_routers=(EX01,))) as estate:
        estate.organization.host(EX01).set_component(BY_HAND, "UMCallRouter", "Sidelined", "Draining")
        assert (await estate.call()).failed == {"OutOfService": 1}


async def test_a_machine_that_reboots_takes_calls_again_when_its_services_are_warm() -> None:
    async with telephones(SPEC, device(call_routers=(EX01,)), times=TIMES) as estate:
        host = estate.organization.host(EX01)
        await host.shut_down()
        assert (await estate.call()).failed == {"Unreachable": 1}
        host.boot()
        for service in host.services.values():
            await estate.advance(0, service, "StartPending")
        for service in host.services.values():
            await estate.advance(4, service, "Running")
        assert (await estate.call()).failed == {"NotReady": 1}
        estate.clock.advance(timedelta(seconds=20))
        assert (await estate.call()).answered == 1
