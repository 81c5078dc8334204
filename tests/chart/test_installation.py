"""The chart on a real API server: what it takes, what an upgrade and an uninstall leave."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from chart_support import (
    CHART,
    EVERYTHING,
    MATRIX,
    NAME,
    NAMESPACE,
    NOTHING_OPTIONAL,
    SOME_NAMESPACES,
    done,
    install,
    render,
    uninstall,
)
from cluster_apiserver import APIServer
from cluster_programs import program
from manifests_support import gateway_document
from um_operator.api.meta import FINALIZER, GROUP

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "install.md"
GATEWAY = f"umipgateway.{GROUP}/sbc01"


@pytest.fixture
def cluster(server: APIServer) -> Iterator[APIServer]:
    """Uninstall what a test installed, and remove the resources."""
    yield server
    uninstall(server, "um", "second")


def apply_gateway(server: APIServer, *finalizers: str) -> None:
    manifest = gateway_document("sbc01", deletionPolicy="Delete")
    manifest["metadata"] = {"name": "sbc01", "namespace": "telephony", "finalizers": list(finalizers)}
    done(server.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(manifest)))


def gateways(server: APIServer) -> list[str]:
    return done(server.kubectl("get", "umipgateways", "-A", "-o", "name")).split()


def names(server: APIServer, kinds: str) -> list[str]:
    return done(server.kubectl("get", kinds, "-A", "-o", "name")).split()


@pytest.mark.parametrize("name", MATRIX)
def test_the_api_server_takes_every_object_and_warns_of_none(server: APIServer, name: str) -> None:
    level = "pod-security.kubernetes.io/warn=restricted"
    done(server.kubectl("label", "namespace", NAMESPACE, level, "--overwrite"))
    text = yaml.dump_all(render(MATRIX[name]), Dumper=yaml.CSafeDumper)
    tried = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-")
    applied = server.kubectl(*tried, input=text)
    assert applied.returncode == 0, applied.stderr
    assert applied.stderr == ""


def test_uninstalling_leaves_definitions_and_resources_and_another_release_may_take_them_over(
    cluster: APIServer,
) -> None:
    install(cluster, SOME_NAMESPACES)
    apply_gateway(cluster)
    done(cluster.helm("uninstall", "um", f"--namespace={NAMESPACE}"))
    assert gateways(cluster) == [GATEWAY]
    left = names(cluster, "deploy,sa,role,rolebinding,service,pdb,validatingadmissionpolicies,clusterroles")
    assert not [name for name in left if NAME in name]

    where = ("second", str(CHART), f"--namespace={NAMESPACE}", "--set=watchNamespaces={telephony}")
    assert "invalid ownership metadata" in cluster.helm("install", *where).stderr
    done(cluster.helm("install", *where, "--take-ownership"))
    assert gateways(cluster) == [GATEWAY]
    back = ("--all", "--overwrite", "meta.helm.sh/release-name=um")  # for the tests that come after
    done(cluster.kubectl("annotate", "customresourcedefinitions", *back))


@pytest.mark.night
def test_installing_again_takes_definitions_and_resources_up(cluster: APIServer) -> None:
    install(cluster, SOME_NAMESPACES)
    apply_gateway(cluster)
    done(cluster.helm("uninstall", "um", f"--namespace={NAMESPACE}"))
    install(cluster, SOME_NAMESPACES)
    assert gateways(cluster) == [GATEWAY]


def test_an_upgrade_follows_namespaces_and_definitions_and_keeps_resources(
    cluster: APIServer, tmp_path: Path
) -> None:
    install(cluster, SOME_NAMESPACES)
    apply_gateway(cluster)
    chart = shutil.copytree(CHART, tmp_path / "um-operator")
    path = chart / "files" / "crds" / "umipgateways.yaml"
    definition = yaml.load(path.read_text(), yaml.CSafeLoader)
    definition["spec"]["names"]["shortNames"] = ["umgateway"]
    path.write_text(yaml.safe_dump(definition))

    install(cluster, {"watchNamespaces": ["telephony"]}, chart=chart)
    named = ("customresourcedefinition", f"umipgateways.{GROUP}", "-o", "jsonpath={.spec.names.shortNames}")
    assert json.loads(done(cluster.kubectl("get", *named))) == ["umgateway"]
    roles = done(cluster.kubectl("get", "roles", "-A", "-o", "jsonpath={.items[*].metadata.namespace}"))
    assert "telephony" in roles.split()
    assert "branch" not in roles.split()

    install(cluster, {**SOME_NAMESPACES, "crds": {"enabled": False}})
    assert gateways(cluster) == [GATEWAY]


@pytest.mark.night
def test_two_releases_stand_side_by_side(cluster: APIServer) -> None:
    install(cluster, {"watchNamespaces": ["telephony"]})
    install(cluster, {"watchNamespaces": ["branch"], "crds": {"enabled": False}}, release="second")
    assert names(cluster, "deployments") == ["deployment.apps/second-um-operator", f"deployment.apps/{NAME}"]


def test_everything_installs_and_upgrades_to_nothing_optional(cluster: APIServer) -> None:
    install(cluster, EVERYTHING)
    install(cluster, NOTHING_OPTIONAL)
    kept = names(cluster, "networkpolicies,pdb,services,configmaps,roles,validatingadmissionpolicies")
    assert not [name for name in kept if NAME in name]


def test_what_is_told_lets_a_resource_go_when_the_operator_is_gone(cluster: APIServer) -> None:
    notes = install(cluster, SOME_NAMESPACES).partition("NOTES:")[2]
    done(cluster.helm("uninstall", "um", f"--namespace={NAMESPACE}"))
    for text in (notes, PAGE.read_text()):
        apply_gateway(cluster, FINALIZER)
        done(cluster.kubectl("delete", "umgw", "sbc01", "--namespace=telephony", "--wait=false"))
        assert gateways(cluster) == [GATEWAY]
        command = re.search(r"^ *kubectl get exchangeorg.*?^ *done$", text, re.MULTILINE | re.DOTALL)
        assert command is not None, text
        assert "patched" in done(in_a_shell(cluster, command[0]))
        assert gateways(cluster) == []


def in_a_shell(server: APIServer, command: str) -> subprocess.CompletedProcess[str]:
    environment = server.environment()
    environment["PATH"] = f"{program('kubectl').parent}:{environment['PATH']}"
    return subprocess.run(
        ["sh", "-ec", command], env=environment, capture_output=True, text=True, check=False
    )
