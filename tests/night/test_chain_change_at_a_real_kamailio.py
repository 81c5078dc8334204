"""A change of the chain with a real Kamailio as gateway, to which the CA is brought over SSH.

A second process calls both ways over mutual TLS all the time. With the recipe nothing fails; without the step
that brings the CA there, while the rollout goes on all the same, calls fail.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import kamailio
from both_ways import CLOSED
from estate.harness import Operator, declaring
from estate.manifests import resource
from estate.rollouts import organization
from peer_certificates import Certified
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import on_tls

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(kamailio.missing()), reason=kamailio.missing() or "there is a Kamailio"),
]

SERVER, PEER = "ex01.contoso.com", "kamailio01.contoso.com"
USER, PASSWORD = "um-operator", "open sesame"
HOURS = timedelta(hours=6)
HUNG_UP = "UNEXPECTED_EOF"


def estate() -> EstateSpec:
    """Two servers on TLS, and one gateway of theirs, of which the lab has no device."""
    spec = on_tls()
    kept = spec.organization.servers[:2]
    homes = {server.name for server in kept}
    company = replace(
        spec.organization,
        servers=kept,
        mailboxes=tuple(one for one in spec.organization.mailboxes if one.server in homes),
        gateways=tuple(one for one in spec.organization.gateways if one.name in {"legacy-pbx", "kamailio01"}),
    )
    return EstateSpec(company, spec.devices[:1])


@dataclass(frozen=True)
class Scene:
    """The lab, the real peer, and the operator between them."""

    lab: Lab
    peer: kamailio.Kamailio
    operator: Operator
    folder: Path
    host_key: str

    @property
    def ca_file(self) -> Path:
        return self.peer.folder / "default.ca"

    def declare(self, trust: dict[str, Any]) -> None:
        """Declare the certificate of one server, and the gateway."""
        self.operator.declare(
            organization(SERVER),
            resource(
                "UMCertificate", "um", issuer={"ca": {}}, servers={"include": [SERVER]}, startupMode="Dual"
            ),
            {
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "account"},
                "stringData": {"username": USER, "password": PASSWORD},
            },
            {
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "keys"},
                "data": {"known_hosts": f"{PEER} {self.host_key}"},
            },
            resource("UMIPGateway", "kamailio01", address=PEER, probe={"timeout": "60s"}, trust=trust),
        )  # fmt: skip

    @property
    def delivery(self) -> dict[str, Any]:
        """How the CA gets there."""
        folder = self.peer.folder
        return {
            "preset": "Kamailio",
            "endpoint": f"ssh://{PEER}",
            "secretRef": {"name": "account"},
            "knownHostsRef": {"name": "keys"},
            "protectedListeners": [f"{PEER}:5061"],
            "parameters": {
                "caFile": str(self.ca_file),
                "configFile": str(folder / "tls.cfg"),
                "pidFile": str(folder / "started"),
                "reloadCommand": f"kamcmd -s unix:{folder}/ctl.sock tls.reload",
            },
        }


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Start everything."""
    folder = tmp_path / "kamailio"
    folder.mkdir()
    async with Lab.start(estate(), clock=Clock(rate=10.0), times=ServiceTimes.fixed(5), seed=7) as lab:
        own = lab.calls.device_authority.issue(PEER)
        authority = lab.organization.authority
        assert own.key is not None
        assert authority is not None
        profile = kamailio.Profile(
            Certified(own.certificate, own.key), authority.root.public_bytes(Encoding.PEM)
        )
        with kamailio.running(folder, {"kamailio01": profile}) as peer:
            (folder / "started").touch()
            address = peer.addresses["kamailio01"]
            lab.calls.network.lend(PEER, 5061, address, peer.port)
            key = asyncssh.generate_private_key("ssh-ed25519")
            async with ssh_host(key) as port:
                lab.connect_to += [f"{PEER}:5061:{address}:{peer.port}", f"{PEER}:22:127.0.0.1:{port}"]
                public = key.export_public_key().decode().strip()
                yield Scene(lab, peer, declaring(lab, tmp_path), tmp_path, public)


@asynccontextmanager
async def ssh_host(key: asyncssh.SSHKey) -> AsyncIterator[int]:
    """Serve this machine's own files and commands to one user."""

    class Door(asyncssh.SSHServer):
        def begin_auth(self, _: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

    async def run(process: Any) -> None:
        words = shlex.split(process.command)
        done = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        said, _ = await done.communicate()
        process.stdout.write(said.decode())
        process.exit(done.returncode or 0)

    server = await asyncssh.create_server(
        Door, "127.0.0.1", 0, server_host_keys=[key], process_factory=run, sftp_factory=True
    )
    try:
        yield server.get_port()
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def called_both_ways(scene: Scene) -> AsyncIterator[list[dict[str, str]]]:
    """Call both ways for as long as the block lasts; what came of it is known afterwards."""
    found: list[dict[str, str]] = []
    folder, lab = scene.folder, scene.lab
    certificates = folder / "certificates"
    certificates.mkdir()
    export(lab, certificates)
    end = lab.journal.subscribe(lambda _: export(lab, certificates))
    rule = next(rule for rule in lab.connect_to if rule.startswith(f"{SERVER}:5061:"))
    _, _, address, port = rule.split(":")
    settings = {
        "server": {"name": SERVER, "address": address, "port": int(port)},
        "peer": {"name": PEER, "address": scene.peer.addresses["kamailio01"], "port": scene.peer.port},
        "certificates": str(certificates),
        "believed": str(scene.ca_file),
        "own": str(own_pem(scene.peer.folder)),
        "shown": next(certificates.glob("*.pem")).stem,
        "stop": str(folder / "stop"),
        "result": str(folder / "result"),
    }
    (folder / "settings").write_text(json.dumps(settings))
    sampler = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).parent.parent / "both_ways.py"), str(folder / "settings")
    )
    try:
        yield found
    finally:
        (folder / "stop").touch()
        await asyncio.wait_for(sampler.wait(), 20)
        end()
        found += [json.loads(line) for line in (folder / "result").read_text().splitlines()]


def own_pem(folder: Path) -> Path:
    """Kamailio's certificate and key in one file."""
    path = folder / "own.pem"
    path.write_bytes((folder / "default.pem").read_bytes() + (folder / "default.key").read_bytes())
    return path


def export(lab: Lab, folder: Path) -> None:
    """Write what the server may show, each with its key and what is sent along."""
    stores = lab.host(SERVER).stores
    for entry in stores.my:
        if entry.key is None:
            continue
        sent = [entry.certificate, *chains.to_send(entry.certificate, stores)]
        key = entry.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in sent) + key
        beside = folder / f"{entry.thumbprint}.new"
        beside.write_bytes(pem)
        beside.rename(folder / f"{entry.thumbprint}.pem")


def failed(samples: list[dict[str, str]]) -> list[dict[str, str]]:
    """The tries in which one side did not take the other.

    Whom a service does not believe it tells; one that is drained and stops in the middle of a handshake says
    nothing, and is closed to the next.
    """
    return [
        one
        for one, following in pairwise([*samples, {"server": ""}])
        if not (_answered(one["server"]) or _cut_off(one, following))
        or not one["peer"].startswith("SIP/2.0 200")
    ]


def _answered(server: str) -> bool:
    return server == CLOSED or server.startswith("SIP/2.0")


def _cut_off(one: dict[str, str], following: dict[str, str]) -> bool:
    return HUNG_UP in one["server"] and following["server"] == CLOSED


def reason(report: Report) -> str:
    return report.memory.statuses[ObjectKey("UMCertificate", "um")].conditions[0].reason


async def deployed(scene: Scene) -> None:
    """Apply until it is deployed: on a busy machine a look at a server may fail, which ends a run."""
    for _ in range(4):
        if reason(await scene.operator.apply(within=HOURS)) == "Deployed":
            break
    await asyncio.sleep(1)  # what is served now is called as well


async def test_a_chain_changes_at_a_real_kamailio_without_a_call_failing(scene: Scene) -> None:
    scene.declare({"delivery": scene.delivery})
    async with called_both_ways(scene) as samples:
        await deployed(scene)
    assert failed(samples) == []
    assert len(samples) > 20
    assert len({one["shown"] for one in samples}) == 2, "it was not called before and after"


async def test_without_bringing_the_ca_there_calls_fail(scene: Scene) -> None:
    scene.declare({"onUntrustedPeer": "Proceed"})
    async with called_both_ways(scene) as samples:
        await deployed(scene)
    assert failed(samples)
