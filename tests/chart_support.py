"""Renders and installs the chart with the real Helm."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from cluster_apiserver import APIServer
from cluster_programs import program

CHART = Path(__file__).parents[1] / "charts" / "um-operator"
RELEASE = "um"
NAMESPACE = "um-system"
NAME = "um-um-operator"
"""The name of what the release ``um`` makes."""

KINDS = ("exchangeorganizations", "lyncintegrations", "umcertificates", "umdialplans", "umipgateways")

Values: TypeAlias = Mapping[str, Any]
Manifest: TypeAlias = dict[str, Any]

SOME_NAMESPACES: Values = {"watchNamespaces": ["telephony", "branch"]}
ALL_NAMESPACES: Values = {"credentialNamespaces": ["telephony"]}
EVERYTHING: Values = {
    **SOME_NAMESPACES,
    "credentialNamespaces": ["telephony"],
    "replicas": 3,
    "image": {"registry": "registry.contoso.com", "digest": f"sha256:{'0123456789abcdef' * 4}"},
    "imagePullSecrets": [{"name": "pull"}],
    "commonLabels": {"team": "telephony"},
    "serviceAccount": {"name": "operator", "annotations": {"contoso.com/owner": "telephony"}},
    "admissionPolicy": {
        "approvers": [
            {"kind": "Group", "name": "telephony"},
            {"kind": "User", "name": "j.doe"},
            {"kind": "ServiceAccount", "namespace": "flux-system", "name": "kustomize-controller"},
        ]
    },
    "kerberos": {"config": "[libdefaults]\ndefault_realm = CONTOSO.COM\n"},
    "caBundle": {"existingConfigMap": "contoso-ca"},
    "metrics": {"service": {"annotations": {"contoso.com/scrape": "yes"}}},
    "networkPolicy": {
        "enabled": True,
        "metricsFrom": [
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
        ],
        "apiServer": {"cidrs": ["10.0.0.1/32"]},
        "exchange": {"cidrs": ["192.0.2.0/24", "2001:db8::/64"]},
        "sip": {"cidrs": ["198.51.100.0/24"]},
        "kerberos": {"cidrs": ["192.0.2.10/32"]},
        "extraEgress": [{"ports": [{"port": 8443, "protocol": "TCP"}]}],
    },
    "podLabels": {"tier": "control"},
    "podAnnotations": {"contoso.com/note": "x"},
    "priorityClassName": "system-cluster-critical",
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "control", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "Exists"}]}]
            }
        }
    },
    "extraArgs": ["--connect-to=ex01.contoso.com:80:127.0.0.1:8080"],
    "extraEnv": [{"name": "TZ", "value": "Europe/Berlin"}],
    "extraVolumes": [{"name": "more", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
    "extraObjects": [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "{{ .Release.Name }}-more", "namespace": "{{ .Release.Namespace }}"},
        }
    ],
}
NOTHING_OPTIONAL: Values = {
    **SOME_NAMESPACES,
    "crds": {"enabled": False},
    "serviceAccount": {"create": False, "name": "made-elsewhere"},
    "rbac": {"create": False, "aggregate": False},
    "admissionPolicy": {"enabled": False},
    "metrics": {"service": {"enabled": False}},
    "podDisruptionBudget": {"enabled": False},
    "topologySpreadConstraints": [],
}
MATRIX: Mapping[str, Values] = {
    "some namespaces": SOME_NAMESPACES,
    "all namespaces": ALL_NAMESPACES,
    "everything": EVERYTHING,
    "nothing optional": NOTHING_OPTIONAL,
}


def render(values: Values, *, chart: Path = CHART) -> list[Manifest]:
    """Return the objects of the release ``um`` in namespace ``um-system``; they are not to be changed."""
    return _of_our_chart(json.dumps(values)) if chart == CHART else _rendered(values, chart)


@cache
def _of_our_chart(values: str) -> list[Manifest]:
    """Render the chart as it stands, which is the same for the same values as long as the tests run."""
    return _rendered(json.loads(values), CHART)


def _rendered(values: Values, chart: Path) -> list[Manifest]:
    text = done(template(values, chart=chart))
    return [item for item in yaml.load_all(text, yaml.CSafeLoader) if item]


def template(values: Values, *, chart: Path = CHART) -> subprocess.CompletedProcess[str]:
    """Run ``helm template``; the caller judges what it says."""
    arguments = ("template", RELEASE, str(chart), f"--namespace={NAMESPACE}", "--values=-")
    return helm(*arguments, given=yaml.safe_dump(dict(values)))


def helm(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run Helm without a cluster."""
    command = [str(program("helm")), *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=50, check=False)


def install(server: APIServer, values: Values, *, release: str = RELEASE, chart: Path = CHART) -> str:
    """Install or upgrade a release and return what Helm prints."""
    path = server.folder / f"{release}-values.yaml"
    path.write_text(yaml.safe_dump(dict(values)))
    where = (f"--namespace={NAMESPACE}", "--create-namespace", f"--values={path}")
    return done(server.helm("upgrade", "--install", release, str(chart), *where))


def uninstall(server: APIServer, *releases: str) -> None:
    """Uninstall releases (default: ``um``) and remove every resource; the definitions stay, as for people."""
    for release in releases or (RELEASE,):
        done(server.helm("uninstall", release, f"--namespace={NAMESPACE}", "--ignore-not-found"))
    done(server.kubectl("delete", ",".join(KINDS), "--all", "--all-namespaces"))


def done(result: subprocess.CompletedProcess[str]) -> str:
    """Return what a command printed; it must have succeeded."""
    assert result.returncode == 0, result.stderr
    return result.stdout


def operator_kubeconfig(server: APIServer, namespace: str = "default") -> Path:
    """Return a kubeconfig with a token of the installed operator's ServiceAccount, with its rights."""
    token = done(server.kubectl("create", "token", NAME, f"--namespace={NAMESPACE}")).strip()
    return server.kubeconfig_of("operator", token, namespace)


def of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    """Return the objects of a kind."""
    return [item for item in manifests if item["kind"] == kind]


def the(manifests: list[Manifest], kind: str) -> Manifest:
    """Return the one object of a kind."""
    (one,) = of_kind(manifests, kind)
    return one
