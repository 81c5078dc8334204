"""What may stand in a UMCertificate, and what it means when it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest

from manifests_support import certificate, certificate_document, problems
from um_operator.api.issuers import Issuer, IssuerName
from um_operator.api.schema import kind_schema
from um_operator.api.select import KINDS

THUMBPRINT = "E88F3739550664A52C1AE87EE3525CC3EB82F5D2"
EXISTING = {"existing": {"thumbprint": THUMBPRINT, "fromServer": "ex01.contoso.com"}}
SECRET = {"secret": {"secretRef": {"name": "um"}}}
CERT_MANAGER = {"certManager": {"issuerRef": {"name": "internal"}}}
ISSUERS: list[dict[str, Any]] = [
    {"selfSigned": {}},
    {"ca": {}},
    SECRET,
    {"request": {}},
    CERT_MANAGER,
    EXISTING,
]


def test_the_smallest_one_names_an_issuer_and_nothing_else() -> None:
    spec = certificate().spec
    assert (spec.scope, spec.startup_mode, spec.proof) == ("PerServer", "Dual", "Wire")
    assert spec.services == ("UM", "UMCallRouter")
    assert (spec.private_key.source, spec.private_key.size) == ("Operator", 2048)
    assert (spec.private_key.rotation_policy, spec.private_key.pfx_profile) == ("Always", "Legacy3DES")
    assert (spec.retire.policy, spec.retire.after) == ("Remove", timedelta(days=7))
    assert (spec.mode, spec.renew_before, spec.renew_before_percentage) == (None, None, None)


def test_a_self_signed_certificate_lasts_five_years_because_each_is_trusted_anew() -> None:
    assert certificate().spec.asked_duration == timedelta(hours=43800)
    assert certificate(issuer={"ca": {}}).spec.asked_duration == timedelta(hours=8760)
    assert certificate(duration="24h").spec.asked_duration == timedelta(days=1)


@pytest.mark.parametrize("issuer", ISSUERS, ids=lambda issuer: next(iter(issuer)))
def test_an_issuer_is_known_by_the_one_field_that_is_set(issuer: dict[str, Any]) -> None:
    (name,) = issuer
    assert Issuer.model_validate(issuer).name == name
    assert Issuer.model_validate(issuer).declared().keys() == {name}


def test_every_issuer_is_tried() -> None:
    assert {name for issuer in ISSUERS for name in issuer} == set(get_args(IssuerName))
    fields = kind_schema(KINDS["UMCertificate"])["properties"]["spec"]["properties"]["issuer"]["properties"]
    assert fields.keys() == set(get_args(IssuerName))


@pytest.mark.parametrize("issuer", [SECRET, EXISTING], ids=["secret", "existing"])
def test_a_certificate_that_comes_with_its_key_has_its_names_already(issuer: dict[str, Any]) -> None:
    assert problems(certificate_document(issuer=issuer, scope="Shared")) == []


@pytest.mark.parametrize("thumbprint", [THUMBPRINT, THUMBPRINT.lower()])
def test_a_thumbprint_is_taken_in_either_case(thumbprint: str) -> None:
    issuer = {"existing": {"thumbprint": thumbprint, "fromServer": "ex01.contoso.com"}}
    assert problems(certificate_document(issuer=issuer, scope="Shared")) == []


@pytest.mark.parametrize(
    "thumbprint", ["", THUMBPRINT[1:], f"{THUMBPRINT}0", f"\u200e{THUMBPRINT[1:]}", "E8 8F" * 8, 10**39]
)
def test_what_a_console_copies_along_is_no_thumbprint(thumbprint: object) -> None:
    issuer = {"existing": {"thumbprint": thumbprint, "fromServer": "ex01.contoso.com"}}
    (line,) = problems(certificate_document(issuer=issuer, scope="Shared"))
    assert line.startswith("spec.issuer.existing.thumbprint")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dnsNames", ["um.contoso.com", "*.contoso.com"]),
        ("subject", {"organizations": ["Contoso GmbH"], "countries": ["DE"]}),
        ("renewBeforePercentage", 33),
        ("renewBefore", "1440h"),
        ("services", ["UMCallRouter"]),
        ("retire", {"policy": "Keep"}),
        ("privateKey", {"size": 4096}),
    ],
)
def test_a_field_may_say(field: str, value: object) -> None:
    assert problems(certificate_document(issuer={"ca": {}}, **{field: value})) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dnsNames", ["ex01"]),
        ("dnsNames", ["um.*.contoso.com"]),
        ("dnsNames", ["um.contoso.com", "um.contoso.com"]),
        ("subject", {"countries": [False]}),
        ("subject", {"countries": ["de"]}),
        ("subject", {"organizations": ["x" * 65]}),
        ("renewBeforePercentage", 100),
        ("services", []),
        ("services", ["SMTP"]),
        ("privateKey", {"size": 1024}),
        ("startupMode", "Tls"),
        ("duration", "1d"),
        ("retire", {"after": "0s"}),
    ],
)
def test_a_field_may_not_say(field: str, value: object) -> None:
    (line,) = problems(certificate_document(issuer={"ca": {}}, **{field: value}))
    assert line.startswith(f"spec.{field}")


def test_a_common_name_is_no_wildcard_and_fits_into_a_certificate() -> None:
    shared: dict[str, Any] = {"issuer": {"ca": {}}, "scope": "Shared"}
    assert problems(certificate_document(**shared, commonName="um.contoso.com")) == []
    for name in ("*.contoso.com", "um", f"{'x' * 60}.contoso.com"):
        (line,) = problems(certificate_document(**shared, commonName=name))
        assert line.startswith("spec.commonName")
