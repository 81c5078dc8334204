"""A UMCertificate beside what was issued for it: which revision is wanted, on which servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from um_operator.desired.organization import DesiredCertificate
from um_operator.observed.certificates import CertificateFact, RevisionFact, ServiceName
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.observed.rollout import Issuance, Rejection
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.renewal import WantedRevision, renewal_of, wanted_revision
from um_operator.planning.rollout.server import ServerCase


@dataclass(frozen=True, slots=True)
class CertificateCase:
    """A UMCertificate, its wanted revision, and the servers that it looks after.

    Attributes:
        issuance: what is remembered of the newest revision that was asked for.
        revisions: what was issued or asked for; a Known list is complete.
        wanted: which revision shall be in force.
        servers: by ``name_key`` of their FQDN, those selected.
    """

    item: DesiredCertificate
    revisions: Fact[tuple[RevisionFact, ...]]
    wanted: WantedRevision | None
    servers: tuple[str, ...]
    issuance: Issuance | None = None

    @property
    def rejected(self) -> Mapping[str, Rejection]:
        """Return which servers could not serve a revision, by ``name_key`` of their FQDN."""
        return self.issuance.rejected if self.issuance else {}

    @property
    def current(self) -> tuple[RevisionFact, ...]:
        """Return what was asked for or issued of the wanted revision, for each server."""
        if isinstance(self.revisions, Unknown) or self.wanted is None:
            return ()
        return tuple(r for r in self.revisions.value if r.number == self.wanted.number)

    def name_of(self, fqdn: str, number: int) -> str:
        """Return how steps and messages name a revision: ``um/ex03.contoso.com/7``, shared ``um/7``."""
        return str(self.named(fqdn, number))

    def named(self, fqdn: str, number: int) -> Revision:
        """Return a revision for a server, the shared one where it is shared."""
        return Revision(self.item.name, number, None if self.item.spec.scope == "Shared" else fqdn.lower())

    def revision_of(self, server: str, number: int | None = None) -> RevisionFact | None:
        """Return a revision for a server (by ``name_key``), the wanted one if no number is given."""
        if isinstance(self.revisions, Unknown) or self.wanted is None:
            return None
        asked = self.wanted.number if number is None else number
        return next((r for r in self.revisions.value if r.number == asked and r.is_for(server)), None)

    def revision_with(self, thumbprint: str | None) -> RevisionFact | None:
        """Return which revision a certificate is, ``None`` if it is none that is known."""
        if thumbprint is None or isinstance(self.revisions, Unknown):
            return None
        return next((r for r in self.revisions.value if r.leaf and r.leaf.thumbprint == thumbprint), None)

    def number_of(self, thumbprint: str | None) -> int | None:
        """Return the number of the revision that a certificate is, likewise."""
        revision = self.revision_with(thumbprint)
        return revision.number if revision else None

    def services_on(self, server: ServerCase) -> tuple[ServiceName, ...]:
        """Return the services of a server that it is for, in the order of restarts."""
        return tuple(name for name in server.services if name in self.item.spec.services)


def certificate_case(  # noqa: PLR0917 - what is declared, remembered, read, put together
    item: DesiredCertificate,
    issuance: Issuance | None,
    revisions: Fact[tuple[RevisionFact, ...]],
    offered: Fact[CertificateFact] | None,
    servers: Iterable[tuple[str, str]],
    now: datetime,
) -> CertificateCase:
    """Return a UMCertificate's case.

    ``offered``: what the Secret holds, if it comes from one. ``servers``: those in scope, key and
    FQDN.
    """
    wanted = None
    if isinstance(revisions, Known):
        leaves = [
            revision.leaf
            for revision in revisions.value
            if issuance and revision.number == issuance.revision and revision.leaf
        ]
        wanted = wanted_revision(
            issuance,
            spec_hash(asked_of(item.spec)),
            item.requested_renew,
            leaves,
            renewal_of(item.spec),
            offered.value if isinstance(offered, Known) else None,
            now,
        )
    selected = tuple(key for key, fqdn in servers if item.servers.selects(fqdn))
    return CertificateCase(item, revisions, wanted, selected, issuance)
