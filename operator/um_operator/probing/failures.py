"""What a probe that could not tell says, one word a cause, and how TLS alerts are called (field notes 2)."""

from __future__ import annotations

import ssl
from enum import StrEnum


class ProbeReason(StrEnum):
    """Why nothing is known of a port."""

    NAME_NOT_RESOLVED = "NameNotResolved"
    """DNS has no address for the name."""
    UNREACHABLE = "Unreachable"
    """No connection: no route, or no answer in time."""
    NO_ANSWER = "NoAnswer"
    """It takes connections and answers neither TLS nor SIP in time."""
    CLOSED_BY_PEER = "ClosedByPeer"
    """It takes connections and hangs up without a word, as to an address that it does not know."""
    NO_COMMON_PROTOCOL = "NoCommonProtocol"
    """It speaks TLS, in no version from 1.0 to 1.2."""
    TLS_FAILED = "TLSFailed"
    """The handshake failed before a certificate was shown."""
    NOT_SIP = "NotSIP"
    """It speaks, but neither TLS nor SIP."""
    CERTIFICATE_NOT_UNDERSTOOD = "CertificateNotUnderstood"
    """It showed a certificate that cannot be read."""


class ProbeError(Exception):
    """A probe that could not tell; the message is one line for a person."""

    def __init__(self, reason: ProbeReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class RefusedError(Exception):
    """Every address of a name refuses connections on the port."""


CLOSED = "closed"
"""How a refusal without an alert is called."""
CERTIFICATE_REQUIRED = "certificate_required"
"""How a refusal for want of our certificate is called, whatever alert the peer's TLS has for it.

RFC 8446 has an alert of that name. Before, OpenSSL says handshake_failure, GnuTLS decode_error, and some only
hang up.
"""
PROTOCOL_VERSION = 70

_PREFIX = "ALERT_DESCRIPTION_"


def alert_name(number: int) -> str:
    """Return the name of a TLS alert in the words of RFC 8446, such as ``unknown_ca``."""
    try:
        return ssl.AlertDescription(number).name.removeprefix(_PREFIX).lower()
    except ValueError:
        return f"alert_{number}"
