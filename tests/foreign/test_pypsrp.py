"""Unmodified pypsrp does everything over each authentication that needs no ticket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from um_operator.lab.wsman.server import WSManServer, default_policy
from um_operator.lab.wsman.tls import Authority
from wsman_everything import everything
from wsman_support import ACCOUNT, SERVER, ToyHost, name_leads_to_loopback, running, session


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[tuple[WSManServer, dict[str, int]]]:
    authority = Authority(datetime.now(UTC))
    issued = authority.client(ACCOUNT.upn)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    (tmp_path / "client.pem").write_bytes(issued.certificate_pem)
    (tmp_path / "client.key").write_bytes(issued.key_pem)
    async with running(ToyHost(), policy=default_policy(SERVER, secure=False)) as (server, http):
        https = await server.listen("127.0.0.1", 0, tls=authority.listener([SERVER]))
        yield server, {"http": http, "https": https}


WAYS: dict[str, dict[str, Any]] = {
    "basic over https": {"ssl": True, "auth": "basic"},
    "certificate over https": {"ssl": True, "auth": "certificate", "username": None, "password": None},
    "ntlm over http, encrypted": {"ssl": False, "auth": "ntlm"},
    "ntlm over https, bound": {"ssl": True, "auth": "ntlm"},
    "ntlm over https, encrypted": {"ssl": True, "auth": "ntlm", "encryption": "always"},
}


@pytest.mark.parametrize("way", WAYS)
async def test_pypsrp_does_everything(
    lab: tuple[WSManServer, dict[str, int]], tmp_path: Path, way: str
) -> None:
    server, ports = lab
    settings = {
        "server": SERVER,
        "encryption": "auto",
        "cert_validation": str(tmp_path / "ca.pem"),
        "certificate_pem": str(tmp_path / "client.pem"),
        "certificate_key_pem": str(tmp_path / "client.key"),
        **WAYS[way],
    }

    def work() -> None:
        port = ports["https" if settings["ssl"] else "http"]
        with name_leads_to_loopback(SERVER), session(port, **settings) as remote:
            everything(remote)

    await asyncio.to_thread(work)
    assert server.service.shells == {}
    assert server.counters.commands_abandoned == 0
    assert server.counters.faults == {}
