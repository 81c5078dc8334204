"""A new chain on servers that speak TLS with gateways: nothing is bound before each of them trusts it.

One gateway is looked after by hand, to one the CA is brought over SSH, one is not to be looked at.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from estate.harness import Operator, declaring
from estate.manifests import resource
from estate.rollouts import organization
from estate.wire import on_the_wire
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.status import GatewayTrustStatus, UMIPGatewayStatus
from um_operator.cli.lab import device_access
from um_operator.cli.lab_files import HOST_KEYS
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import on_tls

pytestmark = pytest.mark.timeout(480)

SERVER = "ex01.contoso.com"
HOURS = timedelta(hours=6)
CERTIFICATE = resource(
    "UMCertificate", "um", issuer={"ca": {}}, servers={"include": [SERVER]}, startupMode="Dual"
)
PATIENT = {"method": "TLS", "timeout": "60s"}
"""However busy the machine is, the gateway answers in time."""
MANAGED = "kamailio01"
"""The gateway to which the CA is brought over SSH."""
UNSEEN = "cube01"
"""The gateway that the operator may not look at."""


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """Servers that have served certificates for long, a secured plan, and its gateways on TLS."""
    async with Lab.start(
        two_servers(on_tls()), clock=Clock(rate=10.0), times=ServiceTimes.fixed(5), seed=7
    ) as lab:
        yield lab
        lab.invariants.check()
        lab.invariants.check_end()


def two_servers(spec: EstateSpec) -> EstateSpec:
    """Return an estate with the first two of its servers, and who lives there."""
    organization = spec.organization
    kept = organization.servers[:2]
    homes = {server.name for server in kept}
    mailboxes = tuple(mailbox for mailbox in organization.mailboxes if mailbox.server in homes)
    return replace(spec, organization=replace(organization, servers=kept, mailboxes=mailboxes))


def gateway(name: str, **spec: Any) -> dict[str, Any]:
    return resource("UMIPGateway", name, address=f"{name}.contoso.com", **spec)


DELIVERY = {
    "preset": "Kamailio",
    "endpoint": "ssh://kamailio01.contoso.com",
    "secretRef": {"name": "kamailio01-management"},
    "knownHostsRef": {"name": HOST_KEYS},
    "protectedListeners": ["kamailio01-carrier.contoso.com:5061"],
}


def declare(operator: Operator, devices: x509.Certificate, *attested: str) -> None:
    """Declare the certificate and the gateways: one whose CA is known, one that is not looked at."""
    pem = devices.public_bytes(Encoding.PEM).decode()
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "devices"}}
    managed = [document for one in device_access(operator.lab) for document in one.documents()]
    known = "\n".join(one.known_hosts for one in device_access(operator.lab))
    operator.declare(
        *managed,
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": HOST_KEYS},
            "data": {"known_hosts": known},
        },
        organization(SERVER),
        CERTIFICATE,
        {**config_map, "data": {"ca.crt": pem}},
        gateway("sbc01", probe=PATIENT, trust={"caRef": {"name": "devices"}}),
        gateway("kamailio01", probe=PATIENT, trust={"delivery": DELIVERY}),
        gateway(UNSEEN, probe={"method": "None"}, trust={"attested": list(attested)}),
    )


def told(report: Report) -> UMCertificateStatus:
    status = report.memory.statuses[ObjectKey("UMCertificate", "um")]
    assert isinstance(status, UMCertificateStatus)
    return status


def trust(report: Report, name: str) -> GatewayTrustStatus | None:
    status = report.memory.statuses[ObjectKey("UMIPGateway", name)]
    assert isinstance(status, UMIPGatewayStatus)
    return status.trust


def published(operator: Operator) -> list[x509.Certificate]:
    """Return what a person finds in the ConfigMap for peers."""
    [path] = operator.state.glob("*/.configmaps/um-trust.json")
    return x509.load_pem_x509_certificates(json.loads(path.read_text())["data"]["ca.crt"].encode())


async def deployed(operator: Operator) -> Report:
    """Apply until it is deployed: on a busy machine a look at a server may fail, which ends a run."""
    for _ in range(4):
        report = await operator.apply(within=HOURS)
        if told(report).conditions[0].reason == "Deployed":
            break
    return report


async def test_a_new_chain_waits_until_every_gateway_trusts_it(lab: Lab, tmp_path: Path) -> None:
    devices = CertificateAuthority("Devices", lab.clock.now(), intermediate=False).root
    operator = declaring(lab, tmp_path)
    declare(operator, devices)
    former = await on_the_wire(lab, SERVER, 5063)

    held = await operator.apply(within=HOURS)
    status = told(held)
    assert status.trust_bundle is not None
    ca = status.trust_bundle.sha256
    waits = {row.object: row for row in status.waiting_for if row.object != SERVER}
    assert {name: row.reason for name, row in waits.items()} == {
        "UMIPGateway/sbc01": "PeerUntrusted",
        f"UMIPGateway/{UNSEEN}": "PeerTrustUnknown",
    }
    assert trust(held, MANAGED) == GatewayTrustStatus(state="Trusted", shown_by="Wire", ca_sha256=(ca,))
    over_ssh = [effect.cmdlet for effect in lab.journal.effects if effect.endpoint == "ssh"]
    assert over_ssh == ["sftp posix-rename", "kamcmd tls.reload"], "it was written more than once"
    assert 'does not trust the chain of revision "1"' in waits["UMIPGateway/sbc01"].message
    assert 'spec.probe.method is "None"' in waits[f"UMIPGateway/{UNSEEN}"].message
    assert f'name it in its spec.trust.attested: "{ca}"' in waits[f"UMIPGateway/{UNSEEN}"].message
    assert await on_the_wire(lab, SERVER, 5063) == former
    assert lab.host(SERVER).stores.root.holds(devices) is not None

    [anchor] = published(operator)
    for name in set(lab.calls.gateways) - {MANAGED}:
        lab.calls.gateways[name].tls.trusted.trust(anchor)
    declare(operator, devices, ca)

    done = await deployed(operator)
    assert told(done).conditions[0].reason == "Deployed"
    [server] = told(done).servers
    assert [await on_the_wire(lab, SERVER, port) for port in (5061, 5063)] == [server.wanted, server.wanted]
    assert trust(done, "sbc01") == GatewayTrustStatus(state="Trusted", shown_by="Wire", ca_sha256=(ca,))
    assert trust(done, UNSEEN) == GatewayTrustStatus(state="Trusted", shown_by="Attested", ca_sha256=(ca,))
