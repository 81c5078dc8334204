"""Services and processes of a host: CIM asks, Restart-Service waits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from host_bench import ACCOUNT, FQDN, HostBench
from um_operator.lab.hosts.service import Status
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.powershell import EnumValue
from um_operator.lab.variants import StopOfStopped, Variants

BOTH = "Name = 'MSExchangeUM' OR Name = 'MSExchangeUMCR'"
OURS: dict[str, Any] = {"ClassName": "Win32_Service", "Filter": BOTH}
OF_UM = "SELECT * FROM Win32_Service WHERE Name = 'MSExchangeUM'"
RUNNING = EnumValue("System.ServiceProcess.ServiceControllerStatus", "Running", 4)
SLOW = timedelta(seconds=30)


@pytest.fixture
async def bench() -> AsyncIterator[HostBench]:
    bench = HostBench(times=ServiceTimes.fixed(SLOW.total_seconds()))
    await bench.host.run()
    yield bench
    await bench.host.shut_down()


async def shown(bench: HostBench, name: str = "MSExchangeUM") -> dict[str, Any]:
    rows = {row.properties["Name"]: row.properties for row in await bench.rows("Get-CimInstance", **OURS)}
    return dict(rows[name])


async def ask(bench: HostBench, method: str, query: str = OF_UM) -> int:
    row = await bench.row("Invoke-CimMethod", jea=True, Query=query, MethodName=method)
    return int(row["ReturnValue"])


async def test_services_show_their_state_and_process(bench: HostBench) -> None:
    rows = [row.properties for row in await bench.rows("Get-CimInstance", jea=True, **OURS)]
    assert [(row["Name"], row["State"], row["StartMode"]) for row in rows] == [
        ("MSExchangeUM", "Running", "Auto"),
        ("MSExchangeUMCR", "Running", "Auto"),
    ]
    processes = [row["ProcessId"] for row in rows]
    began = await bench.rows("Get-Process", jea=True, Id=processes)
    assert [row.properties["Id"] for row in began] == processes
    started = began[0].properties["StartTime"]
    assert isinstance(started, datetime)
    process = bench.host.services["MSExchangeUM"].process
    assert process is not None
    assert (started, started.utcoffset()) == (process.started, timedelta(hours=1))


async def test_a_process_that_has_ended_is_an_error_beside_those_that_run(bench: HostBench) -> None:
    running = (await shown(bench))["ProcessId"]
    done = await bench.run("Get-Process", Id=[1, running])
    assert [row.properties["Id"] for row in done.rows] == [running]
    assert [error.error_id for error in done.errors] == [
        "NoProcessFoundForGivenId,Microsoft.PowerShell.Commands.GetProcessCommand"
    ]


async def test_a_stop_that_was_asked_for_goes_on_by_itself(bench: HostBench) -> None:
    before = await shown(bench)
    assert await ask(bench, "StopService") == 0
    assert (await shown(bench))["State"] == "Stop Pending"
    await bench.pass_time(SLOW)
    stopped = await shown(bench)
    assert (stopped["State"], stopped["ProcessId"]) == ("Stopped", 0)
    assert await ask(bench, "StartService") == 0
    assert (await shown(bench))["State"] == "Start Pending"
    await bench.pass_time(SLOW)
    after = await shown(bench)
    assert after["State"] == "Running"
    assert after["ProcessId"] != before["ProcessId"]
    [stop, start] = bench.journal.effects
    assert (stop.caller, stop.name, stop.after) == (
        ACCOUNT,
        f"{FQDN}\\MSExchangeUM",
        {"Status": "StopPending"},
    )
    assert (start.cmdlet, start.endpoint) == ("Invoke-CimMethod", "UMOperator")


async def test_what_cannot_be_asked_for_has_a_number(bench: HostBench) -> None:
    assert await ask(bench, "StartService") == 10
    await ask(bench, "StopService")
    assert await ask(bench, "StopService") == 5
    assert await ask(bench, "StartService") == 10
    await bench.pass_time(SLOW)
    assert await ask(bench, "StopService") == 5
    assert len(bench.journal.effects) == 1


async def test_variant_a_stopped_service_gives_another_number() -> None:
    bench = HostBench(Variants(stop_of_stopped=StopOfStopped.NOT_ACTIVE))
    assert await ask(bench, "StopService") == 6


async def test_a_start_that_fails_is_seen_in_the_state(bench: HostBench) -> None:
    await ask(bench, "StopService")
    await bench.pass_time(SLOW)
    bench.program.refuses = "startup mode TLS without a certificate"
    assert await ask(bench, "StartService") == 0
    await bench.pass_time(SLOW)
    assert (await shown(bench))["State"] == "Stopped"


async def test_a_query_without_service_does_nothing(bench: HostBench) -> None:
    query = "SELECT * FROM Win32_Service WHERE Name = 'W3SVC'"
    assert await bench.rows("Invoke-CimMethod", Query=query, MethodName="StopService") == []
    assert bench.journal.effects == []


@pytest.mark.parametrize(
    ("cmdlet", "parameters", "error_id"),
    [
        ("Get-CimInstance", {"ClassName": "Win32_Service", "Filter": "Name LIKE 'x'"}, "HRESULT 0x80041017"),
        ("Get-CimInstance", {"ClassName": "Win32_Disk"}, "HRESULT 0x80041010"),
        ("Invoke-CimMethod", {"Query": OF_UM, "MethodName": "Delete"}, "HRESULT 0x80041055"),
        ("Invoke-CimMethod", {"Query": "DROP", "MethodName": "StopService"}, "HRESULT 0x80041017"),
        ("Get-CimInstance", {}, "MissingMandatoryParameter"),
        ("Get-CimInstance", {"Everything": True}, "NamedParameterNotFound"),
    ],
)
async def test_what_cim_refuses(
    bench: HostBench, cmdlet: str, parameters: dict[str, Any], error_id: str
) -> None:
    refused = await bench.refused(cmdlet, **parameters)
    assert refused.startswith(f"{error_id},Microsoft.Management.Infrastructure.CimCmdlets.")


async def test_restart_service_comes_back_when_it_runs_again(bench: HostBench) -> None:
    before = (await shown(bench))["ProcessId"]
    restart = asyncio.create_task(bench.run("Restart-Service", Name="MSExchangeUM"))
    await bench.pass_time(SLOW)
    assert not restart.done()
    await bench.pass_time(SLOW)
    assert (await restart).errors == []
    assert bench.host.services["MSExchangeUM"].status is Status.RUNNING
    assert (await shown(bench))["ProcessId"] != before


async def test_a_restart_goes_on_though_nobody_waits_for_it_any_more(bench: HostBench) -> None:
    restart = asyncio.create_task(bench.run("Restart-Service", Name="MSExchangeUM"))
    await bench.pass_time(timedelta(0))
    restart.cancel()
    await bench.pass_time(SLOW)
    await bench.pass_time(SLOW)
    assert bench.host.services["MSExchangeUM"].status is Status.RUNNING


async def test_a_service_that_does_not_start_is_an_error_record(bench: HostBench) -> None:
    bench.program.refuses = "startup mode TLS without a certificate"
    restart = asyncio.create_task(bench.run("Restart-Service", Name="MSExchangeUM"))
    await bench.pass_time(SLOW)
    await bench.pass_time(SLOW)
    [error] = (await restart).errors
    assert error.error_id == "StartServiceFailed,Microsoft.PowerShell.Commands.RestartServiceCommand"
    assert "MSExchangeUM" in error.message


@pytest.mark.parametrize("cmdlet", ["Get-Service", "Start-Service", "Stop-Service", "Restart-Service"])
async def test_an_unknown_service_is_an_error_record(bench: HostBench, cmdlet: str) -> None:
    done = await bench.run(cmdlet, Name=["W3SVC"])
    assert [error.error_id.partition(",")[0] for error in done.errors] == ["NoServiceFoundForGivenName"]


async def test_get_service_shows_an_enum(bench: HostBench) -> None:
    [row] = await bench.rows("Get-Service", Name="msexchangeum")
    assert (row.text, row.properties["Status"]) == ("MSExchangeUM", RUNNING)
