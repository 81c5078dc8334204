"""PFX files (PKCS#12) for Windows: encrypted as its release can read, and meant for the machine's CSP.

Exchange 2013 and 2016 cannot use a key of a CNG provider ("Invalid provider type specified"), so the file
names the CSP, which the library that writes it cannot say; ``pfx_attributes`` adds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption, PrivateFormat, pkcs12
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES

from um_operator.observed.der import loaded
from um_operator.pki.pfx_attributes import named_for_windows


class Profile(StrEnum):
    """How a PFX is encrypted."""

    LEGACY_3DES = "Legacy3DES"
    """3DES and a MAC of SHA-1: every Windows reads it. The password carries the secret: random, used once."""
    AES256 = "AES256"
    """AES-256 and SHA-256: Windows Server 2019 and later; older ones speak of a wrong password."""


_ROUNDS = 2000
"""Of the key derivation: the password is random and long, and each round costs the reader as well."""


def export(
    profile: Profile,
    key: rsa.RSAPrivateKey,
    certificates: Iterable[bytes],
    *,
    friendly_name: str,
    password: bytes,
) -> bytes:
    """Return a PFX with a key, its certificate and the issuers of that.

    Args:
        profile: what the reader understands.
        key: the private key.
        certificates: DER, the leaf first, then its issuers.
        friendly_name: as Windows shows it.
        password: ASCII, not empty.
    """
    leaf, *issuers = (loaded(der) for der in certificates)
    content = pkcs12.serialize_key_and_certificates(
        friendly_name.encode(), key, leaf, issuers, _encryption(profile, password)
    )
    return named_for_windows(content, password)


def _encryption(profile: Profile, password: bytes) -> KeySerializationEncryption:
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_ROUNDS)
    if profile is Profile.LEGACY_3DES:
        builder = builder.key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())  # noqa: S303
    else:
        builder = builder.key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    return builder.build(password)
