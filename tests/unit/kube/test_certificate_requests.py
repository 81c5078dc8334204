"""CertificateRequests on the simulated API server, with a definition of the kind like cert-manager's own."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cert_manager_support import DEFINITION, answered
from pki_support import ASKED, NOW, hierarchy
from pki_world import signed
from um_operator.kube.certificate_requests import CERTIFICATE_REQUESTS, KubeCertificateRequests
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ForbiddenError, UnavailableError
from um_operator.kube.login import Credentials
from um_operator.kube.resources import DEFINITIONS
from um_operator.kube.secrets import KubeSecrets
from um_operator.lab.cluster.server import ApiServer
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki import certificates
from um_operator.pki.issuance import Issuance
from um_operator.pki.issuers.cert_manager import CertManagerIssuer
from um_operator.pki.ports import CertificateRequestState, Condition, IssuerReference
from um_operator.pki.revisions import Revisions

NAME = "um-ex01.contoso.com-1-0a1b2c3d"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[KubeClient]:
    """A client of a simulated API server that does not know cert-manager yet."""
    async with (
        ApiServer.start(tmp_path) as server,
        KubeClient(Credentials(server.kubeconfig).configuration) as client,
    ):
        yield client


@pytest.fixture
async def cert_manager(client: KubeClient) -> KubeClient:
    """The same one once cert-manager is installed."""
    await client.create(DEFINITIONS, None, DEFINITION)
    return client


def requests_of(client: KubeClient) -> KubeCertificateRequests:
    return KubeCertificateRequests(client, "default", lambda: NOW)


async def create(client: KubeClient, csr: bytes = b"a request", name: str = NAME) -> object:
    return await requests_of(client).create(
        name,
        csr=csr,
        issuer=IssuerReference("contoso", "ClusterIssuer"),
        duration="8760h",
        usages=("digital signature", "server auth"),
        labels={"a": "b"},
    )


async def test_a_request_is_made_as_cert_manager_takes_it(cert_manager: KubeClient) -> None:
    assert await create(cert_manager) == Known(True, NOW)
    raw = await cert_manager.get(CERTIFICATE_REQUESTS, "default", NAME)
    assert raw["spec"] == {
        "request": base64.b64encode(b"a request").decode(),
        "issuerRef": {"name": "contoso", "kind": "ClusterIssuer", "group": "cert-manager.io"},
        "duration": "8760h",
        "usages": ["digital signature", "server auth"],
        "isCA": False,
    }
    assert raw["metadata"]["labels"] == {"a": "b"}


async def test_a_request_that_is_there_is_left_as_it_is(cert_manager: KubeClient) -> None:
    await create(cert_manager)
    assert await create(cert_manager, b"another") == Known(False, NOW)
    read = await requests_of(cert_manager).read(NAME)
    assert read == Known(CertificateRequestState(b"a request"), NOW)


async def test_what_became_of_a_request_is_read(cert_manager: KubeClient) -> None:
    await create(cert_manager)
    condition = {"type": "Ready", "status": "True", "reason": "Issued", "message": "done"}
    encoded = base64.b64encode(b"PEM").decode()
    await answered(cert_manager, "default", NAME, conditions=[condition], certificate=encoded, ca=encoded)
    read = await requests_of(cert_manager).read(NAME)
    expected = {"Ready": Condition("True", "Issued", "done")}
    assert read == Known(CertificateRequestState(b"a request", expected, b"PEM", b"PEM"), NOW)
    assert await requests_of(cert_manager).read("another") == Known(None, NOW)


async def test_without_cert_manager_that_is_told(client: KubeClient) -> None:
    told = await create(client)
    assert told == Unknown(
        "InvalidIssuer", "the API server does not serve cert-manager.io/v1: install cert-manager", NOW
    )


async def test_what_the_api_server_does_not_take_is_told(cert_manager: KubeClient) -> None:
    told = await requests_of(cert_manager).create(
        NAME, csr=b"", issuer=IssuerReference("x"), duration="1h", usages=("flying",), labels={}
    )
    assert isinstance(told, Unknown)
    assert told.reason == "IssuanceFailed"
    assert "spec.usages[0]" in told.message


class Refusing(KubeClient):
    """A client that gets one answer, whatever it asks."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def create(self, *_: Any) -> Any:
        raise self._error

    async def get(self, *_: Any) -> Any:
        raise self._error


async def test_a_right_that_is_missing_is_named() -> None:
    poor = Refusing(ForbiddenError("403"))
    for verb, told in (("create", await create(poor)), ("get", await requests_of(poor).read(NAME))):
        assert isinstance(told, Unknown)
        assert told.reason == "Forbidden"
        assert f"the right to {verb} certificaterequests of cert-manager.io" in told.message


async def test_an_api_server_that_is_away_makes_it_unknown() -> None:
    away = Refusing(UnavailableError("POST certificaterequests: the API server cannot be reached"))
    for told in (await create(away), await requests_of(away).read(NAME)):
        assert isinstance(told, Unknown)
        assert "cannot be reached" in told.message


async def test_a_revision_is_issued_by_cert_manager_from_key_to_chain(cert_manager: KubeClient) -> None:
    """Everything is real but the controller: Secrets and requests are objects of the API server."""
    revision = Revision("um", 1, "ex01.contoso.com")
    issuer = CertManagerIssuer(requests_of(cert_manager), IssuerReference("contoso"), lambda: NOW)
    revisions = Revisions(KubeSecrets(cert_manager, "default"), lambda: NOW)
    issuance = Issuance(revisions, issuer, lambda: NOW)
    submitted = await issuance.submit(revision, ASKED)
    assert isinstance(submitted, Known)
    name = submitted.value.request_id
    assert name is not None

    raw = await cert_manager.get(CERTIFICATE_REQUESTS, "default", name)
    chain = certificates.to_pem(
        [signed(base64.b64decode(raw["spec"]["request"])), hierarchy().intermediate, hierarchy().root]
    )
    ready = {"type": "Ready", "status": "True", "reason": "Issued"}
    await answered(
        cert_manager, "default", name, conditions=[ready], certificate=base64.b64encode(chain).decode()
    )

    issued = await issuance.poll(revision, ASKED)
    assert isinstance(issued, Known)
    assert (issued.value.state, issued.value.message) == ("Issued", "")
    assert await revisions.read_all([revision]) == Known((issued.value,), NOW)
    assert (await revisions.identity(revision)).certificate.count(b"BEGIN CERTIFICATE") == 2
