"""The larger example in a cluster: applied as it is committed, but for how to reach the simulated estate."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from incluster.harness import Cluster, Reference
from larger_example import BY_KERBEROS, CONTOSO, of_the_estate
from um_operator.api.meta import KindName
from um_operator.lab.estate import Lab

ORGANIZATION: Final[Reference] = ("ExchangeOrganization", "contoso")
UM: Final[Reference] = ("UMCertificate", "um")
PLANS: Final[tuple[Reference, ...]] = (("UMDialPlan", "pbx"), ("UMDialPlan", "lync"))
GATEWAYS: Final[tuple[Reference, ...]] = (
    ("UMIPGateway", "sbc01"),
    ("UMIPGateway", "cube01"),
    ("UMIPGateway", "kamailio01"),
)
LYNC: Final[Reference] = ("LyncIntegration", "lync")
_SERVERS: Final = {("Ready", "WaitingForServers")}
SHOWN: Final[Mapping[str, Any]] = {
    "steps": 37,
    "interrupting": 28,
    "waiting": {
        "ExchangeOrganization/contoso": {("PlanPending", "ApprovalRequired")},
        "UMCertificate/um": {("Ready", "WaitingForWindow"), ("RestartPending", "WaitingForWindow")},
        "UMDialPlan/pbx": _SERVERS,
        "UMDialPlan/lync": _SERVERS,
        "UMIPGateway/sbc01": {("ManualActionRequired", "ClientCertificateRejected")},
        "UMIPGateway/cube01": set(),
        "UMIPGateway/kamailio01": set(),
        "LyncIntegration/lync": {
            ("Ready", "WaitingForSecure"),
            ("RestartPending", "WaitingForApproval"),
            ("PlanPending", "ApprovalRequired"),
        },
    },
}
"""What is shown then: restarts, the securing of plans and what comes after it wait."""


def overlay(lab: Lab, folder: Path) -> Path:
    """Write the example, as it holds for an estate, as a kustomization over it, for ``kubectl apply -k``."""
    folder.mkdir()
    (folder / "kustomization.yaml").write_text(kustomization(lab, os.path.relpath(CONTOSO, folder)))
    return folder


def kustomization(lab: Lab, example: str) -> str:
    """Return a kustomization that makes the example, in a folder, hold for an estate."""
    document = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [example],
        "patches": [
            *({"patch": yaml.safe_dump(one)} for one in of_the_estate(lab)),
            *({"target": {"kind": kind}, "patch": _by_ntlm(field)} for kind, field in BY_KERBEROS),
        ],
    }
    return yaml.safe_dump(document)


def _by_ntlm(field: str) -> str:
    return yaml.safe_dump([{"op": "add", "path": f"/spec/{field}/authentication/method", "value": "NTLM"}])


async def until_only_what_interrupts_waits(cluster: Cluster) -> None:
    """Wait until everything is prepared and in force but what waits for the window, or comes after that."""
    await cluster.until_ready(ORGANIZATION, *GATEWAYS)
    await cluster.until_ready(UM, reason="WaitingForWindow")
    await cluster.until_ready(*PLANS, reason="WaitingForServers")
    await cluster.until_ready(LYNC, reason="WaitingForSecure")


async def shown(cluster: Cluster) -> dict[str, Any]:
    """Return what the cluster shows of the plan, and every condition but Ready=True."""
    waiting = {}
    for kind, name in (ORGANIZATION, UM, *PLANS, *GATEWAYS, LYNC):
        status = await _status(cluster, kind, name)
        conditions = [(one["type"], one["status"], one["reason"]) for one in status["conditions"]]
        waiting[f"{kind}/{name}"] = {
            (type_, why) for type_, is_so, why in conditions if (type_, is_so) != ("Ready", "True")
        }
    plan = (await _status(cluster, *ORGANIZATION))["plan"]
    return {"steps": plan["stepCount"], "interrupting": plan["interruptingStepCount"], "waiting": waiting}


async def _status(cluster: Cluster, kind: KindName, name: str) -> Mapping[str, Any]:
    raw = await cluster.get(kind, name)
    assert raw is not None
    status: Mapping[str, Any] = raw["status"]
    return status
