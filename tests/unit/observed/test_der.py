"""From DER to a fact: what is there is told, what is odd is empty, and nothing odd is a crash."""

from __future__ import annotations

import hashlib

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from pki_support import certificate, hierarchy, name, rsa_key, san
from um_operator.observed.der import UnreadableCertificateError, fact_of
from um_operator.pki.requests import public_key_sha256

FULL = certificate(
    extensions=[
        san("EX01.contoso.com", "*.um.contoso.com"),
        x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH, ObjectIdentifier("1.2.3.4")]
        ),
    ],
    serial=0xAB12,
)


def altered(der: bytes, **fields: object) -> bytes:
    """Return a certificate with fields of its body set; the signature no longer fits."""
    certificate = asn1.Certificate.load(der)
    for field, value in fields.items():
        certificate["tbs_certificate"][field] = value
    return bytes(certificate.dump(force=True))


def test_everything_that_a_certificate_shows_is_told() -> None:
    fact = fact_of(FULL)
    assert fact.thumbprint == hashlib.sha1(FULL).hexdigest().upper()
    assert fact.sha256 == hashlib.sha256(FULL).hexdigest()
    assert (fact.subject, fact.common_name, fact.issuer) == (
        "CN=ex01.contoso.com",
        "ex01.contoso.com",
        "CN=ex01.contoso.com",
    )
    assert fact.dns_names == ("ex01.contoso.com", "*.um.contoso.com")
    assert fact.serial_number == "AB12"
    assert (fact.key_algorithm, fact.key_size, fact.signature_hash) == ("RSA", 2048, "sha256")
    assert fact.extended_key_usages == {"serverAuth", "clientAuth", "1.2.3.4"}
    assert fact.self_issued
    assert not fact.is_ca


def test_a_request_and_its_certificate_are_known_by_the_same_key() -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("ex01"))
    request = builder.sign(rsa_key(), hashes.SHA256())
    assert fact_of(FULL).public_key_sha256 == public_key_sha256(request)
    assert fact_of(hierarchy().root).public_key_sha256 != public_key_sha256(request)


def test_a_ca_is_told_from_a_leaf() -> None:
    root, leaf = fact_of(hierarchy().root), fact_of(hierarchy().leaf)
    assert root.is_ca
    assert root.self_issued
    assert not leaf.is_ca
    assert not leaf.self_issued
    assert leaf.issuer == "CN=Issuing"


def test_a_certificate_of_version_1_without_extensions_is_told() -> None:
    fact = fact_of(altered(certificate(), version="v1"))
    assert fact.common_name == "ex01.contoso.com"
    assert (fact.dns_names, fact.extended_key_usages, fact.is_ca) == ((), frozenset(), False)


def test_a_key_that_is_not_rsa_is_told() -> None:
    fact = fact_of(certificate(key=ec.generate_private_key(ec.SECP384R1())))
    assert (fact.key_algorithm, fact.key_size) == ("EC", 384)


def test_a_certificate_without_a_subject_has_no_common_name() -> None:
    fact = fact_of(altered(certificate(), subject=asn1.Name.build({})))
    assert (fact.subject, fact.common_name) == ("", None)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("serial", [0, -5])
def test_a_serial_number_that_breaks_the_rules_is_no_obstacle(serial: int) -> None:
    assert fact_of(altered(certificate(), serial_number=serial)).serial_number == f"{serial:X}"


def test_one_odd_extension_does_not_hide_the_others() -> None:
    odd = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.37"), b"\x30\x05nope")
    fact = fact_of(certificate(extensions=[odd, san("ex01.contoso.com")]))
    assert fact.extended_key_usages == frozenset()
    assert fact.dns_names == ("ex01.contoso.com",)


def test_a_signature_with_an_algorithm_that_nobody_knows_names_no_hash() -> None:
    der = asn1.Certificate.load(certificate())
    for part in (der["tbs_certificate"]["signature"], der["signature_algorithm"]):
        part["algorithm"] = "md2_rsa"
    assert fact_of(bytes(der.dump(force=True))).signature_hash == ""


@pytest.mark.parametrize("content", [b"", b"nonsense", FULL[:-1], FULL + b"\0", b"\x30\x03\x02\x01\x05"])
def test_what_is_no_certificate_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableCertificateError, match="not a certificate"):
        fact_of(content)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_whatever_bytes_are_spoilt_it_is_a_fact_or_refused(changes: list[tuple[int, int]]) -> None:
    spoilt = bytearray(FULL)
    for position, value in changes:
        spoilt[position] = value
    try:
        fact = fact_of(bytes(spoilt))
    except UnreadableCertificateError:
        return
    assert fact.sha256 == hashlib.sha256(spoilt).hexdigest()
    assert fact.not_before.tzinfo is not None
