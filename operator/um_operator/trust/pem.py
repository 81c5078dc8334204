"""Certificates as devices keep them: PEM in a file, hex in a running configuration."""

from __future__ import annotations

import base64
import binascii
import re
import ssl
from collections.abc import Iterable
from typing import Final

from um_operator.observed.der import UnreadableCertificateError, loaded

_PEM: Final = re.compile(rb"-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----(.*?)-----END \1-----", re.DOTALL)
_HEX: Final = re.compile(r"^\s*((?:[0-9A-Fa-f]{2,8} ?)+)\s*$")


def of_pem(content: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER) of a PEM file; a whole store of them is nothing unusual.

    Raises:
        UnreadableCertificateError: there is none in it, or one cannot be read.
    """
    try:
        found = [base64.b64decode(b"".join(body.split()), validate=True) for _, body in _PEM.findall(content)]
    except binascii.Error:
        raise UnreadableCertificateError("a PEM block in it is not Base64") from None
    if not found:
        raise UnreadableCertificateError("there is no certificate in PEM in it")
    for der in found:
        loaded(der)
    return tuple(dict.fromkeys(found))


def of_screen(text: str) -> tuple[bytes, ...]:
    """Return the certificates (DER) that a command line printed, in PEM or in blocks of hex; others are none.

    Never raises: what is no certificate is not held.
    """
    found = [base64.b64decode(b"".join(body.split())) for _, body in _PEM.findall(text.encode())]
    block = ""
    for line in (*text.splitlines(), ""):
        if hexadecimal := _HEX.match(line):
            block += hexadecimal[1].replace(" ", "")
        elif block:
            found += _der(block)
            block = ""
    return tuple(dict.fromkeys(found))


def _der(block: str) -> Iterable[bytes]:
    try:
        der = bytes.fromhex(block)
        loaded(der)
    except (ValueError, UnreadableCertificateError):
        return ()
    return (der,)


def to_pem(certificates: Iterable[bytes]) -> str:
    """Return certificates (DER) as PEM, in their order."""
    return "".join(map(ssl.DER_cert_to_PEM_cert, certificates))
