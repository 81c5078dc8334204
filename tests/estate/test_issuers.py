"""Certificates whose key or bytes come from elsewhere: from a server, from a store, from a Secret."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certificate_bench import Certified, certify, intermediate, root
from estate.harness import declaring
from estate.wire import on_the_wire
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Effect
from um_operator.lab.presets import smallest

pytestmark = pytest.mark.timeout(240)

UM = ObjectKey("UMCertificate", "um")
EX01, EX2010 = "ex01.contoso.com", "ex2010.contoso.com"
ORGANIZATION = {
    "exchange": {
        "endpoints": [f"http://{EX01}/PowerShell/"],
        "authentication": {"method": "NTLM", "secretRef": {"name": "exchange-operator"}},
    },
    "mode": "Enforce",
}
WITHIN = timedelta(hours=6)


def manifests(**spec: Any) -> list[dict[str, Any]]:
    """Return the organisation, and a certificate for its one server."""
    of_server = {"servers": {"include": [EX01]}, **spec}
    return [
        {"apiVersion": "unifiedmessaging.dev/v1beta1", "kind": kind, "metadata": {"name": name}, "spec": one}
        for kind, name, one in (
            ("ExchangeOrganization", "default", ORGANIZATION),
            ("UMCertificate", "um", of_server),
        )
    ]


def existing(server: str, thumbprint: str) -> list[dict[str, Any]]:
    """Return what adopts a certificate that a server has."""
    issuer = {"existing": {"thumbprint": thumbprint, "fromServer": server}}
    return manifests(issuer=issuer, scope="Shared")


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(smallest(), clock=Clock(rate=10.0), times=ServiceTimes.fixed(5), seed=7) as lab:
        yield lab
        lab.invariants.check()
        lab.invariants.check_end()


def told(report: Report) -> UMCertificateStatus:
    status = report.memory.statuses[UM]
    assert isinstance(status, UMCertificateStatus)
    return status


async def served(lab: Lab, report: Report) -> str:
    """Return what both services of the server show, once it is what is wanted."""
    status = told(report)
    assert [(c.type, c.status, c.reason) for c in status.conditions] == [("Ready", "True", "Deployed")]
    [row] = status.servers
    assert row.wanted is not None
    assert [await on_the_wire(lab, EX01, port) for port in (5061, 5063)] == [row.wanted, row.wanted]
    return row.wanted


def sent(lab: Lab, cmdlet: str) -> int:
    """Return how often a cmdlet of certificates had an effect."""
    return sum(effect.cmdlet == f"{cmdlet}-ExchangeCertificate" for effect in lab.journal.effects)


async def test_a_server_serves_a_certificate_whose_key_it_made_and_a_crash_asks_for_no_second_one(
    lab: Lab, tmp_path: Path
) -> None:
    spec = {"issuer": {"ca": {}}, "privateKey": {"source": "Exchange"}}
    operator = declaring(lab, tmp_path, *manifests(**spec))
    killed = asyncio.create_task(operator.apply(within=WITHIN))

    def kill(effect: Effect) -> None:
        if effect.cmdlet == "New-ExchangeCertificate":
            killed.cancel()

    unsubscribe = lab.journal.subscribe(kill)
    with pytest.raises(asyncio.CancelledError):
        await killed
    unsubscribe()
    stores = lab.host(EX01).stores
    [waiting] = stores.requests.values()

    wanted = await served(lab, await operator.apply(within=WITHIN))
    assert (sent(lab, "New"), sent(lab, "Import"), stores.requests) == (1, 1, {})
    mine = stores.my.find(wanted)
    assert mine is not None
    assert mine.key is waiting.stand_in.key
    [secret] = operator.state.rglob("um-ex01*")
    assert "tls.csr" in secret.read_text()
    assert "tls.key" not in secret.read_text()


async def test_the_certificate_that_set_up_made_is_adopted_where_it_is(lab: Lab, tmp_path: Path) -> None:
    [factory] = lab.host(EX01).stores.my
    operator = declaring(lab, tmp_path, *existing(EX01, factory.thumbprint.lower()))
    assert await served(lab, await operator.apply(within=WITHIN)) == factory.thumbprint
    assert (sent(lab, "Import"), sent(lab, "Remove")) == (0, 0)
    assert not factory.exportable


@pytest.mark.night
async def test_a_certificate_of_another_server_is_brought_over_and_one_that_is_kept_there_is_not(
    lab: Lab, tmp_path: Path
) -> None:
    store = lab.host(EX2010).stores.my
    [factory] = store
    operator = declaring(lab, tmp_path, *existing(EX2010, factory.thumbprint))
    kept = told(await operator.apply(within=WITHIN))
    assert [(c.type, c.reason) for c in kept.conditions] == [
        ("Ready", "KeyNotExportable"),
        ("Stalled", "KeyNotExportable"),
    ]
    assert lab.journal.effects == []

    shared = certify("um.contoso.com")
    store.add(StoredCertificate(shared.certificate, shared.key, exportable=True))
    operator.declare(*existing(EX2010, shared.thumbprint))
    assert await served(lab, await operator.apply(within=WITHIN)) == shared.thumbprint
    mine = lab.host(EX01).stores.my.find(shared.thumbprint)
    assert mine is not None
    assert not mine.exportable


def bought(certified: Certified) -> list[dict[str, Any]]:
    """Return a certificate that comes from a Secret, and that Secret as people or cert-manager fill it."""
    key = certified.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = (certified, intermediate())
    data = {
        "tls.crt": b"".join(one.certificate.public_bytes(Encoding.PEM) for one in chain),
        "tls.key": key,
        "ca.crt": root().certificate.public_bytes(Encoding.PEM),
    }
    encoded = {name: base64.b64encode(value).decode() for name, value in data.items()}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bought"}, "data": encoded}
    issuer = {"secret": {"secretRef": {"name": "bought"}}}
    return [*manifests(issuer=issuer, scope="Shared"), secret]


@pytest.mark.night
async def test_a_certificate_comes_from_a_secret_and_its_renewal_when_the_secret_changes(
    lab: Lab, tmp_path: Path
) -> None:
    first, second = (certify("um.contoso.com", intermediate()) for _ in range(2))
    operator = declaring(lab, tmp_path, *bought(first))
    assert await served(lab, await operator.apply(within=WITHIN)) == first.thumbprint
    assert (await operator.apply()).plan.steps == ()

    operator.declare(*bought(second))
    renewed = await operator.apply(within=WITHIN)
    assert await served(lab, renewed) == second.thumbprint
    assert [(row.revision, row.cause) for row in told(renewed).history] == [
        (2, "SecretChanged"),
        (1, "FirstIssuance"),
    ]
