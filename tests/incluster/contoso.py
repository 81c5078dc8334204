"""The larger example in a cluster: applied as it is committed, but for how to reach the simulated estate.

Its certificate is left out: these clusters have no cert-manager.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import yaml

from estate.harness import CONTOSO, account_of
from incluster.harness import Cluster, Reference
from um_operator.api.meta import KindName
from um_operator.lab.estate import Lab
from um_operator.local.yaml_documents import read_documents

NAMESPACE: Final = "unified-messaging"
ORGANIZATION: Final[Reference] = ("ExchangeOrganization", "contoso")
PLANS: Final[tuple[Reference, ...]] = (("UMDialPlan", "pbx"), ("UMDialPlan", "lync"))
GATEWAYS: Final[tuple[Reference, ...]] = (
    ("UMIPGateway", "sbc01"),
    ("UMIPGateway", "cube01"),
    ("UMIPGateway", "kamailio01"),
)
_CERTIFICATE: Final = "UMCertificate"
_WAITS: Final = {("Ready", "WaitingForServers")}
SHOWN: Final = {
    "steps": 5,
    "interrupting": 5,
    "waiting": {
        "contoso": set(),
        "pbx": _WAITS,
        "lync": _WAITS,
        "sbc01": set(),
        "cube01": set(),
        "kamailio01": set(),
    },
}
"""What is shown then: two plans and the ports of three gateways, and nothing else that is not as declared."""


def of_the_estate(lab: Lab) -> tuple[Mapping[str, Any], ...]:
    """Return the objects of the example's names that hold for an estate: its account and its CA."""
    account = account_of(lab)
    values = {"username": account.name, "password": account.password}
    authority = {"ca.crt": lab.authority.pem.decode()}
    return (
        {"apiVersion": "v1", "kind": "Secret", "metadata": _named("exchange-operator"), "stringData": values},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _named("contoso-root-ca"), "data": authority},
    )


def documents(lab: Lab) -> list[dict[str, Any]]:
    """Return what the example declares, with the estate's account and CA, and NTLM: there is no KDC."""
    read, unreadable = read_documents([str(CONTOSO)])
    assert not unreadable
    values = [deepcopy(one.value) for one in read if one.value["kind"] not in {"Kustomization", _CERTIFICATE}]
    found = {(one["kind"], one["metadata"]["name"]): one for one in values}
    for document in of_the_estate(lab):
        found[document["kind"], document["metadata"]["name"]] = dict(document)
    found[ORGANIZATION]["spec"]["exchange"]["authentication"]["method"] = "NTLM"
    namespaces_first = sorted(found, key=lambda key: key[0] != "Namespace")
    return [found[key] for key in namespaces_first]


def overlay(lab: Lab, folder: Path) -> Path:
    """Write the same as a kustomization over the example, for ``kubectl apply -k``."""
    folder.mkdir()
    ntlm = {"op": "replace", "path": "/spec/exchange/authentication/method", "value": "NTLM"}
    left_out = {"$patch": "delete", "kind": _CERTIFICATE, "metadata": {"name": "any"}}
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(CONTOSO, folder)],
        "patches": [
            *({"patch": yaml.safe_dump(one)} for one in of_the_estate(lab)),
            {"target": {"kind": "ExchangeOrganization"}, "patch": yaml.safe_dump([ntlm])},
            {"target": {"kind": _CERTIFICATE}, "patch": yaml.safe_dump(left_out)},
        ],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return folder


def _named(name: str) -> dict[str, str]:
    return {"name": name, "namespace": NAMESPACE}


async def until_only_the_cut_overs_wait(cluster: Cluster) -> None:
    """Wait until everything is in force but the securing of the two plans, which says what it waits for."""
    await cluster.until_ready(ORGANIZATION, *GATEWAYS)
    await cluster.until_ready(*PLANS, reason="WaitingForServers")


async def shown(cluster: Cluster) -> dict[str, Any]:
    """Return what the cluster shows of the plan, and every condition but Ready=True."""
    waiting = {}
    for kind, name in (ORGANIZATION, *PLANS, *GATEWAYS):
        status = await _status(cluster, kind, name)
        conditions = [(one["type"], one["status"], one["reason"]) for one in status["conditions"]]
        waiting[name] = {
            (type_, why) for type_, is_so, why in conditions if (type_, is_so) != ("Ready", "True")
        }
    plan = (await _status(cluster, *ORGANIZATION))["plan"]
    return {"steps": plan["stepCount"], "interrupting": plan["interruptingStepCount"], "waiting": waiting}


async def _status(cluster: Cluster, kind: KindName, name: str) -> Mapping[str, Any]:
    raw = await cluster.get(kind, name)
    assert raw is not None
    status: Mapping[str, Any] = raw["status"]
    return status
