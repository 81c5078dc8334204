"""Revisions by the issuer that a UMCertificate declares: asked for, read, and handed to servers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from manifests_support import certificate
from um_operator.api.meta import ObjectKey
from um_operator.app.issuing import Issuing
from um_operator.local.secret_files import SecretFiles
from um_operator.local.secrets import LocalSecrets
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Fact, Known
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import CertificateScope
from um_operator.planning.steps import RequestCertificate

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SERVER = "ex01.contoso.com"
UM = ObjectKey("UMCertificate", "um")
NAME = f"um/{SERVER}/1"


@pytest.fixture
def issuing(tmp_path: Path) -> Issuing:
    return Issuing(LocalSecrets({}, {}, SecretFiles(tmp_path, ""), writable=True), lambda: NOW)


async def asked(issuing: Issuing, **spec: Any) -> Outcome:
    """Declare a UMCertificate and ask for its first revision on one server."""
    item = certificate("um", **spec)
    await issuing.read([CertificateScope(UM, item.spec, frozenset())], [SERVER])
    step = RequestCertificate(
        owner=UM,
        certificate=NAME,
        server=SERVER,
        revision=1,
        asked=spec_hash(asked_of(item.spec, SERVER)),
        declared=spec_hash(asked_of(item.spec)),
        issuer=item.spec.issuer.name,
        cause="FirstIssuance",
    )
    return await issuing.carry(step, None)


async def read(issuing: Issuing, **spec: Any) -> Fact[tuple[RevisionFact, ...]]:
    scope = CertificateScope(UM, certificate("um", **spec).spec, frozenset({1}))
    found: Mapping[ObjectKey, Fact[tuple[RevisionFact, ...]]] = await issuing.read([scope], [SERVER])
    return found[UM]


@pytest.mark.parametrize("issuer", ["ca", "selfSigned"])
async def test_what_is_signed_here_is_issued_at_once_and_can_be_imported(
    issuing: Issuing, issuer: str
) -> None:
    assert (await asked(issuing, issuer={issuer: {}})).kind == "Done"
    found = await read(issuing, issuer={issuer: {}})
    assert isinstance(found, Known)
    (revision,) = found.value
    assert revision.state == "Issued"
    assert revision.leaf is not None
    assert revision.leaf.common_name == SERVER
    bundle = await issuing.bundle(NAME)
    assert bundle is not None
    assert bundle.password is not None
    issuers = await issuing.issuers(NAME)
    assert issuers is not None
    anchor = revision.chain[-1] if revision.chain else revision.leaf
    assert anchor.sha256 in issuers


async def test_a_request_that_a_person_takes_to_a_ca_is_pending(issuing: Issuing) -> None:
    assert (await asked(issuing, issuer={"request": {}})).kind == "Done"
    found = await read(issuing, issuer={"request": {}})
    assert isinstance(found, Known)
    assert [revision.state for revision in found.value] == ["Pending"]
    assert await issuing.bundle(NAME) is None


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ({"issuer": {"ca": {}}, "privateKey": {"source": "Exchange"}}, "Refused"),
        ({"issuer": {"certManager": {"issuerRef": {"name": "internal"}}}}, "NotSent"),
    ],
    ids=["a key that Exchange makes", "cert-manager without a cluster"],
)
async def test_what_cannot_be_asked_from_here_is_said_and_nothing_is_issued(
    issuing: Issuing, spec: dict[str, Any], kind: str
) -> None:
    outcome = await asked(issuing, **spec)
    assert (outcome.kind, outcome.reason) == (kind, "InvalidIssuer")
    assert await issuing.bundle(NAME) is None
