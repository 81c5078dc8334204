"""What a probe that could not tell says, and how TLS alerts are called (field notes 2)."""

from __future__ import annotations

import ssl

from um_operator.api.reasons import Reason


class ProbeError(Exception):
    """A probe that could not tell; the message is one line for a person."""

    def __init__(self, reason: Reason, message: str) -> None:
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
NO_COMMON_CIPHER = frozenset({"handshake_failure", "insufficient_security"})
"""How a peer says that it can use no cipher of ours, before it has shown anything."""

_PREFIX = "ALERT_DESCRIPTION_"


def alert_name(number: int) -> str:
    """Return the name of a TLS alert in the words of RFC 8446, such as ``unknown_ca``."""
    try:
        return ssl.AlertDescription(number).name.removeprefix(_PREFIX).lower()
    except ValueError:
        return f"alert_{number}"
