"""What Windows wants to find beside the key in a PFX: the provider, and that it is the machine's key.

The attributes stand outside of what is encrypted, but inside of what the MAC covers: it is made anew.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

from asn1crypto import core, pkcs12

PROVIDER: Final = "Microsoft RSA SChannel Cryptographic Provider"
"""The CSP whose keys SChannel and Exchange 2013 and 2016 use; a CAPI provider, not a CNG one."""
_PROVIDER_OID: Final = "1.3.6.1.4.1.311.17.1"
_MACHINE_KEYSET_OID: Final = "1.3.6.1.4.1.311.17.2"
_MAC_KEY_PURPOSE: Final = 3
"""The ID of MAC keys in the derivation of RFC 7292, appendix B.3."""
_BLOCK: Final = {"sha1": 64, "sha256": 64}
"""Bytes that each of these hashes takes at a time; RFC 7292 calls it v."""


def named_for_windows(content: bytes, password: bytes) -> bytes:
    """Return a PFX whose key bag names the provider and the machine's key set.

    Args:
        content: of a PFX with a MAC, its key in a bag that is not encrypted as a whole.
        password: ASCII.
    """
    pfx = pkcs12.Pfx.load(content)
    safes = pfx.authenticated_safe
    for safe in safes:
        if safe["content_type"].native == "data":
            bags = pkcs12.SafeContents.load(safe["content"].native)
            for bag in bags:
                if bag["bag_id"].native == "pkcs8_shrouded_key_bag":
                    bag["bag_attributes"] = _with_windows(bag["bag_attributes"])
            safe["content"] = core.OctetString(bags.dump(force=True))
    authenticated = safes.dump(force=True)
    pfx["auth_safe"]["content"] = core.OctetString(authenticated)
    mac = pfx["mac_data"]
    mac["mac"]["digest"] = _mac(mac, authenticated, password)
    return bytes(pfx.dump(force=True))


def _with_windows(attributes: Any) -> core.Asn1Value:
    """Return the attributes and ours; DER orders a SET by the encoding of what is in it."""
    ours = (_attribute(_PROVIDER_OID, core.BMPString(PROVIDER).dump()), _attribute(_MACHINE_KEYSET_OID))
    encoded = sorted([*(one.dump() for one in attributes), *ours])
    return pkcs12.Attributes(contents=b"".join(encoded))


def _attribute(oid: str, *values: bytes) -> bytes:
    """Return the DER of an attribute with these values; the library's own have other types for these OIDs."""
    content = core.ObjectIdentifier(oid).dump() + core.SetOf(contents=b"".join(values), spec=core.Any).dump()
    return bytes(core.Sequence(contents=content).dump())


def _mac(mac: Any, authenticated: bytes, password: bytes) -> bytes:
    algorithm = mac["mac"]["digest_algorithm"]["algorithm"].native
    salt, iterations = mac["mac_salt"].native, mac["iterations"].native
    return hmac.digest(_mac_key(algorithm, salt, iterations, password), authenticated, algorithm)


def _mac_key(algorithm: str, salt: bytes, iterations: int, password: bytes) -> bytes:
    """Return the key of a MAC (RFC 7292, appendix B.2), which is one block of output for these hashes."""
    block = _BLOCK[algorithm]
    characters = password.decode("ascii").encode("utf-16-be") + b"\0\0"
    digest = bytes([_MAC_KEY_PURPOSE]) * block + _filled(salt, block) + _filled(characters, block)
    for _ in range(iterations):
        digest = hashlib.new(algorithm, digest).digest()
    return digest


def _filled(content: bytes, block: int) -> bytes:
    """Return content, repeated until it fills whole blocks."""
    length = -(-len(content) // block) * block
    return (content * (length // len(content) + 1))[:length]
