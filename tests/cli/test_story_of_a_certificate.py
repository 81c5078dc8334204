"""A certificate that a person has signed, and Exchange's own test call, on a simulated estate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from pki_support import certificate, rsa_key, san
from um_operator.pki import certificates

if TYPE_CHECKING:
    from cli.conftest import RunningLab, Umctl

pytestmark = pytest.mark.timeout(240)

EX01 = "ex01.contoso.com"
CERTIFICATE = f"""\
apiVersion: unifiedmessaging.dev/v1beta1
kind: UMCertificate
metadata: {{name: um, namespace: first-steps}}
spec: {{issuer: {{request: {{}}}}, servers: {{include: [{EX01}]}}}}
"""
SLOWLY = 20
"""Servers are read as well; what was read must not be too old by the lab's clock to begin something."""
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
"""Before the lab's clock begins."""


def signed(csr: str) -> bytes:
    """What a CA makes of a request."""
    key = x509.load_pem_x509_csr(csr.encode()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    ends = BEGINS + timedelta(days=365)
    root = certificate("Root", key=rsa_key("root"), ca=True, start=BEGINS, end=ends)
    ca, names = rsa_key("root"), [san(EX01)]
    leaf = certificate(
        EX01, public_key=key, issuer="Root", signed_with=ca, extensions=names, start=BEGINS, end=ends
    )
    return certificates.to_pem([leaf, root])


@pytest.mark.parametrize("lab", [SLOWLY], indirect=True)
def test_a_request_goes_to_a_ca_and_its_answer_into_the_next_plan(
    lab: RunningLab, umctl: Umctl, tmp_path: Path
) -> None:
    (lab.manifests / "um.yaml").write_text(CERTIFICATE)
    applied = umctl("apply", *lab.on)
    assert applied.code == 2
    assert "IssuancePending" in applied.out

    before = lab.effects()
    shown = umctl("status", "certificate", "um", *lab.on)
    assert shown.code == 2
    rows = [line.split() for line in shown.out.splitlines() if line.startswith(EX01) and "TCP" in line]
    assert [(row[0], *row[2:8]) for row in rows] == [
        (EX01, service, "TCP", "1", "-", "-", "-") for service in ("UM", "UMCallRouter")
    ]
    (request,) = umctl("status", "certificate", *lab.on, "-o", "json").data[0]["status"]["requests"]
    got = umctl("request", "get", "um", *lab.on)
    assert request["csr"] == got.out

    answer = tmp_path / "answer.pem"
    answer.write_bytes(signed(got.out))
    assert umctl("request", "complete", "um", "--file", answer, *lab.on).code == 0
    planned = umctl("plan", *lab.on)
    assert planned.code == 2
    assert f'Import certificate "um/{EX01}/1"' in planned.out
    assert "IssuancePending" not in planned.out
    assert umctl("status", "certificate", "um", *lab.on).out.count("2027-01-01T00:00:00Z") == 2
    assert lab.effects() == before


def test_exchange_calls_its_own_services(lab: RunningLab, umctl: Umctl) -> None:
    plain = umctl("test", "call", *lab.reading, "--transport", "TCP")
    assert plain.code == 0
    assert [line.split() for line in plain.out.splitlines()[1:]] == [
        ["default", service, "TCP", "Answers"] for service in ("UM", "UMCallRouter")
    ]
    tls = umctl("test", "call", *lab.reading, "-o", "json")
    assert tls.code == 2
    assert [(row["service"], row["answered"]) for row in tls.data] == [("UM", False), ("UMCallRouter", False)]
    assert "port 5063" in tls.data[0]["why"]
    assert lab.effects() == []
