from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exchange_support import NOW, Answer, Clock, row, rows
from hosts_support import (
    HOST,
    NO_EVENTS,
    NO_PROCESS,
    NOT_OFFERED,
    certificate_row,
    counter_row,
    estate_of,
    event_row,
    named,
    process_row,
    rehydrated,
    service_row,
)
from um_operator.hosts.commands import WINDOWS_SERVICES
from um_operator.hosts.estate import LOOK_BACK, MOST_KEPT
from um_operator.observed.certificates import HostStores
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import HostEvent, ServiceFact
from um_operator.remoting.errors import AuthenticationFailed, Unreachable
from um_operator.remoting.session import Command, Result

STARTED_AT = datetime(2026, 11, 23, 20, 4, 5, 123456, UTC)
BOTH = rows(service_row("MSExchangeUM"), service_row("MSExchangeUMCR", "Stop Pending", 17))
OTHER = replace(
    NOT_OFFERED, error_id="HRESULT 0x80041001", category="ReadError", exception_type="CimException"
)
GONE = Unreachable('"http://ex01.contoso.com:5985/wsman" can\'t be reached', sent=False)


async def services(
    before: dict[str, Fact[ServiceFact]] | None = None, **answers: Answer
) -> dict[str, Fact[ServiceFact]]:
    estate = estate_of(named(**answers), Clock())
    return dict(await estate.services(HOST, WINDOWS_SERVICES, before or {}))


async def test_a_service_is_known_with_its_status_and_the_start_of_its_process() -> None:
    found = await services(Get_CimInstance=BOTH, Get_Process=rows(process_row(4242), process_row(17)))
    assert found == {
        "MSExchangeUM": Known(ServiceFact("MSExchangeUM", "Running", STARTED_AT), NOW),
        "MSExchangeUMCR": Known(ServiceFact("MSExchangeUMCR", "StopPending", STARTED_AT), NOW),
    }


@pytest.mark.parametrize(
    ("state", "status"),
    [("Stopped", "Stopped"), ("Start Pending", "StartPending"), ("Paused", "Paused"), ("Unknown", "Other")],
)
async def test_a_service_without_a_process_has_no_start_and_none_is_asked_for(
    state: str, status: str
) -> None:
    table = named(Get_CimInstance=rows(service_row("MSExchangeUM", state, 0)))
    found = await estate_of(table, Clock()).services(HOST, ["MSExchangeUM"], {})
    assert found["MSExchangeUM"] == Known(ServiceFact("MSExchangeUM", status), NOW)  # type: ignore[arg-type]
    assert [command.name for command in table.commands] == ["Get-CimInstance"]
    assert table.hosts == [HOST]


async def test_a_service_that_the_host_does_not_have_is_unknown_and_the_other_is_not() -> None:
    found = await services(
        Get_CimInstance=rows(service_row("MSExchangeUM")), Get_Process=rows(process_row(4242))
    )
    assert isinstance(found["MSExchangeUM"], Known)
    assert found["MSExchangeUMCR"] == Unknown("NotRead", f'"{HOST}" shows no service "MSExchangeUMCR"', NOW)


@pytest.mark.parametrize("answer", [Result((), (NO_PROCESS,)), Result((), (NOT_OFFERED,))])
async def test_a_process_that_is_gone_or_not_shown_leaves_the_status(answer: Result) -> None:
    found = await services(Get_CimInstance=BOTH, Get_Process=answer)
    assert found["MSExchangeUM"] == Known(ServiceFact("MSExchangeUM", "Running"), NOW)


async def test_a_host_that_does_not_answer_is_unknown_since_it_became_so() -> None:
    earlier = Unknown("EndpointUnreachable", "x", NOW - timedelta(minutes=5))
    found = await services({"MSExchangeUM": earlier}, Get_CimInstance=GONE)
    assert found["MSExchangeUM"] == Unknown("EndpointUnreachable", str(GONE), earlier.since)
    assert found["MSExchangeUMCR"] == Unknown("EndpointUnreachable", str(GONE), NOW)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (AuthenticationFailed("no", sent=False), "AuthenticationFailed"),
        (Result((), (NOT_OFFERED,)), "Forbidden"),
        (Result((service_row("MSExchangeUM"),), (OTHER,)), "NotRead"),
        (rows("text"), "NotRead"),
        (rows(row("Win32_Service", Name="MSExchangeUM", State="Running", ProcessId="many")), "NotRead"),
    ],
)  # fmt: skip
async def test_what_is_not_whole_is_unknown(answer: Answer, reason: str) -> None:
    found = (await services(Get_CimInstance=answer))["MSExchangeUM"]
    assert isinstance(found, Unknown)
    assert found.reason == reason


@pytest.mark.parametrize("started", ["2026-11-23T21:04:05", "yesterday", None, 5])
async def test_a_start_that_says_no_instant_is_not_guessed(started: str | int | None) -> None:
    found = await services(Get_CimInstance=BOTH, Get_Process=rows(process_row(4242, started)))
    assert isinstance(found["MSExchangeUM"], Unknown)


async def test_trusted_certificates_are_named_by_their_bytes() -> None:
    def store(command: Command) -> Answer:
        root = str(command.parameters["Path"]).endswith("Root")
        return rows(*map(certificate_row, (b"a", b"b") if root else (b"c",)))

    found = await estate_of(named(Get_ChildItem=store), Clock()).stores(HOST, None)
    assert found == Known(HostStores(frozenset(map(_sha256, (b"a", b"b"))), frozenset({_sha256(b"c")})), NOW)


async def test_one_certificate_without_bytes_makes_a_store_unknown() -> None:
    table = named(Get_ChildItem=rows(certificate_row(b"a"), row("X509Certificate2")))
    found = await estate_of(table, Clock()).stores(HOST, None)
    assert isinstance(found, Unknown)


def log(*events: tuple[int, int]) -> Callable[[Command], Answer]:
    """A log of (record, id), as Get-WinEvent shows it."""

    def read(command: Command) -> Answer:
        query = command.parameters.get("FilterXPath")
        if query is None:
            found = [max(events)] if events else []
        else:
            after = int(str(query).rpartition(">")[2].removesuffix("]]"))
            found = [one for one in events if one[0] > after and one[1] != 1]
        shown = rows(*(event_row(record, number) for record, number in found))
        return shown if found else Result((), (NO_EVENTS,))

    return read


async def events(before: Fact[tuple[HostEvent, ...]] | None, *logged: tuple[int, int]) -> list[int]:
    fact = await estate_of(named(Get_WinEvent=log(*logged)), Clock()).events(HOST, before)
    assert isinstance(fact, Known)
    return [event.record_id for event in fact.value]


def seen(*records: int) -> Known[tuple[HostEvent, ...]]:
    return Known(tuple(HostEvent(record, 1113, STARTED_AT, "") for record in records), NOW)


async def test_an_event_is_known_by_its_record_with_instant_and_words() -> None:
    fact = await estate_of(named(Get_WinEvent=log((7, 1113))), Clock()).events(HOST, None)
    assert fact == Known((HostEvent(7, 1113, STARTED_AT, "TLS failed"),), NOW)


@pytest.mark.parametrize(
    ("before", "logged", "expected"),
    [
        (None, [], []),
        (None, [(5, 1)], []),
        (None, [(5, 1113), (6, 1)], [5]),
        (None, [(5, 1113), (LOOK_BACK + 5, 1)], []),
        (None, [(6, 1113), (LOOK_BACK + 5, 1)], [6]),
        (seen(5), [(5, 1113), (6, 1)], [5]),
        (seen(5), [(5, 1113), (6, 1), (7, 1400)], [5, 7]),
        (seen(5), [(5, 1113)], [5]),
    ],
)
async def test_new_events_come_to_those_known(
    before: Known[tuple[HostEvent, ...]] | None, logged: list[tuple[int, int]], expected: list[int]
) -> None:
    assert await events(before, *logged) == expected


async def test_a_log_that_was_cleared_is_read_from_its_beginning() -> None:
    assert await events(seen(900), (1, 1113), (2, 1)) == [1]


async def test_no_more_events_are_kept_than_the_newest() -> None:
    many = [(number, 1113) for number in range(1, MOST_KEPT + 50)]
    kept = await events(None, *many)
    assert (len(kept), kept[-1]) == (MOST_KEPT, MOST_KEPT + 49)


async def test_an_event_whose_text_is_missing_is_an_event() -> None:
    table = named(Get_WinEvent=rows(event_row(7, message=None)))
    fact = await estate_of(table, Clock()).events(HOST, None)
    assert isinstance(fact, Known)
    assert fact.value[0].message == ""


@pytest.mark.parametrize("value", [3, 3.0])
async def test_rejected_calls_are_counted(value: float) -> None:
    estate = estate_of(named(Get_Counter=rows(counter_row(value))), Clock())
    assert await estate.rejected_calls(HOST, None) == Known(3, NOW)


@pytest.mark.parametrize(
    "answer", [rows(), rows(row("SampleSet", CounterSamples="text")), rows(counter_row(1), counter_row(2))]
)
async def test_a_counter_of_another_shape_is_unknown(answer: Answer) -> None:
    found = await estate_of(named(Get_Counter=answer), Clock()).rejected_calls(HOST, None)
    assert isinstance(found, Unknown)


async def test_rows_are_read_as_they_come_over_the_wire() -> None:
    cim = rehydrated(
        '<Obj RefId="0"><TN RefId="0"><T>Deserialized.Microsoft.Management.Infrastructure.CimInstance'
        "#root/cimv2/Win32_Service</T><T>System.Object</T></TN><ToString>Win32_Service: Microsoft Exchange "
        'Unified Messaging (Name = "MSExchangeUM")</ToString><Props><S N="Name">MSExchangeUM</S>'
        '<S N="State">Running</S><U32 N="ProcessId">4242</U32></Props></Obj>'
    )
    process = rehydrated(
        '<Obj RefId="0"><TN RefId="0"><T>Selected.System.Diagnostics.Process</T></TN><MS>'
        '<I32 N="Id">4242</I32><DT N="StartTime">2026-11-23T21:04:05.1234567+01:00</DT></MS></Obj>'
    )
    found = await services(Get_CimInstance=rows(cim), Get_Process=rows(process))
    assert found["MSExchangeUM"] == Known(ServiceFact("MSExchangeUM", "Running", STARTED_AT), NOW)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
