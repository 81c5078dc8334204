"""Facts about those who speak TLS with Unified Messaging: what a gateway shows to a certificate of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.hosts import Listener

PeerKey: TypeAlias = tuple[str, ObjectKey]
"""A gateway, by ``name_key`` of its name in Exchange, and the UMCertificate as which it was looked at."""


@dataclass(frozen=True, slots=True)
class PeerLook:
    """A look at the TLS port of a gateway, as one of our servers.

    Attributes:
        listener: what it was seen to be; a ``refusal`` is that of what we showed.
        shown: SHA-256 of the certificate that we had to show; ``None``: none, for its key is not here.
    """

    listener: Listener
    shown: str | None
