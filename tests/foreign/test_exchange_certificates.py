"""Unmodified pypsrp brings a certificate to a server: what of it crosses the wire, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.serializer import TaggedValue
from pypsrp.wsman import WSMan

from certificate_bench import PASSWORD, certify, leaf
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps
from um_operator.lab.variants import ServerSideSelect, Variants
from wsman_support import name_leads_to_loopback

HOST = "ex01.contoso.com"
COLUMNS = ["RawData", "Services", "Status", "HasPrivateKey"]


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(first_steps(), clock=Clock()) as running:
        yield running


def run(lab: Lab, *commands: tuple[str, dict[str, Any]], secret: bool = False) -> tuple[list[Any], list[str]]:
    """The rows of one pipeline of commands, and the ids of its errors."""
    lines = (line.split(":") for line in lab.connect_to)
    port = next(int(real) for name, known, _, real in lines if (name, known) == (HOST, "80"))
    account = lab.spec.organization.accounts[0]
    with name_leads_to_loopback(HOST):
        wsman = WSMan(
            HOST,
            port=port,
            path="PowerShell/",
            ssl=False,
            auth="ntlm",
            username=account.name,
            password=account.password,
            no_proxy=True,
        )
        with RunspacePool(wsman, configuration_name="Microsoft.Exchange") as pool:
            if secret:
                pool.exchange_keys()
            shell = PowerShell(pool)
            for name, parameters in commands:
                shell.add_cmdlet(name).add_parameters(parameters)
            rows = list(shell.invoke())
            errors = [str(error.fq_error) for error in shell.streams.error]
            shell.close()
            return rows, errors


async def test_a_pfx_and_its_password_arrive_and_only_bytes_come_back(lab: Lab) -> None:
    given = {"Server": HOST, "FileData": leaf().pfx(), "Password": TaggedValue("SS", PASSWORD.plain)}
    rows, errors = await asyncio.to_thread(run, lab, ("Import-ExchangeCertificate", given), secret=True)
    assert errors == []
    [shown] = rows
    assert shown.adapted_properties == {"RawData": leaf().der}
    assert lab.host(HOST).stores.my.find(leaf().thumbprint) is not None
    assert not any(PASSWORD.plain in line for line in lab.journal.lines())


async def test_a_plain_password_is_refused(lab: Lab) -> None:
    given = {"Server": HOST, "FileData": leaf().pfx(), "Password": PASSWORD.plain}
    _, errors = await asyncio.to_thread(run, lab, ("Import-ExchangeCertificate", given))
    assert errors == ["ParameterArgumentTransformationError,Import-ExchangeCertificate"]


@pytest.mark.parametrize("choice", ServerSideSelect)
async def test_variant_select_object_in_the_same_pipeline(choice: ServerSideSelect) -> None:
    variants = Variants(server_side_select=choice)
    pipeline = (("Get-ExchangeCertificate", {"Server": HOST}), ("Select-Object", {"Property": COLUMNS}))
    async with Lab.start(first_steps(), variants=variants, clock=Clock()) as lab:
        rows, errors = await asyncio.to_thread(run, lab, *pipeline)
    if choice is ServerSideSelect.ABSENT:
        assert (rows, errors) == ([], ["CommandNotFoundException"])
        return
    [row] = rows
    shown = row.extended_properties
    assert isinstance(shown["RawData"], bytes)
    told = choice is ServerSideSelect.PROPERTIES
    assert (str(shown["Status"]), shown["HasPrivateKey"]) == (("Valid", True) if told else ("None", None))


async def test_a_request_is_answered_over_the_wire(lab: Lab) -> None:
    asked = {"GenerateRequest": True, "BinaryEncoded": True, "SubjectName": f"CN={HOST}", "Server": HOST}
    [made], _ = await asyncio.to_thread(run, lab, ("New-ExchangeCertificate", asked))
    [pending] = lab.host(HOST).stores.requests.values()
    assert isinstance(made.adapted_properties["FileData"], bytes)
    answer = certify(HOST, public=pending.request.public_key())
    given = {"Server": HOST, "FileData": answer.der}
    _, errors = await asyncio.to_thread(run, lab, ("Import-ExchangeCertificate", given))
    assert errors == []
    assert lab.host(HOST).stores.requests == {}
