"""pywinrm, unmodified, as a second judge of authentication, message encryption and faults.

It speaks winrs, not PSRP: with the right credentials ``/PowerShell/`` answers it with the fault of an unknown
resource, which it can only read when authentication and encryption hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError, WSManFaultError
from winrm.protocol import Protocol

from um_operator.lab.wsman.server import WSManServer, default_policy
from um_operator.lab.wsman.tls import Authority
from wsman_support import ACCOUNT, SERVER, ToyHost, name_leads_to_loopback, running

INVALID_RESOURCE = 2150858811


@dataclass
class Lab:
    """A server with an HTTP and an HTTPS listener, and what a client needs for both."""

    server: WSManServer
    http: str
    https: str
    trust: str
    client: tuple[str, str]

    async def open_shell(self, url: str, **settings: Any) -> None:
        defaults = {
            "username": ACCOUNT.name,
            "password": ACCOUNT.password,
            "server_cert_validation": "validate",
            "ca_trust_path": self.trust,
        }
        await asyncio.to_thread(self._open_shell, url, {**defaults, **settings})

    def _open_shell(self, url: str, settings: dict[str, Any]) -> None:
        with name_leads_to_loopback(SERVER):
            Protocol(url, proxy=None, **settings).open_shell()


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    authority = Authority(datetime.now(UTC))
    issued = authority.client(ACCOUNT.upn)
    files = {"ca.pem": authority.pem, "client.pem": issued.certificate_pem, "client.key": issued.key_pem}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    async with running(ToyHost(), policy=default_policy(SERVER, secure=False)) as (server, http):
        https = await server.listen("127.0.0.1", 0, tls=authority.listener([SERVER]))
        yield Lab(
            server,
            f"http://{SERVER}:{http}/PowerShell/",
            f"https://{SERVER}:{https}/PowerShell/",
            str(tmp_path / "ca.pem"),
            (str(tmp_path / "client.pem"), str(tmp_path / "client.key")),
        )


async def fault_code(lab: Lab, url: str, **settings: Any) -> int | None:
    with pytest.raises(WSManFaultError) as refused:
        await lab.open_shell(url, **settings)
    code: int | None = refused.value.wsman_fault_code
    return code


async def test_ntlm_over_http_is_encrypted_both_ways(lab: Lab) -> None:
    assert await fault_code(lab, lab.http, transport="ntlm") == INVALID_RESOURCE


async def test_ntlm_over_https_binds_the_channel(lab: Lab) -> None:
    assert await fault_code(lab, lab.https, transport="ntlm") == INVALID_RESOURCE


async def test_ntlm_over_https_without_channel_binding_is_refused(lab: Lab) -> None:
    with pytest.raises(InvalidCredentialsError):
        await lab.open_shell(lab.https, transport="ntlm", send_cbt=False)


async def test_basic_over_https_names_the_account(lab: Lab) -> None:
    assert await fault_code(lab, lab.https, transport="basic") == INVALID_RESOURCE


async def test_a_client_certificate_names_the_account(lab: Lab) -> None:
    pem, key = lab.client
    code = await fault_code(
        lab, lab.https, transport="certificate", password=None, cert_pem=pem, cert_key_pem=key
    )
    assert code == INVALID_RESOURCE


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
async def test_a_wrong_password_is_refused(lab: Lab, transport: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        await lab.open_shell(lab.https, transport=transport, password="wrong")


async def test_a_plain_message_over_http_is_refused(lab: Lab) -> None:
    with pytest.raises(WinRMTransportError) as refused:
        await lab.open_shell(lab.http, transport="ntlm", message_encryption="never")
    assert refused.value.code == 500


async def test_no_shell_of_another_kind_opens(lab: Lab) -> None:
    await fault_code(lab, lab.https, transport="basic")
    assert lab.server.service.shells == {}
