"""What a cmdlet says when it fails or warns: records of the result, not exceptions."""

from __future__ import annotations

from remoting_lab import Farm
from um_operator.remoting.error_records import ErrorKind, failure_category, kind


async def test_a_non_terminating_error_stands_beside_the_rows(lab: Farm) -> None:
    async with await lab.open() as remote:
        result = await remote("Get-UMDialPlan", Identity="Köln")
    assert result.rows == ("went on",)
    (record,) = result.errors
    assert not record.terminating
    assert "Köln" in record.message
    assert failure_category(record) == "ManagementObjectNotFoundException"
    assert record.exception_type == "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
    assert record.target == "Köln"
    assert kind(record) is ErrorKind.NOT_FOUND


async def test_a_terminating_error_keeps_the_rows_before_it(lab: Farm) -> None:
    async with await lab.open() as remote:
        result = await remote("Set-Brokenly")
    assert result.rows == ("first",)
    (record,) = result.errors
    assert record.terminating
    assert (record.category, record.message) == ("ResourceUnavailable", "The operation failed.")
    assert kind(record) is ErrorKind.TRANSIENT


async def test_a_cmdlet_outside_of_the_role_is_forbidden(lab: Farm) -> None:
    async with await lab.open() as remote:
        (record,) = (await remote("Remove-Everything")).errors
    assert record.terminating
    assert kind(record) is ErrorKind.FORBIDDEN


async def test_warnings_are_text(lab: Farm) -> None:
    async with await lab.open() as remote:
        result = await remote("Set-UMService")
    assert result.warnings == ("Changes take effect after a restart.",)
    assert result.errors == ()


async def test_a_session_serves_on_after_errors(lab: Farm) -> None:
    async with await lab.open() as remote:
        await remote("Set-Brokenly")
        await remote("Remove-Everything")
        assert (await remote("Get-Argument", Value="still here")).rows == ("still here",)
    assert lab.server.counters.wsman["Create"] == 1
