"""What an unmodified pypsrp sees of pipelines: rows, records, parameters, long polls, stops."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell
from pypsrp.serializer import TaggedValue

from um_operator.lab.wsman.clixml import EnumStyle
from wsman_support import Remote, ToyHost, running, session


async def run(client: Any, port: int, **settings: Any) -> Any:
    """Call ``client(remote)`` in a thread with an open session."""

    def work() -> Any:
        with session(port, **settings) as remote:
            return client(remote)

    return await asyncio.to_thread(work)


async def test_a_row_arrives_with_adapted_properties_and_its_own_type_names() -> None:
    async with running(ToyHost()) as (_, port):
        rows = (await run(lambda remote: remote.invoke("Get-UMService"), port)).output
    assert rows[0].types[0] == "Microsoft.Exchange.Data.Directory.Management.UMServer"
    properties = rows[0].adapted_properties
    assert (properties["Name"], properties["MaxCallsAllowed"]) == ("ex01", 100)
    assert properties["SipTlsListeningPort"] is None
    assert properties["UMStartupMode"].to_string == "Dual"
    assert (
        properties["DialPlans"].types[0].startswith("Microsoft.Exchange.Data.MultiValuedProperty`1[[System.S")
    )


async def test_an_enum_travels_as_text_in_the_other_variant() -> None:
    async with running(ToyHost(), enums=EnumStyle.TEXT) as (_, port):
        rows = (await run(lambda remote: remote.invoke("Get-UMService"), port)).output
    assert rows[0].adapted_properties["UMStartupMode"] == "Dual"


async def test_a_thousand_rows_arrive_complete_and_in_order() -> None:
    async with running(ToyHost()) as (_, port):
        rows = (await run(lambda remote: remote.invoke("Get-UMService", ResultSize=1000), port)).output
    assert [row.to_string for row in rows] == [f"ex{number:02d}" for number in range(1, 1001)]


async def test_a_non_terminating_error_leaves_the_pipeline_completed() -> None:
    async with running(ToyHost()) as (_, port):
        shell = await run(lambda remote: remote.invoke("Get-UMDialPlan", Identity="Bonn"), port)
    error = shell.streams.error[0]
    assert (shell.had_errors, shell.output) == (False, ["went on"])
    assert "[FailureCategory=Cmdlet-ManagementObjectNotFoundException]" in error.fq_error
    assert error.exception.types[0].endswith("ManagementObjectNotFoundException")
    assert (error.target_name, error.activity) == ("Bonn", "Get-UMDialPlan")


async def test_an_unknown_cmdlet_fails_the_pipeline() -> None:
    async with running(ToyHost()) as (_, port):
        shell = await run(lambda remote: remote.invoke("Get-Nothing"), port)
    assert shell.had_errors
    assert shell.streams.error[0].fq_error == "CommandNotFoundException"
    assert shell.streams.error[0].category == 13


async def test_script_text_is_refused_as_in_no_language_mode() -> None:
    def script(remote: Remote) -> PowerShell:
        shell = PowerShell(remote.pool).add_script("1 + 1")
        shell.invoke()
        shell.close()
        return shell

    host = ToyHost()
    async with running(host) as (_, port):
        shell = await run(script, port)
    assert shell.streams.error[0].fq_error == "ScriptsNotAllowed"
    assert shell.streams.error[0].category == 17
    assert host.received == []


async def test_a_warning_arrives_as_a_warning() -> None:
    async with running(ToyHost()) as (_, port):
        shell = await run(lambda remote: remote.invoke("Set-UMService", Identity="ex01"), port)
    assert [record.message for record in shell.streams.warning] == ["Changes take effect after a restart."]


async def test_a_secret_and_a_large_file_arrive_whole() -> None:
    def importing(remote: Remote) -> PowerShell:
        remote.pool.exchange_keys()
        return remote.invoke(
            "Import-ExchangeCertificate", Password=TaggedValue("SS", "geheim ü"), FileData=bytes(1_500_000)
        )

    async with running(ToyHost()) as (_, port):
        shell = await run(importing, port)
    assert shell.output == ["8 characters, 1500000 bytes"]


async def test_parameters_keep_their_kinds() -> None:
    host = ToyHost()
    given: dict[str, Any] = {
        "Identity": "Köln _x0041_ \t",
        "Confirm": False,
        "MaxCallsAllowed": 2**31 - 1,
        "DialPlans": {"Add": ["Berlin", "Köln"]},
        "Nothing": None,
        "Ids": ["1", "2"],
    }
    async with running(host) as (_, port):
        await run(lambda remote: remote.invoke("Set-UMService", **given), port)
    expected = {**given, "DialPlans": {"Add": ("Berlin", "Köln")}, "Ids": ("1", "2")}
    assert host.received[0].parameters == expected


async def test_an_integer_beyond_32_bits_is_refused() -> None:
    async with running(ToyHost()) as (server, port):
        with pytest.raises(WSManFaultError) as refused:
            await run(lambda remote: remote.invoke("Set-UMService", MaxCallsAllowed=2**40), port)
        assert refused.value.code == 2150858819
        assert server.counters.invocations == {}


async def test_objects_come_down_the_pipeline_from_the_client() -> None:
    async with running(ToyHost()) as (_, port):
        shell = await run(lambda remote: remote.invoke("Write-Input", given=["a", 2, {"k": "v"}]), port)
    assert shell.output == ["a", 2, {"k": "v"}]


async def test_a_second_command_takes_the_output_of_the_first() -> None:
    def piped(remote: Remote) -> PowerShell:
        shell = PowerShell(remote.pool).add_cmdlet("Write-Input").add_argument("x").add_cmdlet("Write-Input")
        shell.invoke()
        shell.close()
        return shell

    host = ToyHost()
    async with running(host) as (_, port):
        shell = await run(piped, port)
    assert shell.output == ["x"]
    assert host.received[1].pipeline_input == ("x",)


async def test_a_slow_cmdlet_is_polled_until_it_ends() -> None:
    host = ToyHost()

    async def release_after_a_time_out(counters: Any) -> None:
        while not counters.faults[2150858793]:  # noqa: ASYNC110 - the counter changes in no event
            await asyncio.sleep(0.02)
        host.release.set()

    async with running(host) as (server, port):
        release = asyncio.create_task(release_after_a_time_out(server.counters))
        shell = await run(lambda remote: remote.invoke("Wait-Release"), port, operation_timeout=1)
        await release
    assert shell.output == ["released"]


async def test_a_stopped_pipeline_ends_stopped_and_without_its_effect() -> None:
    def stop(remote: Remote) -> PowerShell:
        shell = PowerShell(remote.pool).add_cmdlet("Wait-Release")
        shell.begin_invoke()
        shell.stop()
        shell.close()
        return shell

    host = ToyHost()
    async with running(host) as (_, port):
        shell = await run(stop, port)
    assert (shell.state, host.effects) == (3, 0)


async def test_pipelines_beyond_the_runspaces_wait_for_a_free_one() -> None:
    host = ToyHost()
    loop = asyncio.get_running_loop()

    def overlapping(remote: Remote) -> list[Any]:
        waiting = [PowerShell(remote.pool).add_cmdlet("Wait-Release") for _ in range(3)]
        waiting[0].begin_invoke()
        waiting[1].begin_invoke()
        seen = [len(host.received)]
        remote.pool.max_runspaces = 2
        waiting[2].begin_invoke()
        seen += [len(host.received), remote.pool.get_available_runspaces()]
        loop.call_soon_threadsafe(host.release.set)
        for shell in waiting:
            shell.end_invoke()
            shell.close()
        return [*seen, *(shell.output for shell in waiting)]

    async with running(host) as (_, port):
        assert await run(overlapping, port) == [1, 2, 0, ["released"], ["released"], ["released"]]


async def test_a_closed_session_leaves_nothing_behind() -> None:
    async with running(ToyHost()) as (server, port):
        await run(lambda remote: remote.invoke("Get-UMService"), port)
        assert server.service.shells == {}
        assert server.counters.commands_abandoned == 0


async def test_a_command_that_is_never_terminated_is_counted() -> None:
    def careless(remote: Remote) -> None:
        PowerShell(remote.pool).add_cmdlet("Get-UMService").invoke()

    async with running(ToyHost()) as (server, port):
        await run(careless, port)
        assert server.counters.commands_abandoned == 1
