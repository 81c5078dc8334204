"""PFX files for Windows, judged by OpenSSL: encryption, MAC, and what stands beside the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_support import file, hierarchy, openssl, rsa_key, told
from um_operator.pki import certificates, keys, pfx
from um_operator.pki.pfx import Profile

PASSWORD = b"0123456789abcdefghijABCDEFGHIJ.-"
CHAIN = (hierarchy().leaf, hierarchy().intermediate)
EXPECTED = {
    Profile.LEGACY_3DES: (
        "MAC: sha1, Iteration 2048",
        "PKCS7 Encrypted data: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000",
        "Shrouded Keybag: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000",
    ),
    Profile.AES256: (
        "MAC: sha256, Iteration 2048",
        "PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 2000, PRF hmacWithSHA256",
        "Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration 2000, PRF hmacWithSHA256",
    ),
}


def made(profile: Profile, password: bytes = PASSWORD) -> bytes:
    return pfx.export(profile, rsa_key(), CHAIN, friendly_name="um-operator um/ex01/7", password=password)


@pytest.mark.parametrize("profile", Profile)
def test_openssl_verifies_the_mac_and_finds_encryption_provider_and_key_set(
    tmp_path: Path, profile: Profile
) -> None:
    path = file(tmp_path, "made.pfx", made(profile))
    text = told(openssl("pkcs12", "-info", "-noenc", "-in", path, "-passin", f"pass:{PASSWORD.decode()}"))
    for line in EXPECTED[profile]:
        assert line in text
    assert "Microsoft CSP Name: Microsoft RSA SChannel Cryptographic Provider" in text
    assert "Microsoft Local Key set: <No Values>" in text
    assert "friendlyName: um-operator um/ex01/7" in text
    assert text.count("BEGIN CERTIFICATE") == 2
    assert keys.to_pem(rsa_key()).decode() in text


@pytest.mark.parametrize("profile", Profile)
def test_openssl_refuses_it_when_a_byte_of_what_the_mac_covers_is_changed(
    tmp_path: Path, profile: Profile
) -> None:
    content = bytearray(made(profile))
    content[content.index("Microsoft RSA".encode("utf-16-be"))] ^= 1
    path = file(tmp_path, "changed.pfx", bytes(content))
    done = openssl("pkcs12", "-noout", "-in", path, "-passin", f"pass:{PASSWORD.decode()}")
    assert done.returncode != 0
    assert b"mac verify" in done.stderr.lower()


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("password", [b"a", b"a" * 31, b"a" * 200])
def test_passwords_of_any_length_open_it(profile: Profile, password: bytes) -> None:
    opened = certificates.open_pfx(made(profile, password), password)
    assert opened.certificates == CHAIN
    assert opened.key.private_numbers() == rsa_key().private_numbers()
