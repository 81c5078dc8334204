"""The operator on a real API server with exactly the rights that the chart gives it, at work on the lab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cert_manager_support import DEFINITION, signed
from certificate_bench import EX01
from chart.at_work import at_work
from chart.test_rights import CREDENTIALS, LEASE, OPERATOR, RESOURCES, Call
from chart_support import done, install
from cluster_apiserver import APIServer, real_api_server
from cluster_programs import missing
from estate.harness import FIRST_STEPS, names
from incluster.harness import Cluster, Reference, reachable, secret, until
from manifests_support import certificate_document, lync_document
from um_operator.api.meta import FINALIZER, KindName
from um_operator.kube.certificate_requests import CERTIFICATE_REQUESTS
from um_operator.kube.resources import CONFIG_MAPS
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

pytestmark = pytest.mark.timeout(480)

TELEPHONY = "first-steps"
EVERYTHING: tuple[Reference, ...] = (
    ("ExchangeOrganization", "default"),
    ("UMDialPlan", "branch"),
    ("UMDialPlan", "headquarters"),
    ("UMIPGateway", "cube01"),
    ("UMIPGateway", "kamailio01"),
    ("UMIPGateway", "sbc01"),
)
EMPTIED = timedelta(minutes=26)


@pytest.fixture
def audited(tmp_path: Path, helm_is_here: None) -> Iterator[APIServer]:
    """An API server of its own that writes down every request."""
    if why := missing():
        pytest.skip(why)
    with real_api_server(tmp_path / "api", audit_log=tmp_path / "audit.jsonl") as server:
        done(server.kubectl("create", "namespace", TELEPHONY))
        install(server, {"watchNamespaces": [TELEPHONY]})
        yield server


async def test_the_first_steps_reach_ready_with_the_charts_rights_all_of_them_and_no_others(
    audited: APIServer,
) -> None:
    done(audited.kubectl("apply", "-k", str(FIRST_STEPS)))
    async with (
        Lab.start(first_steps(), clock=Clock(rate=30.0), seed=7) as lab,
        reachable(lab),
        at_work(audited, lab.clock, TELEPHONY) as cluster,
    ):
        await cluster.apply(secret(lab))
        await cluster.annotate("ExchangeOrganization", "default", reconcile_requested_at="with the account")
        await cluster.until_ready(*EVERYTHING)
        done(audited.kubectl("wait", "um", "--all", "--for=condition=Ready", f"-n={TELEPHONY}"))
        for number in range(2):
            lab.change("Set-UMIPGateway", Identity="cube01", MessageWaitingIndicatorAllowed=True)
            await cluster.reconciled(f"drift-{number}")
            await cluster.until_ready(("UMIPGateway", "cube01"))
        await _issue_a_certificate(cluster)
        await _integrate_with_lync(cluster)
        await _hold_by_a_finalizer(cluster)
        await _approve(cluster)
        await _delete(audited, cluster, lab)
    used, refused = _calls(audited)
    assert not refused
    assert used == RESOURCES | CREDENTIALS | LEASE


async def _issue_a_certificate(cluster: Cluster) -> None:
    """Have cert-manager sign one that is kept, but not used: nothing that interrupts calls may begin."""
    frozen = [{"name": "freeze", "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-03-01T00:00:00Z"}]
    await cluster.patch("ExchangeOrganization", "default", {"spec": {"blackouts": frozen}})
    note = {"note": "for trust-manager"}
    await cluster.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "um-trust"}, "data": note}
    )
    issuer = {"certManager": {"issuerRef": {"name": "internal-ca"}}}
    await cluster.apply(DEFINITION)
    await cluster.apply(certificate_document("um", issuer=issuer, servers={"include": [EX01]}))
    await cluster.until_ready(("UMCertificate", "um"), reason="IssuancePending")
    [request] = await cluster.listed(CERTIFICATE_REQUESTS)
    await signed(cluster.client, request, EX01)

    async def imported() -> bool:
        raw = await cluster.get("UMCertificate", "um")
        rows = raw["status"].get("servers", ()) if raw is not None else ()
        return [row["state"] for row in rows] == ["Imported"]

    await until(imported, "it is issued and imported, and waits")
    published = await cluster.client.get(CONFIG_MAPS, TELEPHONY, "um-trust")
    assert set(published["data"]) == {"note", "ca.crt"}
    await cluster.delete("UMCertificate", "um")
    await cluster.patch("ExchangeOrganization", "default", {"spec": {"blackouts": None}})


async def _integrate_with_lync(cluster: Cluster) -> None:
    """Declare pools of an organisation that does not say how to reach Lync."""
    await cluster.apply(lync_document())
    await cluster.until_ready(("LyncIntegration", "lync"), reason="LyncNotConfigured")
    await cluster.delete("LyncIntegration", "lync")


async def _hold_by_a_finalizer(cluster: Cluster) -> None:
    """Have a plan held back, and an organisation of which nothing is out of service no longer."""
    await cluster.patch("UMDialPlan", "branch", {"spec": {"deletionPolicy": "Delete"}})
    await cluster.patch("ExchangeOrganization", "default", {"metadata": {"finalizers": [FINALIZER]}})

    async def held(kind: KindName, name: str) -> bool:
        raw = await cluster.get(kind, name)
        return raw is not None and FINALIZER in raw["metadata"].get("finalizers", ())

    async def is_so() -> bool:
        return await held("UMDialPlan", "branch") and not await held("ExchangeOrganization", "default")

    await until(is_so, "each has the finalizer that it needs")


async def _approve(cluster: Cluster) -> None:
    await cluster.patch("ExchangeOrganization", "default", {"spec": {"mode": "Plan"}})
    await cluster.patch("UMIPGateway", "sbc01", {"spec": {"messageWaitingIndicatorAllowed": False}})
    await cluster.until_ready(("UMIPGateway", "sbc01"), reason="WaitingForApproval")
    found = await cluster.get("ExchangeOrganization", "default")
    assert found is not None
    digest = found["status"]["plan"]["digest"]
    await cluster.patch("ExchangeOrganization", "default", {"spec": {"approvedPlan": digest}})
    await cluster.until_ready(("UMIPGateway", "sbc01"))
    await cluster.patch(
        "ExchangeOrganization", "default", {"spec": {"mode": "Enforce", "approvedPlan": None}}
    )
    await cluster.until_ready(("ExchangeOrganization", "default"))


async def _delete(server: APIServer, cluster: Cluster, lab: Lab) -> None:
    done(server.kubectl("delete", "umgw", "kamailio01", f"-n={TELEPHONY}", "--wait=false"))
    await cluster.until_ready(("UMIPGateway", "kamailio01"), reason="Deleting")
    lab.clock.advance(EMPTIED)
    await until(lambda: "kamailio01" not in names(lab, "UMIPGateway"), "Exchange is rid of it")

    async def gone() -> bool:
        return await cluster.get("UMIPGateway", "kamailio01") is None

    await until(gone, "the resource is gone")


def _calls(server: APIServer) -> tuple[set[Call], list[str]]:
    """Return the calls on resources that the operator made, and those that were refused."""
    assert server.audit_log is not None
    used: set[Call] = set()
    refused = []
    for line in server.audit_log.read_text().splitlines():
        event = json.loads(line)
        about = event.get("objectRef")
        if event["user"]["username"] != OPERATOR or not about:
            continue
        parts = [part for part in (about["resource"], about.get("subresource")) if part]
        group = about.get("apiGroup", "")
        resource = "/".join(parts) + (f".{group}" if group else "")
        named = resource.startswith("leases") and event["verb"] != "create"
        used.add((event["verb"], resource, about.get("name", "") if named else ""))
        if event.get("responseStatus", {}).get("code") == 403:
            refused.append(f"{event['verb']} {resource}")
    return used, refused
