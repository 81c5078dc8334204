"""Test-UMConnectivity asks the services of the server that runs it, as they listen now."""

from __future__ import annotations

from typing import Any

import pytest

from gateways_support import EX01, Telephones
from secured_support import on_tls
from um_operator.lab.hosts.host import UM
from um_operator.lab.powershell import CmdletError


async def outcome(estate: Telephones, **parameters: Any) -> tuple[Any, Any]:
    estate.organization.um_servers["ex02.contoso.com"].host.up = False  # sessions land on ex01
    [row] = await estate.run("Test-UMConnectivity", **parameters)
    return row.properties["EntireOperationSuccess"], row.properties["ReasonForFailure"]


@pytest.mark.parametrize("router", [False, True])
@pytest.mark.parametrize(
    ("mode", "plain", "secured"), [("TCP", True, False), ("TLS", False, True), ("Dual", True, True)]
)
async def test_what_a_service_speaks_depends_on_its_startup_mode(
    router: bool, mode: str, plain: bool, secured: bool
) -> None:
    async with on_tls(mode) as estate:
        assert (await outcome(estate, CallRouter=router))[0] is plain
        assert (await outcome(estate, CallRouter=router, Secured=True))[0] is secured


async def test_a_service_that_does_not_run_does_not_answer() -> None:
    async with on_tls() as estate:
        await estate.stop(EX01, UM)
        assert await outcome(estate, Secured=True) == (False, "No connection could be made to port 5063.")
        assert (await outcome(estate, CallRouter=True, Secured=True))[0] is True


async def test_a_certificate_that_the_server_itself_does_not_trust_fails() -> None:
    async with on_tls() as estate:
        stores = estate.organization.host(EX01).stores
        for root in stores.root:
            stores.root.remove(root.thumbprint)
        succeeded, why = await outcome(estate, Secured=True)
        assert (succeeded, "UntrustedRemoteCertificate" in why) == (False, True)


async def test_no_other_server_can_be_named() -> None:
    async with on_tls() as estate:
        with pytest.raises(CmdletError, match="'Server'"):
            await estate.run("Test-UMConnectivity", Server="ex02")


async def test_what_is_refused() -> None:
    async with on_tls() as estate:
        for given in ({"Timeout": 59}, {"Secured": True, "CertificateThumbprint": "AB"}):
            with pytest.raises(AssertionError, match=r"RefusedError|CmdletError"):
                await estate.run("Test-UMConnectivity", **given)
