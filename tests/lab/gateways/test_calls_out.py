"""What Unified Messaging sends to gateways: OPTIONS and calls, to where the directory says."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from gateways_support import EX01, EX02, Telephones, device, eventually, telephones
from gateways_support import SPEC as ESTATE
from secured_support import authority, bind, on_tls, restart
from um_operator.lab.clock import Clock
from um_operator.lab.gateways.calling import Caller, CallError
from um_operator.lab.gateways.sip import Uri
from um_operator.lab.hosts.authority import SERVER_ONLY


async def probed_anew(estate: Telephones) -> None:
    """Every server has read the directory and sent its OPTIONS."""
    await estate.calls.probes.until(lambda: settled(estate, 2), 10)
    before = estate.calls.probes.total().placed
    estate.everywhere()
    await estate.calls.probes.until(lambda: settled(estate, before + 2), 10)


def settled(estate: Telephones, probes: int) -> bool:
    total = estate.calls.probes.total()
    return total.placed >= probes and total.placed == total.answered + total.failures


async def test_every_server_sends_options_to_every_linked_gateway() -> None:
    async with telephones() as estate:
        await probed_anew(estate)
        counts = estate.calls.summary().probes["sbc01"]
        assert counts.answered >= 2
        assert counts.failures == 0


async def test_a_gateway_without_a_hunt_group_is_left_in_peace() -> None:
    async with telephones() as estate:
        await estate.run("New-UMIPGateway", "sbc02", Address="sbc02.contoso.com")
        await probed_anew(estate)
        assert "sbc02" not in estate.calls.summary().probes


@pytest.mark.parametrize("wrong", [{"Port": 5080}, {"Address": "nowhere.contoso.com"}])
async def test_options_to_a_wrong_port_or_address_fail_and_leave_event_1400(wrong: dict[str, Any]) -> None:
    async with telephones() as estate:
        await estate.run("Set-UMIPGateway", "sbc01", **wrong)
        await probed_anew(estate)
        assert estate.calls.summary().probes["sbc01"].failed == {"Unreachable": 2}
        assert {n.server for n in estate.notes("Event") if n.details["id"] == 1400} == {EX01, EX02}


async def test_two_names_that_lead_to_one_address_leave_event_1175() -> None:
    async with telephones() as estate:
        estate.calls.network.add("alias.contoso.com", estate.calls.network.resolve("sbc01.contoso.com"))
        await estate.run("New-UMIPGateway", "alias", Address="alias.contoso.com")
        await estate.run(
            "New-UMHuntGroup", "main", UMDialPlan="Contoso-PBX", UMIPGateway="alias", PilotIdentifier="4901"
        )
        await probed_anew(estate)
        assert {n.details["gateways"] for n in estate.notes("Event") if n.details["id"] == 1175} == {
            "sbc01, alias"
        }


async def test_a_call_goes_out_through_the_gateway_as_the_directory_has_it() -> None:
    async with telephones(ESTATE, outcall_pause=timedelta(minutes=1)) as estate:
        await until_outcalls(estate, 2)
        await eventually(lambda: estate.calls.gateways["sbc01"].taken >= 2)


async def test_a_call_goes_out_to_a_wrong_port_in_vain() -> None:
    async with telephones(ESTATE, outcall_pause=timedelta(minutes=1)) as estate:
        await estate.run("Set-UMIPGateway", "sbc01", Port=5080)
        estate.everywhere()
        await until_outcalls(estate, 4)
        assert estate.calls.summary().outcalls["sbc01"].failed["Unreachable"] >= 1
        assert estate.notes("OutcallFailed")


async def test_no_call_goes_out_through_a_gateway_that_does_not_allow_it() -> None:
    async with telephones(ESTATE, outcall_pause=timedelta(minutes=1)) as estate:
        await estate.run("Set-UMIPGateway", "sbc01", OutcallsAllowed=False)
        estate.everywhere()
        await asyncio.sleep(0.05)
        before = estate.calls.outcalls.total().placed
        for _ in range(10):
            estate.clock.advance(timedelta(minutes=1))
            await asyncio.sleep(0)
        assert estate.calls.outcalls.total().placed == before


async def test_a_gateway_with_an_access_list_does_not_answer_others() -> None:
    async with telephones(ESTATE, device(accepts_from=(EX01,))) as estate:
        await probed_anew(estate)
        counts = estate.calls.summary().probes["sbc01"]
        assert counts.answered >= 1
        assert counts.failed["Refused"] >= 1


async def test_a_gateway_drops_an_address_that_was_refused_too_often() -> None:
    async with telephones(ESTATE, device(accepts_from=(EX01,), tolerates=2)) as estate:
        caller = Caller(estate.calls.network, EX02)
        target = Uri("ping", "sbc01.contoso.com")
        await estate.calls.probes.until(lambda: settled(estate, 2), 10)
        statuses = [(await caller.options(target)).status for _ in range(2)]
        assert statuses == [403, 403]
        with pytest.raises(CallError, match="NoAnswer"):
            await caller.options(target)
        estate.calls.network.add("ex03.contoso.com")
        other = Caller(estate.calls.network, "ex03.contoso.com")
        assert (await other.options(target)).status == 403
        estate.clock.advance(timedelta(hours=1))
        assert (await caller.options(target)).status == 403, "it forgets in time"


async def test_a_secured_plan_is_probed_over_tls_by_the_certificate_of_the_um_service() -> None:
    async with on_tls() as estate:
        await estate.calls.probes.until(lambda: settled(estate, 2), 10)
        assert estate.calls.summary().probes["sbc01"].answered == 2


async def test_a_gateway_on_tls_turns_down_a_leaf_that_is_for_servers_only() -> None:
    async with on_tls() as estate:
        bind(estate, authority(estate).issue(EX01, usages=SERVER_ONLY), EX01)
        before = estate.organization.host(EX01).events.last_record_id
        await restart(estate)
        events = estate.organization.host(EX01).events
        await eventually(lambda: {1114, 1400} <= {event.id for event in events.after(before)})


async def test_a_service_in_tcp_can_not_reach_the_gateway_of_a_secured_plan() -> None:
    async with on_tls("TCP") as estate:
        await estate.calls.probes.until(lambda: settled(estate, 2), 10)
        assert estate.calls.summary().probes["sbc01"].failed == {"LocalCertificateNotFound": 2}


async def test_a_gateway_says_whom_it_trusts_when_it_asks_for_a_certificate() -> None:
    async with on_tls() as estate:
        port = estate.calls.network.port("sbc01.contoso.com", 5061)
        address = estate.calls.network.resolve("sbc01.contoso.com")
        shown = await asyncio.create_subprocess_exec(
            "openssl", "s_client", "-connect", f"{address}:{port}", "-tls1_2",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await shown.communicate()
        assert "Acceptable client certificate CA names\nCN = Contoso Enterprise CA" in out.decode()


async def until_outcalls(estate: Telephones, number: int) -> None:
    """Advance the clock minute by minute until so many calls went out."""
    async with asyncio.timeout(10):
        while estate.calls.outcalls.total().placed < number:
            estate.clock.advance(timedelta(minutes=1))
            await asyncio.sleep(0.01)


async def test_with_a_running_clock_every_gateway_keeps_calling() -> None:
    devices = (device("sbc01", channels=2),)
    async with telephones(ESTATE, *devices, clock=Clock(rate=300)) as estate:
        await estate.calls.until_each_gateway_called(3, deadline=20)
        total = estate.calls.summary().total
        assert total.answered >= 3
        assert total.failures == 0


async def test_waiting_for_a_gateway_that_cannot_call_says_which_and_why() -> None:
    async with telephones(ESTATE, device("stranger", channels=1), clock=Clock(rate=600)) as estate:
        await estate.calls.until(lambda s: s.total.failures > 0)
        with pytest.raises(TimeoutError, match=r'"stranger".*Refused403NotAGateway'):
            await estate.calls.until_each_gateway_called(deadline=0.2)
