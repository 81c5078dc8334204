"""A UMCertificate as it is wanted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from manifests_support import certificate_document, organization_document, with_metadata
from um_operator.api.annotations import (
    HOLD,
    RECONCILE_REQUESTED_AT,
    RENEW_REQUESTED_AT,
    RETRY_REQUESTED_AT,
)
from um_operator.api.meta import ObjectKey
from um_operator.api.select import parse
from um_operator.desired.organization import DesiredCertificate, DesiredOrganization
from um_operator.desired.resolve import resolve, without_organization
from um_operator.desired.resources import Resources

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def organization_of(
    *documents: dict[str, Any], secrets: frozenset[str] | None = None, **spec: Any
) -> DesiredOrganization:
    everything = [organization_document(mode="Enforce", **spec), *documents]
    found = Resources.of((parse(item) for item in everything), secrets=secrets)
    return resolve(found, found.organizations[0])


def wanted(document: dict[str, Any], **organization: Any) -> DesiredCertificate:
    (only,) = organization_of(document, **organization).certificates
    return only


def test_it_belongs_to_its_organization_and_stands_among_its_resources() -> None:
    other = certificate_document("other", organizationRef={"name": "fabrikam"})
    desired = organization_of(certificate_document("b"), other, certificate_document("a"))
    assert [item.name for item in desired.certificates] == ["a", "b"]
    assert desired.resources == desired.certificates
    assert desired.objects == ()


def test_it_is_as_careful_as_the_more_careful_of_both_says() -> None:
    item = wanted(certificate_document(mode="Plan", suspend=True))
    assert (item.care.mode, item.care.suspended) == ("Plan", True)
    assert wanted(certificate_document()).care.mode == "Enforce"


def test_it_can_be_held() -> None:
    held = with_metadata(
        certificate_document(), annotations={HOLD: "2026-11-26T00:00:00Z the fair is on until midnight"}
    )
    hold = wanted(held).care.hold_at(NOON)
    assert hold is not None
    assert hold.reason == "the fair is on until midnight"


def test_what_people_ask_for_is_told_apart() -> None:
    annotations = {RENEW_REQUESTED_AT: "1", RETRY_REQUESTED_AT: "2", RECONCILE_REQUESTED_AT: "3"}
    item = wanted(with_metadata(certificate_document(), annotations=annotations))
    assert (item.requested_renew, item.requested_retry, item.requested_reconcile) == ("1", "2", "3")


def test_it_selects_servers_by_name_and_pattern_without_case() -> None:
    selection = {"include": ["EX0*.contoso.com", "um.contoso.com"], "exclude": ["ex03.*"]}
    item = wanted(certificate_document(servers=selection))
    names = [f"{host}.contoso.com" for host in ("ex01", "ex03", "um", "mail")]
    assert [name for name in names if item.servers.selects(name)] == ["ex01.contoso.com", "um.contoso.com"]
    assert wanted(certificate_document()).servers.selects("any.contoso.com")


def test_generation_age_and_deletion_are_the_resources() -> None:
    item = wanted(
        with_metadata(
            certificate_document(),
            generation=4,
            creationTimestamp="2026-11-25T12:00:00Z",
            deletionTimestamp="2026-11-26T12:00:00Z",
        )
    )
    assert (item.generation, item.created_at, item.deleting) == (4, NOON, True)


@pytest.mark.parametrize(
    "issuer",
    [{"ca": {"secretRef": {"name": "issuing"}}}, {"secret": {"secretRef": {"name": "issuing"}}}],
    ids=["ca", "secret"],
)
def test_a_secret_that_is_not_there_is_missed_where_secrets_can_be_listed(issuer: dict[str, Any]) -> None:
    document = certificate_document(issuer=issuer, scope="Shared", commonName="um.contoso.com")
    account = "exchange-operator"
    (obstacle,) = wanted(document, secrets=frozenset({account})).obstacles
    assert (obstacle.reason, obstacle.stalled) == ("DependencyNotFound", False)
    assert obstacle.message == 'Secret "issuing" does not exist'
    assert wanted(document, secrets=frozenset({account, "issuing"})).obstacles == ()
    assert wanted(document).obstacles == ()


def test_an_issuer_that_needs_no_secret_misses_none() -> None:
    for issuer in ("ca", "selfSigned", "request"):
        assert wanted(certificate_document(issuer={issuer: {}}), secrets=frozenset()).obstacles == ()


def test_without_its_organization_nothing_can_be_done_for_it() -> None:
    found = Resources.of([parse(certificate_document())])
    (obstacle,) = without_organization(found)[ObjectKey("UMCertificate", "um")]
    assert obstacle.message == '"ExchangeOrganization/default" does not exist'
