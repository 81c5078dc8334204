"""What a service shall be started with, and what proves that it was."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.observed.exchange import StartupMode


@dataclass(frozen=True, slots=True)
class Target:
    """What a service of a server shall be configured for and serve.

    Attributes:
        mode: the startup mode.
        certificate: name of a revision, or thumbprint of a former certificate; ``None``: no certificate.
        thumbprint: of that certificate, ``None`` while it is not issued.
        takes_back: why this is a way back from a revision that could not be served; empty if it is not.
    """

    mode: StartupMode
    certificate: str | None
    thumbprint: str | None
    takes_back: str = ""

    @property
    def certain(self) -> bool:
        """Whether it can be written now: the certificate is issued, or none is needed."""
        return self.mode == "TCP" or self.thumbprint is not None
