"""The ports of SIP (RFC 3261, 19.1.2)."""

from __future__ import annotations

from typing import Final

SIP_PORT: Final = 5060
"""Without TLS."""
SIP_TLS_PORT: Final = 5061
"""Over TLS: where front ends of Lync listen, and gateways of secured plans have to (field notes 6.1)."""
