"""The example repositories are whole: valid, in the right order, without a secret, and copies are current."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from chart_support import CHART, Values, render, template
from cluster_apiserver import APIServer
from cluster_programs import program
from gitops.flux_health import HEALTH_CHECKS
from gitops.kinds import know
from um_operator.api.meta import API_VERSION
from um_operator.api.select import KINDS
from um_operator.cli.main import run

pytestmark = pytest.mark.usefixtures("kubectl_and_helm")

EXAMPLES = Path(__file__).parents[2] / "examples" / "gitops"
FLUX, ARGOCD = EXAMPLES / "flux", EXAMPLES / "argocd"
NOT_KUBERNETES = {".sops.yaml", ".gitlab-ci.yml", "plan.yaml", "values.yaml"}
FILES = [path for path in sorted(EXAMPLES.rglob("*.y*ml")) if path.name not in NOT_KUBERNETES]
KUSTOMIZE = "kustomize.config.k8s.io/v1beta1"
BUILT = [path.parent for path in FILES if path.name == "kustomization.yaml"]
WAVE = "argocd.argoproj.io/sync-wave"

Manifest = Mapping[str, Any]


def named(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


@cache
def documents(path: Path) -> list[Manifest]:
    return [one for one in yaml.load_all(path.read_text(), yaml.CSafeLoader) if one]


@cache
def built(folder: Path) -> list[Manifest]:
    """Return what kustomize makes of a folder."""
    command = [str(program("kubectl")), "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.load_all(done.stdout, yaml.CSafeLoader) if one]


def the(folder: Path, kind: str, name: str = "") -> Manifest:
    """Return the one object of a kind, and of a name where there are several, in the files below a folder."""
    [found] = [
        one
        for path in FILES
        if folder in path.parents
        for one in documents(path)
        if one["kind"] == kind and name in ("", one["metadata"]["name"])
    ]
    return found


def applied() -> Iterator[Manifest]:
    """Yield each object that reaches a cluster as Flux or Argo CD would apply it."""
    for path in FILES:
        if not any(folder in path.parents for folder in BUILT):
            yield from documents(path)
    for folder in BUILT:
        yield from built(folder)


@pytest.fixture(scope="module")
def informed(server: APIServer, definitions: Path) -> APIServer:
    """Return an API server that knows every kind of the examples."""
    know(server, definitions)
    return server


def values_of_flux() -> Values:
    values: Values = the(FLUX, "HelmRelease")["spec"]["values"]
    return values


def values_of_argo_cd() -> Values:
    values: Values = yaml.safe_load((ARGOCD / "infrastructure" / "um-operator" / "values.yaml").read_text())
    return values


@pytest.mark.parametrize("tool", ["flux", "argocd"])
def test_our_manifests_are_valid(tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["validate", "-f", str(EXAMPLES / tool / "apps" / "telephony")])
    assert (code, capsys.readouterr().out.splitlines()[-1]) == (0, "4 resources valid")


def test_the_api_server_takes_everything_as_it_stands_there(informed: APIServer) -> None:
    """Strictly: an unknown field is refused. What SOPS encrypted, Flux decrypts before."""
    objects = [one for one in applied() if "sops" not in one]
    kinds = {one["kind"] for one in objects}
    assert {"HelmRelease", "OCIRepository", "Application", "AppProject", "ExternalSecret"} <= kinds
    text = yaml.safe_dump_all(objects)
    flags = ("--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts", "--filename=-")
    done = informed.kubectl("apply", *flags, input=text)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(objects)


def test_an_unknown_field_of_somebody_elses_kind_would_be_refused(informed: APIServer) -> None:
    release = dict(the(FLUX, "HelmRelease"))
    release["spec"] = {**release["spec"], "valuez": {}}
    flags = ("--server-side", "--dry-run=server", "--validate=strict", "--filename=-")
    done = informed.kubectl("apply", *flags, input=yaml.safe_dump(release))
    assert done.returncode != 0
    assert "valuez" in done.stderr


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_secret_stands_in_git(path: Path) -> None:
    for one in documents(path):
        if one["kind"] == "Secret":
            values = [*one.get("data", {}).values(), *one.get("stringData", {}).values()]
            assert values
            assert all(str(value).startswith("ENC[AES256_GCM,") for value in values)
            assert one["sops"]["mac"]


def test_the_encrypted_account_is_as_the_rule_says() -> None:
    [rule] = yaml.safe_load((FLUX / ".sops.yaml").read_text())["creation_rules"]
    [secret] = documents(FLUX / "apps" / "telephony" / "credentials.sops.yaml")
    assert [one["recipient"] for one in secret["sops"]["age"]] == [rule["age"]]
    assert secret["sops"]["encrypted_regex"] == rule["encrypted_regex"]
    assert set(secret["stringData"]) == {"username", "password"}


def test_flux_applies_the_operator_before_our_resources() -> None:
    operator, telephony = (
        the(FLUX / "clusters", "Kustomization", name) for name in ("um-operator", "telephony")
    )
    assert operator["spec"]["wait"]
    assert telephony["spec"]["dependsOn"] == [{"name": "um-operator"}]
    assert telephony["spec"]["wait"]
    for one in (operator, telephony):
        assert (FLUX / one["spec"]["path"] / "kustomization.yaml").exists()
    [checks] = documents(HEALTH_CHECKS)
    assert telephony["spec"]["healthCheckExprs"] == checks["spec"]["healthCheckExprs"]


def test_argo_cd_applies_the_operator_before_our_resources_and_the_account_before_those() -> None:
    applications = ARGOCD / "clusters" / "production" / "applications"
    waves = {
        path.stem: int(one["metadata"]["annotations"][WAVE])
        for path in applications.glob("*.yaml")
        for one in documents(path)
    }
    assert waves == {"argocd": -1, "project": -1, "um-operator": 0, "telephony": 1}
    for one in built(ARGOCD / "apps" / "telephony"):
        ours = one["apiVersion"] == API_VERSION
        assert one["metadata"].get("annotations", {}).get(WAVE) == ("1" if ours else None), one["kind"]


def test_every_path_of_an_application_is_there() -> None:
    for path in FILES:
        for one in documents(path):
            if one["kind"] == "Application":
                sources = one["spec"].get("sources") or [one["spec"]["source"]]
                assert all((ARGOCD / source["path"]).is_dir() for source in sources if "path" in source)


def test_the_customizations_reach_argo_cd() -> None:
    [config] = built(ARGOCD / "infrastructure" / "argocd")
    assert (config["metadata"]["name"], config["metadata"]["namespace"]) == ("argocd-cm", "argocd")
    assert "resource.customizations.health.argoproj.io_Application" in config["data"]
    assert sum(".unifiedmessaging.dev_" in name for name in config["data"]) == 2 * len(KINDS)


@pytest.mark.parametrize("values", [values_of_flux(), values_of_argo_cd()], ids=["flux", "argocd"])
def test_the_chart_takes_the_values(values: Values) -> None:
    done = template(values)
    assert done.returncode == 0, done.stderr
    assert values["watchNamespaces"] == ["telephony"]


def test_the_project_lets_argo_cd_make_what_the_chart_has_outside_of_namespaces() -> None:
    allowed = {
        (one["group"], one["kind"]) for one in the(ARGOCD, "AppProject")["spec"]["clusterResourceWhitelist"]
    }
    cluster = {
        (one["apiVersion"].rpartition("/")[0], one["kind"])
        for one in render(values_of_argo_cd())
        if "namespace" not in one["metadata"]
    }
    assert allowed == cluster | {("", "Namespace"), ("rbac.authorization.k8s.io", "ClusterRoleBinding")}


def test_the_examples_take_the_chart_as_it_is() -> None:
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    assert the(FLUX, "OCIRepository")["spec"]["ref"]["tag"] == version
    chart, _ = the(ARGOCD, "Application", "um-operator")["spec"]["sources"]
    assert chart["targetRevision"] == version


@pytest.mark.parametrize(
    "path",
    [
        "checks/plan.sh",
        *(f"apps/telephony/{name}.yaml" for name in ("organization", "dial-plans", "gateways")),
    ],
)
def test_both_repositories_have_the_same(path: str) -> None:
    assert (FLUX / path).read_text() == (ARGOCD / path).read_text()


@pytest.mark.parametrize(
    "pipeline", [FLUX / ".github" / "workflows" / "plan.yaml", ARGOCD / ".gitlab-ci.yml"]
)
def test_a_pipeline_runs_the_check(pipeline: Path) -> None:
    jobs = yaml.safe_load(pipeline.read_text())
    steps = (
        jobs["plan"]["script"]
        if "plan" in jobs
        else [step.get("run", "") for step in jobs["jobs"]["plan"]["steps"]]
    )
    [check] = [step for step in steps if "checks/plan.sh" in step]
    assert check.startswith("sh checks/plan.sh apps/telephony ")
