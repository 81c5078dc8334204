"""WinRM message encryption: a SOAP envelope sealed by the connection's security context (MS-WSMV 2.2.9.1)."""

from __future__ import annotations

import struct
from typing import Any, Final

_BOUNDARY: Final = b"--Encrypted Boundary"
_OCTETS: Final = b"\tContent-Type: application/octet-stream\r\n"
_TYPE: Final = "application/HTTP-{}-session-encrypted"
_LENGTH: Final = struct.Struct("<i")


def scheme(content_type: str) -> str:
    """Return Negotiate or Kerberos for the content type of a sealed message, empty for a plain one."""
    kind = content_type.lower()
    if not kind.startswith("multipart/encrypted"):
        return ""
    return "Kerberos" if "http-kerberos-" in kind else "Negotiate"


def content_type(scheme: str) -> str:
    """Return the content type of a sealed message; ``scheme`` is Negotiate or Kerberos."""
    return f'multipart/encrypted;protocol="{_protocol(scheme)}";boundary="Encrypted Boundary"'


def unseal(context: Any, body: bytes) -> bytes:
    """Return the envelope in a sealed message.

    Raises:
        ValueError: the message is malformed, or its length is not what it says.
        SpnegoError: it was not sealed by this connection's context.
    """
    head, octets, sealed = body.partition(_OCTETS)
    tail = _BOUNDARY + b"--\r\n"
    if not octets or not sealed.endswith(tail):
        raise ValueError("not a message of WinRM encryption")
    payload = sealed.removesuffix(tail)
    (length,) = _LENGTH.unpack_from(payload)
    signature, data = payload[_LENGTH.size : _LENGTH.size + length], payload[_LENGTH.size + length :]
    envelope: bytes = context.unwrap_winrm(signature, data)
    if len(envelope) != int(head.partition(b"Length=")[2].split()[0]):
        raise ValueError("the length of a sealed message is wrong")
    return envelope


def seal(context: Any, scheme: str, envelope: bytes, *, gap: bool = False) -> bytes:
    """Return an envelope as a sealed message; with a gap as Exchange writes it."""
    boundary = _BOUNDARY.replace(b"--", b"-- ") if gap else _BOUNDARY
    signature, data, padding = context.wrap_winrm(envelope)
    original = f"type=application/soap+xml;charset=UTF-8;Length={len(envelope) + padding}"
    return b"".join(
        (
            boundary + b"\r\n",
            f"\tContent-Type: {_protocol(scheme)}\r\n\tOriginalContent: {original}\r\n".encode(),
            boundary + b"\r\n" + _OCTETS,
            _LENGTH.pack(len(signature)),
            signature,
            data,
            boundary + b"--\r\n",
        )
    )


def _protocol(scheme: str) -> str:
    return _TYPE.format("Kerberos" if scheme == "Kerberos" else "SPNEGO")
