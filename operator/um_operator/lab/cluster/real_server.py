"""A real Kubernetes API: kube-apiserver and etcd on loopback, their files in one folder, RBAC on.

There is no kubelet, no scheduler and no controller: nothing collects garbage or empties namespaces. Flags as
envtest gives them.
"""

from __future__ import annotations

import http.client
import json
import random
import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from .programs import Programs, Running

HOST: Final = "127.0.0.1"
READY_WITHIN: Final = 60.0
PORTS: Final = range(20000, 32000)
"""Below those that the kernel gives to clients: nobody else may get the port of a server that is stopped."""
_AUDIT_POLICY: Final[dict[str, Any]] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}


class RealApiServer:
    """A running API server and its administrator's credentials.

    Attributes:
        folder: everything that belongs to it; ``*.log`` has what the programs say.
        url: ``https://127.0.0.1:PORT``, the same after a restart.
        ca_file: PEM; signs the server's certificate.
        token: the bearer token of the administrator, who is in ``system:masters``.
        kubeconfig: the same for clients that read a kubeconfig.
        audit_log: one JSON event a line, written before the response is sent; ``None`` when not asked for.
    """

    def __init__(self, folder: Path, program: Path, etcd_url: str, audit_log: Path | None) -> None:
        self._port = free_port()
        self._program = program
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

    @classmethod
    @contextmanager
    def running(cls, folder: Path, programs: Programs, *, audit_log: Path | None = None) -> Iterator[Self]:
        """Run etcd and kube-apiserver in a folder until the block ends. Blocks while they come up.

        Args:
            folder: made if it is not there; what is in it stays.
            programs: which ones.
            audit_log: where every request is written, with user, verb, resource and response code.

        Raises:
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
        etcd = Running(programs.etcd, flags, folder)
        server = cls(folder, programs.apiserver, client, audit_log)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            etcd.kill()

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
        self._server = Running(self._program, self._flags(), self.folder)
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
