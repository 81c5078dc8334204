"""The words for how a peer refuses us (RFC 8446 6.2, field notes sip-tls-and-pki 2)."""

from __future__ import annotations

from typing import Final

REFUSALS: Final = frozenset(
    {
        "access_denied",
        "bad_certificate",
        "certificate_expired",
        "certificate_revoked",
        "certificate_unknown",
        "unknown_ca",
        "unsupported_certificate",
    }
)
"""Alerts that speak of the certificate that was shown."""
WITHOUT_CERTIFICATE: Final = "certificate_required"
"""How a refusal is called for want of a certificate, whatever alert the peer's TLS has for it."""
