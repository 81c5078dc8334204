from __future__ import annotations

from dataclasses import replace

import pytest

from exchange_support import UNREACHABLE, Answer, row, rows
from hosts_support import (
    HOST,
    NO_EVENTS,
    NO_PROCESS,
    NOT_OFFERED,
    HostTable,
    certificate_row,
    counter_row,
    event_row,
    service_row,
)
from um_operator.hosts.commands import ALLOWED
from um_operator.hosts.premise_table import premises
from um_operator.hosts.sessions import OneHost
from um_operator.remoting.premises import Checked, Verdict, check
from um_operator.remoting.session import Command, Result

NOT_A_CERTIFICATE = replace(
    NOT_OFFERED,
    error_id="NotACertificate,Add-UMOperatorTrust",
    category="InvalidArgument",
    exception_type="X",
)


def events(command: Command) -> Answer:
    return Result((), (NO_EVENTS,)) if "FilterXPath" in command.parameters else rows(event_row(7))


async def table(**changed: Answer) -> tuple[dict[str, Checked], HostTable]:
    usual: dict[str, Answer] = {
        "Get-CimInstance": rows(service_row("MSExchangeUM"), service_row("MSExchangeUMCR", "Stopped", 0)),
        "Get-Process": Result((), (NO_PROCESS,)),
        "Get-ChildItem": rows(certificate_row(b"a"), certificate_row(b"b")),
        "Get-Counter": rows(counter_row(3)),
        "Add-UMOperatorTrust": Result((), (NOT_A_CERTIFICATE,)),
    }
    answers = {**usual, **{name.replace("_", "-"): answer for name, answer in changed.items()}}
    host = HostTable({"Get-WinEvent": events, **answers})
    checked = await check(OneHost(host, HOST), premises(HOST), deadline=5)
    return {one.name: one for one in checked}, host


async def test_a_host_that_offers_everything_shows_it_and_is_not_changed() -> None:
    found, host = await table()
    assert {one.verdict for one in found.values()} == {Verdict.HOLDS}
    assert found["host services"].seen == "MSExchangeUM Running, MSExchangeUMCR Stopped"
    assert found["host store Root"].seen == "2 certificates"
    assert (found["host events"].seen, found["rejected calls"].seen) == ("newest record 7", "3")
    assert (set(host.hosts), host.writes) == ({HOST}, [])


async def test_every_command_but_those_with_an_effect_is_tried() -> None:
    _, host = await table()
    assert {command.name for command in host.commands} == ALLOWED.keys() - {"Invoke-CimMethod"}
    (trust,) = [command for command in host.commands if command.name == "Add-UMOperatorTrust"]
    assert trust.parameters["RawData"] == b"um-operator check", "what is no certificate is added nowhere"


@pytest.mark.parametrize("cmdlet", sorted(ALLOWED.keys() - {"Invoke-CimMethod"}))
async def test_a_command_that_is_not_offered_is_named(cmdlet: str) -> None:
    found, _ = await table(**{cmdlet.replace("-", "_"): Result((), (NOT_OFFERED,))})
    broken = [one for one in found.values() if one.verdict is Verdict.BROKEN]
    assert broken
    assert all(one.seen.startswith(f"{cmdlet} failed (CommandNotFoundException)") for one in broken)


async def test_a_host_that_does_not_answer_is_unknown() -> None:
    found, _ = await table(Get_CimInstance=UNREACHABLE)
    assert found["host services"] == Checked(
        "host services", f'On "{HOST}": are both services shown?', Verdict.UNKNOWN, str(UNREACHABLE)
    )


async def test_another_shape_is_broken() -> None:
    found, _ = await table(Get_ChildItem=rows(row("X509Certificate2", Thumbprint="AB")))
    assert found["host store CA"].verdict is Verdict.BROKEN
    assert found["host store CA"].seen == 'property "RawData" has a value that is not understood'
