"""A certificate that a person has signed, and a test call, on a simulated estate in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from estate.harness import credentials
from pki_support import certificate, rsa_key, san
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import smallest
from um_operator.local.clock import CLOCK_SETTING
from um_operator.pki import certificates

if TYPE_CHECKING:
    from cli.conftest import Ran, Umctl

pytestmark = pytest.mark.timeout(240)

EX01 = "ex01.contoso.com"
MANIFESTS = f"""\
apiVersion: unifiedmessaging.dev/v1beta1
kind: ExchangeOrganization
metadata: {{name: default}}
spec:
  exchange:
    endpoints: [http://{EX01}/PowerShell/]
    authentication: {{method: NTLM, secretRef: {{name: exchange-operator}}}}
  mode: Enforce
---
apiVersion: unifiedmessaging.dev/v1beta1
kind: UMCertificate
metadata: {{name: um}}
spec: {{issuer: {{request: {{}}}}, servers: {{include: [{EX01}]}}}}
"""
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
"""Before the lab's clock begins."""
Asked: TypeAlias = Callable[..., Awaitable["Ran"]]


@pytest.fixture
async def estate(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    async with Lab.start(smallest(), clock=Clock(rate=10.0), seed=7) as lab:
        monkeypatch.setenv(CLOCK_SETTING, lab.clock.to_setting())
        yield lab


@pytest.fixture
def on_it(estate: Lab, umctl: Umctl, tmp_path: Path) -> Asked:
    """Run a command line on the estate beside it."""
    (tmp_path / "um.yaml").write_text(MANIFESTS)
    secrets = credentials(estate, tmp_path / "secrets")
    ways = [option for rule in estate.connect_to for option in ("--connect-to", rule)]

    async def ask(*arguments: str | Path, state: bool = True) -> Ran:
        remembered = ("--state", tmp_path.with_name("state")) if state else ()
        return await asyncio.to_thread(umctl, *arguments, "-f", tmp_path, "-f", secrets, *ways, *remembered)

    return ask


def signed(csr: str) -> bytes:
    """What a CA makes of a request."""
    key = x509.load_pem_x509_csr(csr.encode()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    ends = BEGINS + timedelta(days=365)
    root = certificate("Root", key=rsa_key("root"), ca=True, start=BEGINS, end=ends)
    ca, names = rsa_key("root"), [san(EX01)]
    leaf = certificate(
        EX01, public_key=key, issuer="Root", signed_with=ca, extensions=names, start=BEGINS, end=ends
    )
    return certificates.to_pem([leaf, root])


async def test_a_request_goes_to_a_ca_and_its_answer_into_the_next_plan(
    estate: Lab, on_it: Asked, tmp_path: Path
) -> None:
    applied = await on_it("apply", "--timeout", "2m")
    assert applied.code == 2
    assert "IssuancePending" in applied.out

    shown = await on_it("status", "certificate", "um")
    assert shown.code == 2
    rows = [line.split()[:8] for line in shown.out.splitlines() if line.startswith(EX01) and "TCP" in line]
    assert rows == [
        [EX01, "Requested", service, "TCP", "1", "-", "-", "-"] for service in ("UM", "UMCallRouter")
    ]
    (request,) = (await on_it("status", "certificate", "-o", "json")).data[0]["status"]["requests"]
    got = await on_it("request", "get", "um")
    assert request["csr"] == got.out

    answer = tmp_path.with_name("answer.pem")
    answer.write_bytes(signed(got.out))
    assert (await on_it("request", "complete", "um", "--file", answer)).code == 0
    planned = await on_it("plan")
    assert planned.code == 2
    assert f'Import certificate "um/{EX01}/1"' in planned.out
    assert "IssuancePending" not in planned.out
    assert estate.journal.effects == []


async def test_exchange_calls_its_own_services(estate: Lab, on_it: Asked) -> None:
    plain = await on_it("test", "call", "--transport", "TCP", state=False)
    assert plain.code == 0
    assert [line.split() for line in plain.out.splitlines()[1:]] == [
        ["default", service, "TCP", "Answers"] for service in ("UM", "UMCallRouter")
    ]
    tls = await on_it("test", "call", "-o", "json", state=False)
    assert tls.code == 2
    assert [(row["service"], row["answered"]) for row in tls.data] == [("UM", False), ("UMCallRouter", False)]
    assert "port 5063" in tls.data[0]["why"]
    assert estate.journal.effects == []
