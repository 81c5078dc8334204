"""Certificates in the forms in which they are handed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from pki_support import file, hierarchy, openssl, rsa_key, told
from um_operator.observed.der import UnreadableCertificateError, loaded
from um_operator.pki import certificates, keys

EVERY = (hierarchy().leaf, hierarchy().intermediate, hierarchy().root)
PEM = certificates.to_pem(EVERY)


@pytest.mark.parametrize("form", ["PEM", "PEM among other text", "p7b", "p7b in PEM", "twice", "CRLF"])
def test_a_chain_is_read_in_every_form(form: str) -> None:
    signed = [loaded(der) for der in EVERY]
    forms = {
        "PEM": PEM,
        "PEM among other text": b"subject=ex01\n" + keys.to_pem(rsa_key()) + PEM + b"\ntrailer\n",
        "p7b": pkcs7.serialize_certificates(signed, Encoding.DER),
        "p7b in PEM": pkcs7.serialize_certificates(signed, Encoding.PEM),
        "twice": PEM + PEM,
        "CRLF": PEM.replace(b"\n", b"\r\n"),
    }
    assert sorted(certificates.read(forms[form])) == sorted(EVERY)


def test_one_certificate_is_read_as_der() -> None:
    assert certificates.read(hierarchy().leaf) == (hierarchy().leaf,)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x30\x03abc", keys.to_pem(rsa_key()), PEM.replace(b"MI", b"..", 1)]
)
def test_what_holds_no_certificate_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableCertificateError):
        certificates.read(content)


@pytest.mark.parametrize("encryption", [[], ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"]])
def test_a_pfx_of_openssl_is_opened(tmp_path: Path, encryption: list[str]) -> None:
    content = keys.to_pem(rsa_key()) + PEM
    path = file(tmp_path, "all.pem", content)
    done = openssl("pkcs12", "-export", "-in", path, "-passout", "pass:secret", *encryption)
    told(done)
    opened = certificates.open_pfx(done.stdout, b"secret")
    assert opened.certificates[0] == hierarchy().leaf
    assert set(opened.certificates) == set(EVERY)
    assert opened.key.private_numbers() == rsa_key().private_numbers()


def test_a_pfx_with_rc2_as_old_windows_writes_it_is_opened(tmp_path: Path) -> None:
    path = file(tmp_path, "all.pem", keys.to_pem(rsa_key()) + PEM)
    arguments = ("-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES")
    done = openssl("pkcs12", "-export", "-in", path, "-passout", "pass:secret", *arguments)
    if done.returncode:
        pytest.skip("this openssl has no RC2")
    assert certificates.open_pfx(done.stdout, b"secret").certificates[0] == hierarchy().leaf


@pytest.mark.parametrize("password", [b"wrong", b"", None])
def test_a_pfx_with_another_password_is_refused(tmp_path: Path, password: bytes | None) -> None:
    path = file(tmp_path, "all.pem", keys.to_pem(rsa_key()) + PEM)
    content = openssl("pkcs12", "-export", "-in", path, "-passout", "pass:secret").stdout
    with pytest.raises(UnreadableCertificateError, match="password is another one"):
        certificates.open_pfx(content, password)
