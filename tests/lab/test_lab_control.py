"""A second terminal asks a running lab."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateways_support import eventually
from um_operator.lab.clock import Clock
from um_operator.lab.control import ControlError, ask, listening
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.presets import first_steps


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(first_steps(), clock=Clock.frozen()) as running:
        yield running


@pytest.fixture
async def address(lab: Lab) -> AsyncIterator[str]:
    async with listening(lab) as address:
        yield address


async def asked(address: str, do: str, **details: Any) -> dict[str, Any]:
    return await asyncio.to_thread(ask, address, do, **details)


async def test_a_change_is_made_and_its_rows_come_back(lab: Lab, address: str) -> None:
    made = await asked(
        address, "change", cmdlet="New-UMIPGateway", positional=["sbc01"], parameters={"Address": "sbc01"}
    )
    assert (made["rows"][0]["Name"], made["rows"][0]["Status"]) == ("sbc01", "Enabled")
    await asked(address, "change", cmdlet="Set-UMIPGateway", positional=["sbc01"], parameters={"Port": 5070})
    assert lab.change("Get-UMIPGateway", "sbc01")[0].properties["Port"] == 5070


async def test_a_refusal_of_exchange_is_an_error(address: str) -> None:
    with pytest.raises(ControlError, match="couldn't be found"):
        await asked(address, "change", cmdlet="Get-UMIPGateway", positional=["none"])


async def test_the_journal_comes_in_pieces_from_where_one_was(lab: Lab, address: str) -> None:
    for number in range(3):
        lab.journal.note("Something", server="ex01", number=number)
    first = await asked(address, "journal")
    assert first["next"] == len(first["entries"]) >= 3
    lab.change("Set-UMIPGateway", "legacy-pbx", Port=5070)
    later = await asked(address, "journal", **{"from": first["next"]})
    assert [entry["after"] for entry in later["entries"]] == [{"Port": 5070}]


async def test_the_clock_can_be_moved(lab: Lab, address: str) -> None:
    before = lab.clock.now()
    await asked(address, "advance", seconds=90)
    assert lab.clock.now() - before == timedelta(seconds=90)


async def test_replication_lag_can_be_ended(lab: Lab, address: str) -> None:
    lab.change("New-UMIPGateway", "sbc01", Address="sbc01.contoso.com", DomainController="dc02.contoso.com")
    assert len(lab.change("Get-UMIPGateway")) == 1
    await asked(address, "replicate")
    assert len(lab.change("Get-UMIPGateway")) == 2


async def test_a_server_can_be_taken_down_and_up(lab: Lab, address: str) -> None:
    await asked(address, "down", server="ex01.contoso.com")
    assert not lab.faults.accepts("ex01.contoso.com")
    await asked(address, "up", server="ex01.contoso.com")
    assert lab.faults.accepts("ex01.contoso.com")


async def test_counters_and_calls_are_told(address: str) -> None:
    assert (await asked(address, "counters"))["counters"]["invocations"] == {}
    assert (await asked(address, "calls"))["calls"]["total"]["placed"] >= 0


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"hello", "JSON object"),
        (b"[]", "JSON object"),
        (b'{"do": "destroy"}', "change, journal"),
        (b'{"do": "advance"}', "'seconds'"),
        (b'{"do": "down", "server": "none"}', "none"),
        (b'{"do": "advance", "seconds": "soon"}', "soon"),
        (b'{"do": "advance", "seconds": -1}', "jump back"),
    ],
)
async def test_a_request_that_makes_no_sense_is_told_what_would(
    address: str, line: bytes, error: str
) -> None:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(line + b"\n")
    answer = json.loads(await asyncio.wait_for(reader.readline(), 5))
    writer.close()
    assert answer["ok"] is False
    assert error in answer["error"]


def test_no_lab_is_a_clear_error() -> None:
    with pytest.raises(ControlError, match=r'no lab answers at "127\.0\.0\.1:1"'):
        ask("127.0.0.1:1", "counters")


async def test_a_service_is_restarted_by_hand(lab: Lab, address: str) -> None:
    service = lab.host("ex01.contoso.com").services["MSExchangeUM"]
    await asked(address, "restart", server="EX01.contoso.com", service="MSExchangeUM")
    await eventually(lambda: service.status.value == "StopPending")
    assert lab.journal.effects[-1].is_by_hand
    with pytest.raises(ControlError, match="MSExchangeFax"):
        await asked(address, "restart", server="ex01.contoso.com", service="MSExchangeFax")


async def test_a_device_is_told_whom_to_trust_and_what_to_speak(lab: Lab, address: str) -> None:
    authority = CertificateAuthority("Root CA", lab.clock.now())
    pem = authority.root.public_bytes(Encoding.PEM).decode()
    told = await asked(address, "trust", device="sbc01", pem=pem)
    await asked(address, "transport", device="sbc01", transport="tls")
    sbc01 = lab.calls.gateways["sbc01"]
    assert told["trusted"] == [entry.thumbprint for entry in sbc01.tls.trusted]
    assert sbc01.transport == "tls"
    with pytest.raises(ControlError, match="over tcp or tls"):
        await asked(address, "transport", device="sbc01", transport="udp")
    with pytest.raises(ControlError, match='"trust"'):
        await asked(address, "trust", device="sbc01", pem="no certificate")
