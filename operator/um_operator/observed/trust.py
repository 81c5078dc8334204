"""The CAs of a UMCertificate as peers are told to trust them: the ConfigMap ``<umcert>-trust``."""

from __future__ import annotations

from typing import Final

KEY: Final = "ca.crt"
"""The key of the ConfigMap: certificates in PEM, one after another."""


def bundle_name(certificate: str) -> str:
    """Return the name of the ConfigMap of a UMCertificate, by its metadata.name."""
    return f"{certificate}-trust"
