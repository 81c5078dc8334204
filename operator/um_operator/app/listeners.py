"""What protected listeners of a device show from outside: the same before and after a change of it (R24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from um_operator.observed.fact import Unknown
from um_operator.observed.hosts import TLS, Closed
from um_operator.probing.prober import Prober

DEADLINE: Final = 5.0
"""Seconds for one look."""


@dataclass(frozen=True, slots=True)
class ProtectedListeners:
    """Looks at listeners as nobody: what they show before they ask who one is."""

    prober: Prober

    async def heard(self, listener: str) -> frozenset[str] | None:
        """Return what a listener (host:port) shows, in words that stand for themselves; ``None``: nothing.

        Of a list of CAs that it accepts each is one, so that one which is added takes nothing away.
        """
        host, _, port = listener.rpartition(":")
        fact = await self.prober.tls(host.strip("[]"), int(port), deadline=DEADLINE)
        if isinstance(fact, Unknown) or isinstance(fact.value, Closed):
            return None
        if not isinstance(fact.value, TLS):
            return frozenset({"SIP without TLS"})
        seen = fact.value
        accepts = {f"accepts {name}" for name in seen.accepted_authorities}
        return frozenset({"TLS", f"certificate {seen.leaf.sha256}", *accepts})
