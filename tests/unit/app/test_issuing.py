"""Revisions by the issuer that a UMCertificate declares: asked for, read, and handed to servers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from manifests_support import certificate
from pki_support import hierarchy, rsa_key
from pki_world import Server, key_of
from um_operator.api.meta import ObjectKey
from um_operator.app.issuing import Issuing
from um_operator.exchange.certificate_carrier import Bundle
from um_operator.local.secret_files import SecretFiles
from um_operator.local.secrets import LocalSecrets
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.pki import certificates, keys
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import CertificateScope
from um_operator.planning.steps import RequestCertificate

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SERVER = "ex01.contoso.com"
UM = ObjectKey("UMCertificate", "um")
NAME = f"um/{SERVER}/1"


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def declared() -> dict[str, dict[str, bytes]]:
    """The Secrets of people, by name."""
    return {}


@pytest.fixture
def issuing(tmp_path: Path, server: Server, declared: dict[str, dict[str, bytes]]) -> Issuing:
    secrets = LocalSecrets(declared, {}, SecretFiles(tmp_path, ""), writable=True)
    return Issuing(secrets, lambda: NOW).reaching(server)


async def asked(issuing: Issuing, *others: str, **spec: Any) -> Outcome:
    """Declare a UMCertificate for one server and others, and ask for its first revision there."""
    item = certificate("um", **spec)
    await issuing.read([CertificateScope(UM, item.spec, frozenset())], [SERVER, *others])
    server = None if item.spec.scope == "Shared" else SERVER
    step = RequestCertificate(
        owner=UM,
        certificate=NAME if server else "um/1",
        server=server,
        revision=1,
        asked=spec_hash(asked_of(item.spec, server)),
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
    assert isinstance(bundle, Bundle)
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
    assert isinstance(await issuing.bundle(NAME), Unknown)


async def test_what_cannot_be_asked_from_here_is_said_and_nothing_is_issued(issuing: Issuing) -> None:
    outcome = await asked(issuing, issuer={"certManager": {"issuerRef": {"name": "internal"}}})
    assert (outcome.kind, outcome.reason) == ("NotSent", "InvalidIssuer")
    assert isinstance(await issuing.bundle(NAME), Unknown)


async def test_a_key_that_a_server_makes_stays_there_and_the_answer_completes_its_request(
    issuing: Issuing, server: Server
) -> None:
    spec = {"issuer": {"ca": {}}, "privateKey": {"source": "Exchange"}}
    for _ in range(2):
        assert (await asked(issuing, **spec)).kind == "Done"
    [request] = server.pending
    found = await read(issuing, **spec)
    assert isinstance(found, Known)
    [revision] = found.value
    assert revision.public_key_sha256 == key_of(request)
    bundle = await issuing.bundle(NAME)
    assert isinstance(bundle, Bundle)
    assert bundle.password is None
    assert bundle.completes == key_of(request)
    assert revision.leaf is not None
    assert fact_of(bundle.data) == revision.leaf


H = hierarchy()
THUMBPRINT = fact_of(H.leaf).thumbprint
EXISTING = {
    "issuer": {"existing": {"thumbprint": THUMBPRINT.lower(), "fromServer": SERVER}},
    "scope": "Shared",
    "servers": {"exclude": ["ex03.contoso.com"]},
}


@pytest.mark.parametrize(
    ("others", "exports"),
    [
        ((), 0),
        (("ex03.contoso.com",), 0),
        (("ex04.contoso.com",), 0),
        (("ex04.contoso.com", "ex02.contoso.com"), 1),
    ],
    ids=["nobody else", "one that is not selected", "one that has it", "one that lacks it"],
)
async def test_what_a_server_has_is_exported_only_where_another_one_is_to_have_it_and_has_not(
    issuing: Issuing, server: Server, others: tuple[str, ...], exports: int
) -> None:
    server.certificates[THUMBPRINT], server.lacking = H.leaf, frozenset({"ex02.contoso.com"})
    assert (await asked(issuing, *others, **EXISTING)).kind == "Done"
    found = await read(issuing, **EXISTING)
    assert isinstance(found, Known)
    [revision] = found.value
    assert (revision.leaf, revision.existing) == (fact_of(H.leaf), True)
    assert server.exports == exports
    assert isinstance(await issuing.bundle("um/1"), Bundle) == bool(exports)


async def test_what_was_used_where_it_was_is_exported_once_another_server_is_to_have_it(
    issuing: Issuing, server: Server
) -> None:
    server.certificates[THUMBPRINT], server.lacking = H.leaf, frozenset({"ex02.contoso.com"})
    assert (await asked(issuing, **EXISTING)).kind == "Done"
    assert isinstance(await issuing.bundle("um/1"), Unknown)
    scope = CertificateScope(UM, certificate("um", **EXISTING).spec, frozenset({1}))
    await issuing.read([scope], [SERVER, "ex02.contoso.com"])
    server.exportable = False
    kept = await issuing.bundle("um/1")
    assert isinstance(kept, Unknown)
    assert kept.reason == "KeyNotExportable"
    server.exportable = True
    for _ in range(2):
        assert isinstance(await issuing.bundle("um/1"), Bundle)
    assert server.exports == 1


async def test_a_key_that_may_not_leave_its_server_is_refused_for_good(
    issuing: Issuing, server: Server
) -> None:
    server.certificates[THUMBPRINT], server.exportable = H.leaf, False
    server.lacking = frozenset({"ex02.contoso.com"})
    refused = await asked(issuing, "ex02.contoso.com", **EXISTING)
    assert (refused.kind, refused.reason) == ("Refused", "KeyNotExportable")
    found = await read(issuing, **EXISTING)
    assert isinstance(found, Known)
    assert [revision.leaf for revision in found.value] == [None]


async def test_a_certificate_that_is_not_on_its_server_is_looked_for_again(issuing: Issuing) -> None:
    told = await asked(issuing, **EXISTING)
    assert (told.kind, told.reason) == ("NotSent", "CertificateNotFound")


BOUGHT: dict[str, Any] = {"issuer": {"secret": {"secretRef": {"name": "bought"}}}, "scope": "Shared"}


async def test_what_a_secret_holds_is_taken_as_soon_as_it_is_fit_and_offered_from_then_on(
    issuing: Issuing, declared: dict[str, dict[str, bytes]]
) -> None:
    scope = CertificateScope(UM, certificate("um", **BOUGHT).spec, frozenset({1}))
    assert (await asked(issuing, **BOUGHT)).kind == "Done"
    found = await read(issuing, **BOUGHT)
    assert isinstance(found, Known)
    assert [(one.state, one.reason) for one in found.value] == [("Pending", "CertificateNotFound")]
    assert isinstance((await issuing.offers([scope]))[UM], Unknown)

    declared["bought"] = {
        "tls.crt": certificates.to_pem([H.leaf, H.intermediate]),
        "tls.key": keys.to_pem(rsa_key()),
        "ca.crt": certificates.to_pem([H.root]),
    }
    found = await read(issuing, **BOUGHT)
    assert isinstance(found, Known)
    assert [one.leaf for one in found.value] == [fact_of(H.leaf)]
    assert isinstance(await issuing.bundle("um/1"), Bundle)
    offer = (await issuing.offers([scope]))[UM]
    assert isinstance(offer, Known)
    assert offer.value == fact_of(H.leaf)


async def test_only_a_secret_offers_anything(issuing: Issuing) -> None:
    scope = CertificateScope(UM, certificate("um", **EXISTING).spec, frozenset({1}))
    assert await issuing.offers([scope]) == {}
