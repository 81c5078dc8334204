"""The CAs of a UMCertificate as peers are told to trust them: the ConfigMap ``<umcert>-trust``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KEY: Final = "ca.crt"
"""The key of the ConfigMap: certificates in PEM, one after another."""


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """What a ConfigMap of that name holds.

    Attributes:
        ours: whether the operator made it for this UMCertificate; another one is never written.
        authorities: SHA-256 of the certificates in it.
    """

    ours: bool
    authorities: frozenset[str] = frozenset()


def bundle_name(certificate: str) -> str:
    """Return the name of the ConfigMap of a UMCertificate, by its metadata.name."""
    return f"{certificate}-trust"
