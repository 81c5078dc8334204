"""A real Kubernetes API for tests: kube-apiserver and etcd on loopback, their files in one folder, RBAC on.

There is no kubelet and no scheduler, and nothing collects garbage or empties namespaces unless the controller
manager is asked for. Flags as in the field notes on Kubernetes, 2.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import secrets
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cluster_programs import Running, program

HOST = "127.0.0.1"
READY_WITHIN = 60.0
PORTS = range(20000, 32000)
"""Below those that the kernel gives to clients: nobody else may get the port of a server that is stopped."""
_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}


class APIServer:
    """A running API server, its administrator's credentials, and kubectl with them.

    Attributes:
        folder: everything that belongs to it; ``*.log`` has what the programs say.
        url: ``https://127.0.0.1:PORT``, the same after a restart.
        ca_file: PEM; signs the server's certificate.
        token: the bearer token of the administrator, who is in ``system:masters``.
        kubeconfig: the same for clients that read a kubeconfig.
        audit_log: one JSON event a line, written before the response is sent; ``None`` when not asked for.
    """

    def __init__(self, folder: Path, etcd_url: str, audit_log: Path | None) -> None:
        self._port = free_port()
        self._etcd_url = etcd_url
        self._server: Running | None = None
        self.folder = folder
        self.url = f"https://{HOST}:{self._port}"
        self.ca_file = folder / "certificates" / "apiserver.crt"
        self.token = secrets.token_hex(16)
        self.audit_log = audit_log
        self.kubeconfig = self.kubeconfig_of("admin", self.token)
        _write_signing_key(folder)
        (folder / "tokens.csv").write_text(f'{self.token},admin,admin,"system:masters"\n')
        (folder / "audit-policy.json").write_text(json.dumps(_AUDIT_POLICY))

    @property
    def pid(self) -> int:
        """The process id of kube-apiserver, which must run."""
        assert self._server is not None, "the API server is stopped"
        return self._server.pid

    def start(self) -> None:
        """Start kube-apiserver and wait until it is ready.

        Raises:
            RuntimeError: it ended, or is not ready in time; the text has the end of its log.
        """
        self._server = Running("kube-apiserver", self._flags(), self.folder)
        deadline = time.monotonic() + READY_WITHIN
        while not self.ready():
            self._server.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"kube-apiserver is not ready:\n{self._server.last_lines()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Kill kube-apiserver: connections are reset, new ones refused; etcd keeps everything."""
        if self._server is not None:
            self._server.kill()
            self._server = None

    def restart(self) -> None:
        """Kill kube-apiserver and start it again: it forgets what happened before (410 for old watches)."""
        self.stop()
        self.start()

    def ready(self) -> bool:
        """Tell whether the API server says that it is ready."""
        with suppress(OSError, http.client.HTTPException):
            context = ssl.create_default_context(cafile=self.ca_file)
            connection = http.client.HTTPSConnection(HOST, self._port, timeout=5, context=context)
            with closing(connection):
                connection.request("GET", "/readyz", headers={"Authorization": f"Bearer {self.token}"})
                return connection.getresponse().status == http.HTTPStatus.OK
        return False

    def kubeconfig_of(self, user: str, token: str, namespace: str = "default") -> Path:
        """Write a kubeconfig for somebody's token, such as one of ``kubectl create token``."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "test", "cluster": {"server": self.url, "certificate-authority": str(self.ca_file)}}
            ],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [
                {"name": "test", "context": {"cluster": "test", "user": user, "namespace": namespace}}
            ],
            "current-context": "test",
        }
        path = self.folder / f"{user}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
        return path

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
        manager = Running("kube-controller-manager", flags, self.folder)
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

    def _flags(self) -> list[str]:
        audit = [
            f"--audit-policy-file={self.folder / 'audit-policy.json'}",
            f"--audit-log-path={self.audit_log}",
            "--audit-log-mode=blocking",
        ]
        return [
            f"--etcd-servers={self._etcd_url}",
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            f"--secure-port={self._port}",
            "--endpoint-reconciler-type=none",
            f"--cert-dir={self.folder / 'certificates'}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            f"--service-account-issuer={self.url}",
            f"--service-account-key-file={self.folder / 'sa.pub'}",
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--disable-admission-plugins=ServiceAccount",
            *(audit if self.audit_log else []),
        ]


@contextmanager
def real_api_server(folder: Path, *, audit_log: Path | None = None) -> Iterator[APIServer]:
    """Run etcd and kube-apiserver in a folder until the block ends.

    Args:
        folder: made if it is not there; what is in it stays.
        audit_log: where every request is written, with user, verb, resource and response code.

    Raises:
        FileNotFoundError: a program is missing; ``cluster_programs.missing`` says so before.
        RuntimeError: a program does not come up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    client, peer = (f"http://{HOST}:{free_port()}" for _ in range(2))
    flags = (
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    )
    etcd = Running("etcd", flags, folder)
    server = APIServer(folder, client, audit_log)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        etcd.kill()


def free_port() -> int:
    """Return a port of loopback on which nobody listens.

    Raises:
        RuntimeError: a hundred were tried and taken.
    """
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise RuntimeError("no free port on loopback")


def _write_signing_key(folder: Path) -> None:
    """Make the key that signs the tokens of ServiceAccounts."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = folder / "sa.key"
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "sa.pub").write_bytes(public)
