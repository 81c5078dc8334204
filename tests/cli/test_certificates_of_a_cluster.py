"""The words about certificates in a cluster: an annotation, what the operator says, Secrets beside it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from certificate_folder import NOW, answer
from cluster_client import until
from cluster_simulator import SimulatedAPIServer, simulated_api_server
from incluster.harness import NAMESPACE, Cluster, cluster_of
from pki_support import asked, rsa_key
from um_operator.api.annotations import RENEW_REQUESTED_AT, RETRY_REQUESTED_AT, ROLLBACK_REQUESTED_AT
from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.kube.resources import SECRETS
from um_operator.observed.revision import Revision
from um_operator.pki import record, requests

if TYPE_CHECKING:
    from cli.conftest import Umctl

EX01 = "ex01.contoso.com"
FIRST = Revision("um", 1, EX01)
DOCUMENT: dict[str, Any] = {
    "apiVersion": "unifiedmessaging.dev/v1beta1",
    "kind": "UMCertificate",
    "metadata": {"name": "um"},
    "spec": {"issuer": {"request": {}}},
}
STATUS: dict[str, Any] = {
    "conditions": [
        {
            "type": "Ready",
            "status": "False",
            "reason": "IssuancePending",
            "message": "it waits",
            "lastTransitionTime": "2026-11-14T22:11:40Z",
            "observedGeneration": 1,
        }
    ],
    "serverCount": 1,
    "servers": [{"name": EX01, "state": "Requested", "revision": 1}],
    "issuance": {
        "revision": 1,
        "asked": "0" * 64,
        "cause": "FirstIssuance",
        "startedAt": "2026-11-14T22:11:40Z",
        "attempts": [{"server": EX01, "count": 1, "last": "2026-11-14T22:11:40Z"}],
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedAPIServer]:
    """An API server whose UMCertificate asked for a first revision; no operator works there."""
    with simulated_api_server(tmp_path_factory.mktemp("cluster")) as server:
        asyncio.run(_filled(server))
        yield server


async def _filled(server: SimulatedAPIServer) -> None:
    async with cluster_of(server) as cluster:
        await cluster.apply(DOCUMENT)
        await cluster.patch("UMCertificate", "um", {"status": STATUS}, "status")


def in_(server: SimulatedAPIServer) -> tuple[str, ...]:
    return ("--kubeconfig", str(server.kubeconfig), "-n", NAMESPACE)


def of(server: SimulatedAPIServer, work: Callable[[Cluster], Awaitable[Any]]) -> Any:
    """Work on the cluster as somebody else."""

    async def run() -> Any:
        credentials = Credentials(server.kubeconfig)
        async with KubeClient(credentials.configuration, user_agent="test") as client:
            return await work(Cluster(client, server.kubeconfig))

    return asyncio.run(run())


def annotation(server: SimulatedAPIServer, name: str) -> str | None:
    raw = of(server, lambda cluster: cluster.get("UMCertificate", "um"))
    found: str | None = raw["metadata"].get("annotations", {}).get(name)
    return found


def test_what_the_operator_says_is_shown(server: SimulatedAPIServer, umctl: Umctl) -> None:
    shown = umctl("status", "certificate", "um", *in_(server))
    assert shown.code == 2
    assert "Ready (False, IssuancePending) since 2026-11-14T22:11:40Z: it waits" in shown.out
    assert shown.out.splitlines()[-1].split()[:2] == [EX01, "Requested"]
    (row,) = umctl("status", "umcert", *in_(server), "-o", "json").data
    assert (row["name"], row["status"]["servers"]) == ("um", STATUS["servers"])
    assert "name: um" in umctl("status", "certificate", *in_(server), "-o", "yaml").out


@pytest.mark.parametrize(("word", "name"), [("renew", RENEW_REQUESTED_AT), ("retry", RETRY_REQUESTED_AT)])
def test_a_word_is_an_annotation_that_the_operator_has_to_take_up(
    server: SimulatedAPIServer, umctl: Umctl, word: str, name: str
) -> None:
    said = umctl(word, "certificate", "um", *in_(server), "--timeout", "1s")
    assert said.code == 2
    assert "the operator has not taken it up yet" in said.err
    assert "umctl status certificate um" in said.err
    assert annotation(server, name) is not None


def test_a_rollback_is_said_once_the_operator_says_that_it_heeded_it(
    server: SimulatedAPIServer, umctl: Umctl
) -> None:
    with ThreadPoolExecutor() as pool:
        said = pool.submit(umctl, "rollback", "certificate", "um", *in_(server), "--timeout", "30s")
        until(lambda: annotation(server, ROLLBACK_REQUESTED_AT) is not None)
        word = annotation(server, ROLLBACK_REQUESTED_AT) or ""
        heeded = {"status": {"lastHandledRollbackAt": word}}
        of(server, lambda cluster: cluster.patch("UMCertificate", "um", heeded, "status"))
        assert said.result().code == 0
    assert said.result().err.endswith("The operator has taken it up.\n")
    assert word.endswith(" 1")


def test_a_request_is_printed_and_its_answer_brought_back(
    server: SimulatedAPIServer, umctl: Umctl, tmp_path: Path
) -> None:
    none = umctl("request", "get", "um", *in_(server))
    assert (none.code, none.err) == (1, 'error: no request of UMCertificate "um" waits for an answer\n')
    csr = requests.to_pem(requests.make(asked(dns_names=()), rsa_key("folder-1")))
    data = {record.RECORD: record.to_json(record.Record(FIRST, "0" * 64, NOW)), record.REQUEST: csr}
    of(server, lambda cluster: cluster.apply(secret(FIRST.secret, data)))
    assert umctl("request", "get", "um", *in_(server)).out == csr.decode()
    wrong, right = tmp_path / "wrong.pem", tmp_path / "right.pem"
    wrong.write_bytes(answer(EX01, 2))
    right.write_bytes(answer(EX01))
    assert umctl("request", "complete", "um", "--file", wrong, *in_(server)).code == 1
    assert umctl("request", "complete", "um", "--file", right, *in_(server)).code == 0
    stored = of(server, lambda cluster: cluster.client.get(SECRETS, NAMESPACE, FIRST.secret))["data"]
    assert base64.b64decode(stored["tls.crt"]) + base64.b64decode(stored["ca.crt"]) == answer(EX01)


def test_what_is_asked_for_wrongly_is_refused_with_one_line(
    server: SimulatedAPIServer, umctl: Umctl, tmp_path: Path
) -> None:
    for arguments in (("status",), ("renew",), ("retry",), ("rollback",)):
        ran = umctl(*arguments, "certificate", "ume", *in_(server))
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.splitlines()[0].startswith('error: there is no UMCertificate "ume" in ')
        assert ran.err.endswith('those there: "um"\n')
    ran = umctl("renew", "certificate", "um", "--kubeconfig", tmp_path / "absent")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)


def secret(name: str, data: dict[str, bytes]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
    }
