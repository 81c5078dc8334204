"""What ends a call in progress, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from gateways_support import EX01, EXTENSION_ON_EX01, LINE, Telephones, telephones


@asynccontextmanager
async def a_call_in_progress() -> AsyncIterator[Telephones]:
    """An estate with one call that lasts an hour, answered by ex01."""
    async with telephones() as estate:
        calling = asyncio.create_task(
            estate.calls.gateways["sbc01"].call(LINE, EXTENSION_ON_EX01, timedelta(hours=1))
        )
        await estate.calls.until(lambda summary: summary.total.in_progress == 1)
        yield estate
        estate.clock.advance(timedelta(hours=1))
        await calling


async def cut(estate: Telephones) -> int:
    """Let servers read what was written, then count the calls that were cut."""
    estate.everywhere()
    await estate.call(extension="")
    await asyncio.sleep(0)
    return estate.calls.summary().total.cut


@pytest.mark.parametrize(
    ("cmdlet", "parameters"),
    [
        ("Disable-UMIPGateway", {"Immediate": True, "Confirm": False}),
        ("Set-UMIPGateway", {"Status": "Disabled"}),
        ("Remove-UMIPGateway", {"Confirm": False}),
    ],
)
async def test_a_gateway_that_is_disabled_at_once_or_removed_loses_its_calls(
    cmdlet: str, parameters: dict[str, Any]
) -> None:
    async with a_call_in_progress() as estate:
        await estate.run(cmdlet, "sbc01", **parameters)
        summary = await estate.calls.until(lambda s: s.total.cut == 1)
        assert summary.total.in_progress == 0
        [note] = estate.notes("CallCut")
        assert (note.server, note.details["gateway"]) == (EX01, "sbc01")


async def test_a_service_that_stops_cuts_its_calls() -> None:
    async with a_call_in_progress() as estate:
        await estate.stop(EX01)
        await estate.calls.until(lambda s: s.total.cut == 1)


@pytest.mark.parametrize(
    ("cmdlet", "subject", "parameters"),
    [
        ("Disable-UMIPGateway", "sbc01", {"Confirm": False}),
        ("Set-UMIPGateway", "sbc01", {"Port": 5080}),
        ("Set-UMIPGateway", "sbc01", {"Address": "elsewhere.contoso.com"}),
        ("Remove-UMHuntGroup", "sbc01\\main", {"Confirm": False}),
        ("Set-UMDialPlan", "Contoso-PBX", {"VoIPSecurity": "Secured"}),
    ],
)
async def test_a_change_that_is_for_new_calls_leaves_those_in_progress_alone(
    cmdlet: str, subject: str, parameters: dict[str, Any]
) -> None:
    async with a_call_in_progress() as estate:
        await estate.run(cmdlet, subject, **parameters)
        assert await cut(estate) == 0


async def test_a_call_in_progress_is_seen_by_get_umactivecalls_until_it_ends() -> None:
    async with a_call_in_progress() as estate:
        assert len(await estate.run("Get-UMActiveCalls", IPGateway="sbc01")) == 1
        estate.clock.advance(timedelta(hours=1))
        await estate.calls.until(lambda s: s.total.in_progress == 0)
        assert await estate.run("Get-UMActiveCalls", IPGateway="sbc01") == []
        assert estate.calls.summary().total.cut == 0


async def test_a_um_service_that_does_not_run_tells_of_no_calls() -> None:
    async with telephones() as estate:
        assert await estate.run("Get-UMActiveCalls", Server="ex01") == []
        await estate.stop(EX01, "MSExchangeUM")
        with pytest.raises(AssertionError, match="couldn't be contacted"):
            await estate.run("Get-UMActiveCalls", Server="ex01")


async def test_while_a_worker_recycles_its_calls_go_on_but_are_not_told() -> None:
    async with a_call_in_progress() as estate:
        estate.calls.recycle_worker(EX01)
        assert await estate.run("Get-UMActiveCalls", IPGateway="sbc01") == []
        assert estate.calls.summary().total.in_progress == 1
        await estate.run("Remove-UMIPGateway", "sbc01", Confirm=False)
        await estate.calls.until(lambda s: s.total.cut == 1)
