"""Which certificate the services beside Unified Messaging use on each server.

UM and the call router have theirs in the directory; IIS, POP, IMAP and SMTP keep theirs on the machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


class Bindings:
    """Services by server and thumbprint, and the certificates that connectors name."""

    def __init__(self) -> None:
        self._enabled: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._smtp: dict[str, str] = {}
        self.connectors: dict[str, str] = {}
        """Names of Send connectors by the thumbprint that they name."""

    def of(self, fqdn: str, thumbprint: str) -> frozenset[str]:
        """The services that a certificate is enabled for."""
        return frozenset(self._enabled.get(fqdn, {}).get(thumbprint, ()))

    def default_smtp(self, fqdn: str) -> str | None:
        """Thumbprint of the server's default SMTP certificate."""
        return self._smtp.get(fqdn)

    def enable(self, fqdn: str, thumbprint: str, services: Iterable[str]) -> None:
        """Enable a certificate for more services; SMTP may have several, the last one is the default."""
        wanted = set(services)
        for held in self._enabled[fqdn].values():
            held.difference_update(wanted - {"SMTP"})
        self._enabled[fqdn][thumbprint] |= wanted
        if "SMTP" in wanted:
            self._smtp[fqdn] = thumbprint

    def forget(self, fqdn: str, thumbprint: str) -> None:
        """Forget a certificate that is gone."""
        self._enabled[fqdn].pop(thumbprint, None)
