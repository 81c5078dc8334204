"""Whether a server itself trusts a certificate: by its stores, or by its own word (R5)."""

from __future__ import annotations

from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Unknown
from um_operator.planning.rollout.authorities import lacking
from um_operator.planning.rollout.server import ServerCase


def missing_issuers(server: ServerCase, revision: RevisionFact) -> tuple[str, ...]:
    """Return the SHA-256 of issuers that the server's stores are known to lack."""
    if revision.leaf is None:
        return ()
    return lacking(server, (revision.leaf,) if revision.leaf.self_issued else revision.chain)


def shown_valid(server: ServerCase, revision: RevisionFact) -> bool:
    """Whether the server itself calls the certificate valid."""
    if isinstance(server.stored, Unknown) or revision.leaf is None:
        return False
    return any(
        row.certificate.thumbprint == revision.leaf.thumbprint and row.status == "Valid"
        for row in server.stored.value
    )
