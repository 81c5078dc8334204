"""Calls that gateways place: who gets in, and what one server knows of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways_support import (
    EX01,
    EX02,
    EXTENSION_ON_EX01,
    EXTENSION_ON_EX02,
    LINE,
    PILOT,
    SPEC,
    device,
    telephones,
)
from um_operator.lab.gateways.calling import Attempt, Caller, CallError
from um_operator.lab.gateways.device import Line
from um_operator.lab.gateways.sip import Uri


@pytest.mark.parametrize(("extension", "server"), [(EXTENSION_ON_EX01, EX01), (EXTENSION_ON_EX02, EX02)])
async def test_a_call_is_answered_by_a_worker_on_the_server_of_the_called_mailbox(
    extension: str, server: str
) -> None:
    async with telephones() as estate:
        caller = Caller(estate.calls.network, "sbc01.contoso.com")
        dialog = await caller.call(Attempt(Uri(PILOT, EX01), "0815", extension))
        [held] = estate.organization.active_calls.all()
        assert (dialog.where, held.server) == (f"{server}:5065", server)
        await dialog.hold(estate.clock.sleep(timedelta(0)))


async def test_a_call_from_an_address_that_is_no_gateway_is_refused() -> None:
    async with telephones(SPEC, device("stranger")) as estate:
        assert (await estate.call("stranger")).failed == {"Refused403NotAGateway": 1}


async def test_a_call_to_a_pilot_number_without_a_hunt_group_is_refused() -> None:
    async with telephones() as estate:
        assert (await estate.call(line=Line("4999", "Contoso-PBX"))).failed == {"NoHuntGroup": 1}


async def test_a_hunt_group_without_a_pilot_takes_every_number() -> None:
    async with telephones() as estate:
        await estate.run(
            "New-UMHuntGroup", "any", UMDialPlan="Contoso-PBX", UMIPGateway="sbc01", PilotIdentifier=""
        )
        estate.everywhere()
        assert (await estate.call(line=Line("4999", "Contoso-PBX"))).answered == 1


async def test_an_extension_that_nobody_has_is_not_found() -> None:
    async with telephones() as estate:
        assert (await estate.call(extension="7777")).failed == {"NoSuchMailbox": 1}


@pytest.mark.parametrize(("status", "cause"), [("Disabled", "GatewayDisabled"), ("NoNewCalls", "NoNewCalls")])
async def test_a_gateway_out_of_service_gets_no_call_through(status: str, cause: str) -> None:
    async with telephones() as estate:
        await estate.run("Set-UMIPGateway", "sbc01", Status=status)
        estate.everywhere()
        assert (await estate.call()).failed == {cause: 1}


async def test_a_secured_plan_refuses_a_call_over_tcp() -> None:
    async with telephones() as estate:
        await estate.run("Set-UMDialPlan", "Contoso-PBX", VoIPSecurity="SIPSecured")
        estate.everywhere()
        assert (await estate.call()).failed == {"PlanRequiresTLS": 1}


async def test_a_gateway_for_ipv6_only_is_not_known_by_its_ipv4_address() -> None:
    async with telephones() as estate:
        await estate.run("Set-UMIPGateway", "sbc01", IPAddressFamily="IPv6Only")
        estate.everywhere()
        assert (await estate.call()).failed == {"Refused403NotAGateway": 1}


async def test_servers_take_a_change_over_each_at_its_own_poll() -> None:
    async with telephones() as estate:
        estate.clock.advance(timedelta(seconds=1))
        await estate.run("Set-UMIPGateway", "sbc01", Address="elsewhere.contoso.com")
        estate.organization.directory.replicate_now()
        seen = []
        for _ in range(21):
            seen.append((await estate.call()).answered + (await estate.call()).answered)
            estate.clock.advance(timedelta(seconds=30))
        assert (seen[0], seen[-1]) == (2, 0)
        assert 1 in seen, "one call router knew it and the other did not"


async def test_a_device_tries_its_next_call_router_when_one_is_down() -> None:
    async with telephones() as estate:
        await estate.stop(EX02)
        for _ in range(2):
            assert (await estate.call()).answered == 1


async def test_a_device_does_not_look_for_a_second_opinion_on_a_refusal() -> None:
    async with telephones() as estate:
        await estate.run("Set-UMIPGateway", "sbc01", Status="NoNewCalls")
        failures = 0
        while failures == 0:
            estate.clock.advance(timedelta(seconds=30))
            failures = (await estate.call()).failures
        assert failures == 1


async def test_the_failure_of_a_call_is_in_the_journal_with_its_cause_and_place() -> None:
    async with telephones() as estate:
        await estate.call(line=Line("4999", "Contoso-PBX"), extension="")
        [note] = estate.notes("CallFailed")
        assert note.details["cause"] == "NoHuntGroup"
        assert note.details["gateway"] == "sbc01"
        assert str(note.details["where"]).endswith(":5060")


async def test_with_more_calls_than_a_server_may_hold_the_next_is_turned_away() -> None:
    async with telephones() as estate:
        await estate.run("Set-UMService", "ex01", MaxCallsAllowed=1)
        estate.everywhere()
        caller = Caller(estate.calls.network, "sbc01.contoso.com")
        first = await caller.call(Attempt(Uri(PILOT, EX01), "0815", EXTENSION_ON_EX01))
        with pytest.raises(CallError, match="TooManyCalls"):
            await caller.call(Attempt(Uri(PILOT, EX01), "0815", EXTENSION_ON_EX01))
        await first.hold(estate.clock.sleep(timedelta(0)))


async def test_calls_are_counted_by_gateway_and_by_dial_plan() -> None:
    async with telephones() as estate:
        await estate.call()
        await estate.call(line=Line("4999", "Other"))
        summary = estate.calls.summary()
        assert (summary.total.placed, summary.gateways["sbc01"].placed) == (2, 2)
        assert summary.dial_plans[LINE.dial_plan].answered == 1
        assert summary.dial_plans["Other"].failures == 1
