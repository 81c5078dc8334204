"""When UM's services start, and what they listen on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateways_support import EX01, EX02, PILOT, SPEC, telephones
from um_operator.lab.exchange.builder import GatewaySpec


def with_gateways(number: int) -> tuple[GatewaySpec, ...]:
    return tuple(
        GatewaySpec(f"gw{n:03}", f"gw{n:03}.contoso.com", (("main", "Contoso-PBX", PILOT),))
        for n in range(number)
    )


async def test_a_server_listens_on_the_ports_of_its_roles() -> None:
    async with telephones() as estate:
        for port in (5060, 5062, 5065, 5066):
            assert estate.calls.network.hears(EX01, port)
        assert not estate.calls.network.hears(EX01, 5061)


@pytest.mark.parametrize(("gateways", "starts"), [(200, True), (201, False)])
async def test_with_more_than_200_gateways_in_a_plan_um_does_not_start(gateways: int, starts: bool) -> None:
    async with telephones(replace(SPEC, gateways=with_gateways(gateways))) as estate:
        assert estate.calls.network.hears(EX01, 5062) is starts
        assert estate.calls.network.hears(EX01, 5060)
        whys = [note.details["why"] for note in estate.notes("ServiceNotStarted")]
        assert whys == ([] if starts else ['dial plan "Contoso-PBX" has more than 200 gateways'] * 2)


async def test_a_service_in_dual_without_a_certificate_does_not_start_again() -> None:
    async with telephones() as estate:
        await estate.run("Set-UMCallRouterSettings", Server="ex01", UMStartupMode="Dual")
        estate.everywhere()
        assert (await estate.call()).answered == 1, "the running service still is in TCP"
        await estate.stop(EX01)
        await estate.start(EX01)
        assert not estate.calls.network.hears(EX01, 5060)
        assert estate.calls.network.hears(EX01, 5062)


async def test_a_new_port_of_a_call_router_counts_from_its_next_start() -> None:
    async with telephones() as estate:
        await estate.run("Set-UMCallRouterSettings", Server="ex02", SipTcpListeningPort=5070)
        estate.everywhere()
        assert estate.calls.network.hears(EX02, 5060)
        await estate.stop(EX02)
        await estate.start(EX02)
        assert estate.calls.network.hears(EX02, 5070)
        assert not estate.calls.network.hears(EX02, 5060)


async def test_a_recycled_worker_takes_new_calls_on_the_other_port() -> None:
    async with telephones() as estate:
        estate.calls.recycle_worker(EX01)
        assert (await estate.call()).answered == 1
