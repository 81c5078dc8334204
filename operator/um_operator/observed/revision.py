"""How a revision of a UMCertificate is named: in plans and statuses, and as a Secret."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

SECRET_NAME_MAX: Final = 253
"""Kubernetes' limit for a name that is a DNS subdomain."""


@dataclass(frozen=True, slots=True, order=True)
class Revision:
    """One issuance of a UMCertificate, for one server or shared by all.

    Attributes:
        certificate: metadata.name of the UMCertificate.
        number: counts up from 1 over all servers of the UMCertificate.
        server: FQDN in lower case; ``None`` when shared.
    """

    certificate: str
    number: int
    server: str | None = None

    @classmethod
    def named(cls, text: str) -> Revision | None:
        """Return the revision of a name as plans and statuses have it, ``None`` if it is no such name."""
        certificate, *rest = text.split("/")
        if len(rest) not in {1, 2} or not rest[-1].isdecimal():
            return None
        return cls(certificate, int(rest[-1]), rest[0] if len(rest) > 1 else None)

    @property
    def secret(self) -> str:
        """Return the name of its Secret: ``um-ex01.contoso.com-7``, shared ``um-7``.

        A name that would be too long is cut; what was cut off is told by its hash. Windows lets a host's name
        have an underscore, Kubernetes does not.
        """
        end = f"-{self.number}"
        server = "" if self.server is None else f"-{self.server.replace('_', '-')}"
        name = f"{self.certificate}{server}"
        if len(name) + len(end) > SECRET_NAME_MAX:
            end = f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}{end}"
            name = name[: SECRET_NAME_MAX - len(end)].rstrip("-.")
        return name + end

    def __str__(self) -> str:
        """Return ``um/ex01.contoso.com/7``, shared ``um/7``, as it stands in plans and statuses."""
        parts = (self.certificate, self.server, str(self.number))
        return "/".join(part for part in parts if part is not None)
