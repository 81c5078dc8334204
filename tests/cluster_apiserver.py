"""A real Kubernetes API for tests: the lab's, with kubectl, Helm and controllers on demand."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from cluster_programs import program
from um_operator.lab.cluster.programs import Programs, Running
from um_operator.lab.cluster.real_server import RealApiServer


class APIServer(RealApiServer):
    """A running API server, and clients with its administrator's credentials."""

    def kubectl(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002 - as in subprocess.run
        kubeconfig: Path | None = None,
        timeout: float = 30.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl as the administrator or as a kubeconfig says; the caller judges its exit code."""
        return self._run("kubectl", arguments, input, kubeconfig, timeout)

    def helm(
        self, *arguments: str, kubeconfig: Path | None = None, timeout: float = 50.0
    ) -> subprocess.CompletedProcess[str]:
        """Run Helm as the administrator or as a kubeconfig says; the caller judges its exit code."""
        return self._run("helm", arguments, None, kubeconfig, timeout)

    @contextmanager
    def controller_manager(self, *controllers: str) -> Iterator[None]:
        """Run controllers (``namespace-controller``, ``garbage-collector-controller``) for the block."""
        flags = (
            f"--kubeconfig={self.kubeconfig}",
            f"--controllers={','.join(controllers)}",
            "--leader-elect=false",
            "--secure-port=0",
            f"--root-ca-file={self.ca_file}",
            f"--service-account-private-key-file={self.folder / 'sa.key'}",
        )
        manager = Running(program("kube-controller-manager"), flags, self.folder)
        try:
            yield
            manager.check()
        finally:
            manager.kill()

    def environment(self, kubeconfig: Path | None = None) -> dict[str, str]:
        """Return the environment of a client: nothing of the person who runs the tests is read or written."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("KUBE", "HELM_"))},
            "KUBECONFIG": str(kubeconfig or self.kubeconfig),
            "KUBECACHEDIR": str(self.folder / "kubectl"),
            "HOME": str(self.folder),
            "HELM_CACHE_HOME": str(self.folder / "helm" / "cache"),
            "HELM_CONFIG_HOME": str(self.folder / "helm" / "config"),
            "HELM_DATA_HOME": str(self.folder / "helm" / "data"),
        }

    def _run(
        self,
        name: str,
        arguments: tuple[str, ...],
        given: str | None,
        kubeconfig: Path | None,
        timeout: float,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(program(name)), *arguments],
            env=self.environment(kubeconfig),
            input=given if given is not None else "",
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def real_api_server(folder: Path, *, audit_log: Path | None = None) -> AbstractContextManager[APIServer]:
    """Run etcd and kube-apiserver, of the versions that are pinned, in a folder until the block ends.

    Raises:
        FileNotFoundError: a program is missing; ``cluster_programs.missing`` says so before.
        RuntimeError: a program does not come up.
    """
    programs = Programs(program("etcd"), program("kube-apiserver"), program("kubectl"))
    return APIServer.running(folder, programs, audit_log=audit_log)
