"""What a service shall be started with, and what proves that it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.exchange import StartupMode

Proof: TypeAlias = Literal["Wire", "Bound"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a service of a server shall be configured for and serve.

    Attributes:
        mode: the startup mode.
        certificate: name of a revision, or thumbprint of a former certificate; ``None``: no certificate.
        thumbprint: of that certificate, ``None`` while it is not issued.
        owner: the UMCertificate that wants it.
        proof: what counts as proof that it is served.
        revision: the number of the revision that it is, or that it takes back.
        takes_back: why this is a way back from a revision that is rejected; empty if it is not.
    """

    mode: StartupMode
    certificate: str | None
    thumbprint: str | None
    owner: ObjectKey
    proof: Proof = "Wire"
    revision: int | None = None
    takes_back: str = ""
