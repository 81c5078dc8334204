"""Everything that a PSRP client does in a session, by unmodified pypsrp: the same for each authentication."""

from __future__ import annotations

from pypsrp.complex_objects import PSInvocationState
from pypsrp.powershell import PowerShell
from pypsrp.serializer import TaggedValue

from wsman_support import Remote


def everything(remote: Remote) -> None:
    """Do it all; raise AssertionError where the server is not as it should be."""
    _rows_and_records(remote)
    _parameters(remote)
    _pipelines(remote)
    _the_pool_itself(remote)


def _rows_and_records(remote: Remote) -> None:
    rows = remote.invoke("Get-UMService", ResultSize=400).output
    assert [row.adapted_properties["Name"] for row in rows[:2]] == ["ex01", "ex02"]
    assert len(rows) == 400
    warnings = remote.invoke("Set-UMService").streams.warning
    assert [str(record.message) for record in warnings] == ["Changes take effect after a restart."]
    missing = remote.invoke("Get-UMDialPlan", Identity="Bonn")
    assert (missing.had_errors, len(missing.streams.error), missing.output) == (False, 1, ["went on"])
    unknown = remote.invoke("Get-Nothing")
    assert (unknown.had_errors, unknown.state) == (True, PSInvocationState.FAILED)


def _parameters(remote: Remote) -> None:
    remote.pool.exchange_keys()
    imported = remote.invoke(
        "Import-ExchangeCertificate", Password=TaggedValue("SS", "geheim"), FileData=bytes(700_000)
    )
    assert imported.output == ["6 characters, 700000 bytes"]
    unchanged = ["Köln ☎", "_x0041_", True, -1, b"\x00\xff", {"Add": "x"}]
    assert remote.invoke("Write-Input", given=unchanged).output == unchanged


def _pipelines(remote: Remote) -> None:
    statements = PowerShell(remote.pool)
    for number in range(20):
        statements.add_cmdlet("Write-Input").add_argument(number).add_statement()
    statements.invoke()
    assert statements.output == list(range(20))
    statements.close()
    script = PowerShell(remote.pool).add_script("Get-Process")
    script.invoke()
    assert script.streams.error[0].fq_error == "ScriptsNotAllowed"
    script.close()
    waiting = PowerShell(remote.pool).add_cmdlet("Wait-Release")
    waiting.begin_invoke()
    waiting.stop()
    assert waiting.state == PSInvocationState.STOPPED
    waiting.close()


def _the_pool_itself(remote: Remote) -> None:
    assert remote.pool.get_available_runspaces() == 1
    remote.pool.max_runspaces = 3
    assert remote.pool.get_available_runspaces() == 3
    assert remote.pool.is_alive()
