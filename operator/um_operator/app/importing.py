"""An import is two effects: a server gets the issuers of a certificate first, then the certificate (R5)."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.engine.ports import Carrier
from um_operator.hosts.carrier import Issuers
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import ImportCertificate, InstallChain, Step


@dataclass(frozen=True, slots=True)
class Importing:
    """Carries out ``ImportCertificate``. Both effects may be repeated: a store keeps one copy of each."""

    on_hosts: Carrier
    on_exchange: Carrier
    issuers: Issuers

    async def carry(self, step: Step, domain_controller: str | None) -> Outcome:
        """Add the issuers to the server's stores, then import the certificate. Never raises.

        A host whose stores cannot be reached does not keep the certificate from being imported: whether the
        server trusts it is asked again before it is bound.
        """
        assert isinstance(step, ImportCertificate)
        known = await self.issuers.issuers(step.certificate)
        if known:
            chain = InstallChain(
                owner=step.owner,
                server=step.server,
                certificate=step.certificate,
                missing=tuple(sorted(known)),
            )
            await self.on_hosts.carry(chain, domain_controller)
        return await self.on_exchange.carry(step, domain_controller)
