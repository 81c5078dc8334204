"""Certificate stores, events and the counter of a host."""

from typing import Any

import pytest

from certificate_bench import intermediate, leaf, root
from host_bench import ACCOUNT, FQDN, HostBench
from um_operator.lab.hosts.host import UM_CALL_ROUTER
from um_operator.lab.powershell import PSObject
from um_operator.lab.variants import CertificateItem, Variants
from um_operator.lab.winrm.counters import REJECTED

SOURCE = "MSExchange Unified Messaging"
ANY_OF_OURS = "@Name='MSExchange Unified Messaging' or @Name='MSExchangeUM' or @Name='MSExchangeUMCR'"


@pytest.fixture
def bench() -> HostBench:
    return HostBench()


def after(record: int, *ids: int) -> str:
    wanted = " or ".join(f"EventID={number}" for number in ids or (1112, 1113))
    return f"*[System[Provider[{ANY_OF_OURS}] and ({wanted}) and EventRecordID>{record}]]"


@pytest.mark.parametrize(("store", "certified"), [("Root", root()), ("CA", intermediate())])
async def test_trust_is_added_once_and_then_seen(bench: HostBench, store: str, certified: Any) -> None:
    given = {"Store": store, "RawData": certified.der}
    added = await bench.row("Add-UMOperatorTrust", jea=True, **given)
    assert added == {"Store": store, "Thumbprint": certified.thumbprint, "Added": True}
    again = await bench.row("Add-UMOperatorTrust", jea=True, **given)
    assert again["Added"] is False
    rows = await bench.rows("Get-ChildItem", jea=True, Path=f"Cert:\\LocalMachine\\{store}")
    assert [row.properties["RawData"] for row in rows] == [certified.der]
    [effect] = bench.journal.effects
    assert (effect.caller, effect.name) == (ACCOUNT, f"{FQDN}\\{store}\\{certified.thumbprint}")


@pytest.mark.parametrize(
    ("store", "data", "error_id"),
    [
        ("CA", root().der, "WrongStore"),
        ("Root", intermediate().der, "WrongStore"),
        ("Root", leaf().pfx(), "NotACertificate"),
        ("Root", root().der + b"\0", "NotACertificate"),
        ("Root", b"nonsense", "NotACertificate"),
    ],
)
async def test_only_a_certificate_in_its_place_is_trusted(
    bench: HostBench, store: str, data: bytes, error_id: str
) -> None:
    refused = await bench.refused("Add-UMOperatorTrust", jea=True, Store=store, RawData=data)
    assert refused == f"{error_id},Add-UMOperatorTrust"
    assert (len(bench.host.stores.root), len(bench.host.stores.ca), bench.journal.effects) == (0, 0, [])


async def test_what_if_trusts_nothing(bench: HostBench) -> None:
    given: dict[str, Any] = {"Store": "Root", "RawData": root().der, "WhatIf": True}
    assert await bench.rows("Add-UMOperatorTrust", **given) == []
    assert len(bench.host.stores.root) == 0


async def test_without_the_module_an_administrator_has_no_such_function() -> None:
    bench = HostBench(has_module=False)
    given: dict[str, Any] = {"Store": "Root", "RawData": root().der}
    assert await bench.refused("Add-UMOperatorTrust", **given) == "CommandNotFoundException"


@pytest.mark.parametrize("item", CertificateItem)
async def test_variant_of_a_certificate_its_bytes_cross_the_wire_or_more(item: CertificateItem) -> None:
    bench = HostBench(Variants(certificate_item=item))
    [row] = await bench.rows("Get-ChildItem", Path="cert:\\localmachine\\my")
    whole = item is CertificateItem.WHOLE
    assert row.sent == (None if whole else frozenset({"RawData"}))


@pytest.mark.parametrize("path", ["C:\\", "Cert:\\CurrentUser\\Root", "Cert:\\LocalMachine\\Disallowed"])
async def test_other_places_are_not_there(bench: HostBench, path: str) -> None:
    refused = await bench.refused("Get-ChildItem", Path=path)
    assert refused == "PathNotFound,Microsoft.PowerShell.Commands.GetChildItemCommand"


async def test_events_are_read_from_a_record_on_the_oldest_first(bench: HostBench) -> None:
    first = bench.host.events.write(SOURCE, 1113, "The handshake failed.")
    bench.host.events.write(SOURCE, 9999, "Something else.")
    bench.host.events.write("MSExchangeTransport", 1113, "Somebody else's.")
    second = bench.host.events.write("MSExchangeUMCR", 1112, "The handshake failed, too.")
    given = {"LogName": "Application", "MaxEvents": 100, "Oldest": True}
    rows = await bench.rows("Get-WinEvent", jea=True, FilterXPath=after(0), **given)
    assert [row.properties["RecordId"] for row in rows] == [first.record_id, second.record_id]
    assert [row.notes["Message"] for row in rows] == [first.message, second.message]
    later = await bench.rows("Get-WinEvent", jea=True, FilterXPath=after(first.record_id), **given)
    assert [row.properties["Id"] for row in later] == [1112]


async def test_the_newest_event_comes_first(bench: HostBench) -> None:
    for _ in range(3):
        newest = bench.host.events.write(SOURCE, 1113, "The handshake failed.")
    row = await bench.row("Get-WinEvent", jea=True, LogName="Application", MaxEvents=1)
    assert row["RecordId"] == newest.record_id


async def test_no_event_is_an_error_record(bench: HostBench) -> None:
    done = await bench.run("Get-WinEvent", LogName="Application", FilterXPath=after(0))
    assert (done.rows, done.errors[0].category) == ([], "ObjectNotFound")
    assert done.errors[0].error_id.startswith("NoMatchingEventsFound,")


@pytest.mark.parametrize("text", ["*[System[", "every", "*[System[EventID=x]]", "*[System[Level?1]]", ""])
async def test_an_expression_that_is_none_is_refused(bench: HostBench, text: str) -> None:
    refused = await bench.refused("Get-WinEvent", LogName="Application", FilterXPath=text)
    assert refused.startswith("System.Diagnostics.Eventing.Reader.EventLogException,")


async def test_other_logs_are_not_there(bench: HostBench) -> None:
    assert (await bench.refused("Get-WinEvent", LogName="Security")).startswith("NoMatchingLogsFound,")


async def test_rejected_calls_are_counted_while_the_service_runs(bench: HostBench) -> None:
    assert (await bench.refused("Get-Counter", jea=True, Counter=REJECTED)).startswith("CounterApiError,")
    await bench.host.services[UM_CALL_ROUTER].run()
    bench.host.rejected_calls = 3
    row = await bench.row("Get-Counter", jea=True, Counter=REJECTED)
    samples = row["CounterSamples"]
    assert isinstance(samples, PSObject)
    [sample] = list(samples.items or ())
    assert isinstance(sample, PSObject)
    assert sample.properties["CookedValue"] == 3.0
    assert str(sample.properties["Path"]).startswith("\\\\ex01\\msexchangeum")


async def test_another_counter_is_not_there(bench: HostBench) -> None:
    assert (await bench.refused("Get-Counter", Counter="\\Memory\\Free")).startswith("CounterApiError,")
