"""Requests and certificates that are made here, read back by ourselves and by OpenSSL."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_support import ASKED, NOW, asked, file, openssl, rsa_key, told
from um_operator.observed.der import fact_of
from um_operator.pki import keys, requests, signing
from um_operator.pki.requests import UnreadableRequestError
from um_operator.pki.signing import Authority, to_der
from um_operator.planning.asked import Asked, SubjectParts, spec_hash

PURPOSES = "TLS Web Client Authentication, TLS Web Server Authentication"


def authority() -> Authority:
    key = rsa_key("authority")
    return Authority(signing.make_authority("um", key, NOW), (), key)


def test_a_request_asks_for_name_purposes_and_key_usage_as_peers_want_them() -> None:
    content = requests.to_pem(requests.make(ASKED, rsa_key()))
    text = told(openssl("req", "-noout", "-text", "-verify", content=content))
    assert "verify OK" in text
    assert "Subject:C=DE,O=ContosoGmbH,CN=ex01.contoso.com" in text.replace(" ", "")
    assert "DNS:ex01.contoso.com, DNS:um.contoso.com" in text
    assert "Digital Signature, Key Encipherment" in text
    assert PURPOSES in text


@pytest.mark.parametrize("form", ["PEM", "NEW", "DER", "bare Base64"])
def test_a_request_is_read_in_every_form_in_which_it_comes(form: str) -> None:
    made = requests.make(ASKED, rsa_key())
    text = requests.to_pem(made)
    forms = {
        "PEM": text,
        "NEW": text.replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST"),
        "DER": made.public_bytes(Encoding.DER),
        "bare Base64": b"".join(text.splitlines()[1:-1]),
    }
    read = requests.read(forms[form])
    assert requests.names_of(read) == {"ex01.contoso.com", "um.contoso.com"}
    assert requests.public_key_sha256(read) == keys.public_key_sha256(rsa_key().public_key())


def test_a_request_whose_signature_does_not_fit_is_refused() -> None:
    content = bytearray(requests.make(ASKED, rsa_key()).public_bytes(Encoding.DER))
    content[-1] ^= 1
    with pytest.raises(UnreadableRequestError, match="not signed by its own key"):
        requests.read(bytes(content))


@pytest.mark.parametrize("content", [b"", b"hello", b"\x30\x00", b"-----BEGIN CERTIFICATE REQUEST-----\n!"])
def test_what_is_no_request_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableRequestError, match="not a certificate request"):
        requests.read(content)


def test_a_self_signed_certificate_is_its_own_anchor_to_openssl(tmp_path: Path) -> None:
    made = signing.self_signed(asked(duration=timedelta(hours=43800)), rsa_key(), NOW)
    path = file(tmp_path, "own.pem", made.public_bytes(Encoding.PEM))
    at = str(int((NOW + timedelta(days=1000)).timestamp()))
    told(openssl("verify", "-attime", at, "-purpose", "sslserver", "-CAfile", path, path))
    told(openssl("verify", "-attime", at, "-purpose", "sslclient", "-CAfile", path, path))
    fact = fact_of(to_der(made))
    assert fact.self_issued
    assert not fact.is_ca
    assert fact.not_after == NOW + timedelta(hours=43800)


def test_what_a_ca_signs_is_valid_for_both_sides_of_mutual_tls(tmp_path: Path) -> None:
    ca = authority()
    leaf = signing.signed_by(ca, ASKED, rsa_key().public_key(), NOW)
    root = file(tmp_path, "root.pem", ca.certificate.public_bytes(Encoding.PEM))
    path = file(tmp_path, "leaf.pem", leaf.public_bytes(Encoding.PEM))
    at = str(int(NOW.timestamp()))
    for purpose in ("sslserver", "sslclient"):
        told(openssl("verify", "-x509_strict", "-attime", at, "-purpose", purpose, "-CAfile", root, path))
    text = told(openssl("x509", "-noout", "-text", "-in", path))
    assert PURPOSES in text
    assert "X509v3 Authority Key Identifier" in text
    assert "X509v3 Subject Key Identifier" in text
    assert "CA:FALSE" in text
    assert fact_of(to_der(leaf)).dns_names == ("ex01.contoso.com", "um.contoso.com")


def test_what_a_ca_signs_says_where_the_ca_publishes_what_it_revoked() -> None:
    urls = ("http://pki.contoso.com/um.crl", "http://pki2.contoso.com/um.crl")
    places = replace(ASKED, issuer=json.dumps({"ca": {"crlDistributionPoints": urls}}))
    leaf = signing.signed_by(authority(), places, rsa_key().public_key(), NOW)
    content = leaf.public_bytes(Encoding.PEM)
    text = told(openssl("x509", "-noout", "-ext", "crlDistributionPoints", content=content))
    assert [line.strip().removeprefix("URI:") for line in text.splitlines() if "URI:" in line] == list(urls)
    assert spec_hash(places) != spec_hash(ASKED), "another place is another certificate"
    silent = signing.signed_by(authority(), ASKED, rsa_key().public_key(), NOW)
    with pytest.raises(x509.ExtensionNotFound):
        silent.extensions.get_extension_for_class(x509.CRLDistributionPoints)


def test_the_authority_key_identifier_is_the_identifier_of_the_ca() -> None:
    ca = authority()
    leaf = signing.signed_by(ca, ASKED, rsa_key().public_key(), NOW)
    own = ca.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    its = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert its == own


def test_the_same_request_signed_again_gives_the_same_certificate() -> None:
    first, again = (signing.signed_by(authority(), ASKED, rsa_key().public_key(), NOW) for _ in range(2))
    assert to_der(first) == to_der(again)
    other = signing.signed_by(authority(), ASKED, rsa_key("other").public_key(), NOW)
    assert other.serial_number != first.serial_number
    assert 64 < first.serial_number.bit_length() <= 159


def test_a_certificate_does_not_outlive_its_ca() -> None:
    long = asked(duration=timedelta(days=20 * 365))
    leaf = signing.signed_by(authority(), long, rsa_key().public_key(), NOW)
    assert leaf.not_valid_after_utc == authority().certificate.not_valid_after_utc


def test_a_ca_that_is_made_anew_has_another_name() -> None:
    first, other = (signing.make_authority("um", rsa_key(name), NOW) for name in ("a", "b"))
    assert first.subject != other.subject
    assert len(fact_of(to_der(signing.make_authority("u" * 253, rsa_key(), NOW))).common_name or "") <= 64


async def test_keys_are_made_and_kept_as_pem() -> None:
    key = await keys.generate(2048)
    assert keys.from_pem(keys.to_pem(key)).private_numbers() == key.private_numbers()


def test_a_key_that_does_not_fit_its_public_half_is_refused() -> None:
    own = pem.unarmor(keys.to_pem(rsa_key()))[2]
    mixed = PrivateKeyInfo.load(own)
    mixed["private_key"].parsed["modulus"] = rsa_key("other").public_key().public_numbers().n
    with pytest.raises(keys.UnreadableKeyError, match="does not sign for its own public key"):
        keys.from_pem(pem.armor("PRIVATE KEY", mixed.dump(force=True)))


def test_what_is_no_key_is_refused_without_being_shown() -> None:
    with pytest.raises(keys.UnreadableKeyError) as refused:
        keys.from_pem(keys.to_pem(rsa_key()).replace(b"MII", b"AAA", 1))
    assert "AAA" not in str(refused.value)


def test_the_hash_of_what_is_asked_tells_every_change_of_it_and_nothing_else() -> None:
    changes: list[Asked] = [
        asked(issuer='{"selfSigned":{}}'),
        asked(common_name="ex02.contoso.com"),
        asked(dns_names=()),
        asked(duration=timedelta(days=366)),
        asked(subject=SubjectParts()),
        asked(key_size=4096),
        asked(key_source="Exchange"),
        asked(extended_key_usages=("serverAuth",)),
    ]
    assert len({spec_hash(one) for one in [ASKED, *changes]}) == len(changes) + 1
    reordered = asked(dns_names=("ex01.CONTOSO.com", "um.contoso.com"))
    assert spec_hash(reordered) == spec_hash(replace(ASKED, common_name="EX01.contoso.com"))
    assert spec_hash(ASKED) == "c42d3856bdb43ae6d32b497852304f57358601812d250b26a89ab6cc4eea990d"
