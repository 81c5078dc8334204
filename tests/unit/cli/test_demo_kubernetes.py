"""Which Kubernetes API the demo takes: yours, a real one that is found, else the simulated one."""

from __future__ import annotations

from pathlib import Path

import pytest

from um_operator.cli.demo.kubernetes import Api, Kubernetes, chosen
from um_operator.kube.login import Credentials
from um_operator.lab.cluster.programs import ASSETS, Programs


def programs(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch(mode=0o755)
    return folder


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is named and nothing is built but what a test makes below this folder."""
    monkeypatch.delenv(ASSETS, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "um-operator" / "envtest"


def test_without_a_real_one_it_is_simulated_and_says_so() -> None:
    assert chosen(None, None) == Kubernetes()
    assert Kubernetes().sentence == "A simulated Kubernetes API"


def test_one_program_alone_is_no_api(built: Path) -> None:
    programs(built / "1.36.3", "kube-apiserver")
    assert Programs.found() is None


def test_of_those_that_were_built_the_newest_is_taken(built: Path) -> None:
    for version in ("1.9.9", "1.36.3", "1.36.10"):
        programs(built / version, "kube-apiserver", "etcd")
    kubernetes = chosen(None, None)
    assert kubernetes.programs == Programs(
        built / "1.36.10" / "etcd", built / "1.36.10" / "kube-apiserver", None
    )
    assert f"kube-apiserver and etcd of {built / '1.36.10'}" in kubernetes.sentence


def test_one_that_is_named_goes_first(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(built / "1.36.3", "kube-apiserver", "etcd")
    named = programs(tmp_path / "assets", "kube-apiserver", "etcd", "kubectl")
    monkeypatch.setenv(ASSETS, str(named))
    found = chosen(Api.REAL, None).programs
    assert found is not None
    assert (found.apiserver.parent, found.kubectl) == (named, named / "kubectl")


def test_the_simulator_and_a_cluster_of_yours_can_be_asked_for(built: Path) -> None:
    programs(built / "1.36.3", "kube-apiserver", "etcd")
    assert chosen(Api.SIMULATOR, None) == Kubernetes()
    yours = chosen(None, "mine")
    assert (yours.is_yours, yours.programs) == (True, None)
    assert yours.kubectl(Credentials(context="mine")) == "kubectl --context mine"


def test_where_there_is_no_kubectl_the_one_beside_the_real_api_is_named(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(built / "1.36.3", "kube-apiserver", "etcd", "kubectl")
    monkeypatch.setenv("PATH", "")
    command = chosen(None, None).kubectl(Credentials(kubeconfig=Path("/tmp/config")))
    assert command == f"{built / '1.36.3' / 'kubectl'} --kubeconfig /tmp/config"
