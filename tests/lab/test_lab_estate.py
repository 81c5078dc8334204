"""The whole estate over real sockets, with unmodified pypsrp as its client."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypsrp.complex_objects import RunspacePoolState
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from gateways_support import eventually
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.exchange.builder import ServerSpec
from um_operator.lab.faults import Where
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.powershell import CmdletError
from um_operator.lab.presets import PRESETS, first_steps
from um_operator.lab.variants import Variants
from um_operator.lab.wsman.interference import Disturbance

OPERATOR, READER, NOBODY = range(3)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(first_steps(), clock=Clock()) as running:
        yield running


def target(lab: Lab, server: str, port: int) -> tuple[str, int]:
    """Where a host and port really are, by the lab's own table."""
    for line in lab.connect_to:
        host, known_port, address, real_port = line.split(":")
        if (host, known_port) == (server, str(port)):
            return address, int(real_port)
    raise KeyError(server)


class Session:
    """One pool of pypsrp on one server."""

    def __init__(self, lab: Lab, server: str = "ex01.contoso.com", account: int = OPERATOR) -> None:
        address, port = target(lab, server, 80)
        known = lab.spec.organization.accounts[account]
        self._wsman = WSMan(
            address,
            port=port,
            path="PowerShell/",
            ssl=False,
            auth="ntlm",
            username=known.name,
            password=known.password,
            read_timeout=10,
            operation_timeout=5,
        )

    async def invoke(self, cmdlet: str, **parameters: Any) -> tuple[list[str], list[str]]:
        """The texts of the rows, and the ids of the errors."""
        return await asyncio.to_thread(self._invoke, cmdlet, parameters)

    def _invoke(self, cmdlet: str, parameters: dict[str, Any]) -> tuple[list[str], list[str]]:
        with RunspacePool(self._wsman, configuration_name="Microsoft.Exchange") as pool:
            shell = PowerShell(pool).add_cmdlet(cmdlet)
            for name, value in parameters.items():
                shell.add_parameter(name, value)
            rows = shell.invoke()
            errors = [str(error.fq_error) for error in shell.streams.error]
            shell.close()
            return [str(row) for row in rows], errors


async def test_a_client_sees_the_servers_and_makes_a_plan(lab: Lab) -> None:
    session = Session(lab)
    servers, _ = await session.invoke("Get-ExchangeServer")
    assert servers == ["EX01", "EX02", "EX03", "EX04", "EX2010", "EX2019", "EDGE01", "EXOLD"]
    made = await session.invoke(
        "New-UMDialPlan", Name="Headquarters", CountryOrRegionCode="49", NumberOfDigitsInExtension=4
    )
    assert made == (["Headquarters"], [])
    assert [effect.caller for effect in lab.journal.effects] == ["CONTOSO\\svc-um-operator"] * 2


async def test_roles_hold_over_the_wire(lab: Lab) -> None:
    reader, nobody = Session(lab, account=READER), Session(lab, account=NOBODY)
    assert await reader.invoke("Get-UMIPGateway") == (["legacy-pbx"], [])
    assert await reader.invoke("Remove-UMIPGateway", Identity="legacy-pbx") == (
        [],
        ["CommandNotFoundException"],
    )
    assert await nobody.invoke("Get-UMIPGateway") == ([], ["CommandNotFoundException"])


@pytest.mark.parametrize("variants", [Variants(), Variants.others()], ids=["defaults", "others"])
@pytest.mark.parametrize(
    "cmdlet",
    [
        "Get-ExchangeServer", "Get-OrganizationConfig", "Get-UMService", "Get-UMDialPlan", "Get-UMIPGateway",
        "Get-UMHuntGroup", "Get-UMMailboxPolicy",
    ],
)  # fmt: skip
async def test_every_reading_arrives_whole_in_every_variant(variants: Variants, cmdlet: str) -> None:
    async with Lab.start(first_steps(), variants=variants) as lab:
        rows, errors = await Session(lab).invoke(cmdlet)
        assert (len(rows), errors) == (len(lab.change(cmdlet)), [])


async def test_changes_by_hand_are_seen_by_clients_and_told_apart(lab: Lab) -> None:
    lab.change("New-UMIPGateway", "sbc01", Address="sbc01.contoso.com")
    lab.directory.replicate_now()
    rows, _ = await Session(lab).invoke("Get-UMIPGateway")
    assert rows == ["legacy-pbx", "sbc01"]
    assert (lab.journal.effects[-1].caller, lab.journal.effects[-1].endpoint) == ("administrator", "console")
    with pytest.raises(CmdletError, match="already exists"):
        lab.change("New-UMIPGateway", "sbc01", Address="other.contoso.com")


async def test_invocations_and_requests_are_counted_without_the_console(lab: Lab) -> None:
    lab.change("Get-UMIPGateway")
    before = lab.counters
    await Session(lab).invoke("Get-UMIPGateway")
    after = lab.counters
    assert (before.invocations.total(), after.invocations) == (0, {"Get-UMIPGateway": 1})
    assert after.http_requests > before.http_requests


async def test_planned_trouble_reaches_clients(lab: Lab) -> None:
    lab.faults.refuse(Where("Get-UMDialPlan"), "ADTransientException")
    lab.faults.disturb(Where("Get-UMIPGateway"), Disturbance.UNAVAILABLE)
    _, [error] = await Session(lab).invoke("Get-UMDialPlan")
    assert "FailureCategory=Cmdlet-ADTransientException" in error
    with pytest.raises(Exception, match="503"):
        await Session(lab).invoke("Get-UMIPGateway")


async def test_nobody_answers_for_a_machine_that_is_gone(lab: Lab) -> None:
    for server in ("exold.contoso.com", "edge01.contoso.com"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(target(lab, server, 80), 5)


async def test_a_machine_can_be_shut_down_and_booted(lab: Lab) -> None:
    await lab.shut_down("EX02.contoso.com")
    with pytest.raises(Exception, match=r"(?i)reset|aborted"):
        await Session(lab, "ex02.contoso.com").invoke("Get-UMDialPlan")
    transcript = lab.console().run("Get-UMActiveCalls", (), {"Server": "ex02"})
    assert "couldn't be contacted" in transcript.errors[0].message
    await lab.boot("ex02.contoso.com")
    assert (await Session(lab, "ex02.contoso.com").invoke("Get-UMDialPlan"))[0] == ["Legacy"]
    assert lab.console().run("Get-UMActiveCalls", (), {"Server": "ex02"}).errors, "the service starts yet"


async def test_a_machine_that_foreign_hands_reboot_comes_back_with_its_services() -> None:
    async with Lab.start(first_steps(), clock=Clock(rate=600.0), times=INSTANT) as lab:
        await lab.reboot("ex02.contoso.com")
        service = lab.host("ex02.contoso.com").services["MSExchangeUM"]
        await eventually(lambda: service.status.value == "Running")
        assert lab.console().run("Get-UMActiveCalls", (), {"Server": "ex02"}).errors == []
        assert not lab.journal.effects


async def test_sip_ports_are_found_by_the_same_table_open_or_closed(lab: Lab) -> None:
    for port, listens in ((5060, True), (5061, False), (5062, True), (5063, False), (5065, True)):
        address, real_port = target(lab, "ex01.contoso.com", port)
        with socket.socket() as client:
            assert (client.connect_ex((address, real_port)) == 0) is listens
    assert target(lab, "ex04.contoso.com", 5161)
    before = target(lab, "ex01.contoso.com", 5060)
    await lab.shut_down("ex01.contoso.com")
    with socket.socket() as client:
        assert client.connect_ex(before) != 0


async def test_https_shows_the_servers_name_under_the_labs_authority(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(lab.authority.pem)
    address, port = target(lab, "ex02.contoso.com", 443)
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname="ex02.contoso.com")
    writer.close()


@pytest.mark.parametrize("name", PRESETS)
async def test_every_preset_starts_with_its_bystanders_and_stops(name: str) -> None:
    async with Lab.start(PRESETS[name]()) as lab:
        servers = {row.text for row in lab.change("Get-ExchangeServer")}
        assert {"EX2010", "EX2019", "EDGE01"} < servers
        assert ("EXOLD" in servers) is (name != "smallest")
        assert "Legacy" in [row.text for row in lab.change("Get-UMDialPlan")]
        assert lab.change("Get-UMIPGateway", "legacy-pbx")[0].properties["OutcallsAllowed"] is True
        listening = target(lab, next(iter(lab.servers)), 80)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(listening, 5)


async def test_bystanders_have_calls_that_are_answered() -> None:
    async with Lab.start(first_steps(), clock=Clock(rate=600.0)) as lab:
        await lab.calls.until_each_gateway_called(gateways=["legacy-pbx"], deadline=20)


async def test_fifty_servers_start_in_one_process() -> None:
    spec = first_steps()
    servers = tuple(ServerSpec(f"S{number:02}", "Berlin") for number in range(50))
    many = EstateSpec(replace(spec.organization, servers=servers, mailboxes=()))
    async with Lab.start(many) as lab:
        assert len(lab.servers) == 50
        rows, _ = await Session(lab, "s49.contoso.com").invoke("Get-UMService")
        assert len(rows) == 50


async def test_a_machine_that_went_down_has_lost_its_sessions(lab: Lab) -> None:
    session = Session(lab, "ex02.contoso.com")
    pool = RunspacePool(session._wsman, configuration_name="Microsoft.Exchange")
    await asyncio.to_thread(pool.open)
    service = lab.servers["ex02.contoso.com"].service
    assert len(service.shells) == 1
    await lab.shut_down("ex02.contoso.com")
    await lab.boot("ex02.contoso.com")
    assert service.shells == {}
    pool.state = RunspacePoolState.CLOSED
