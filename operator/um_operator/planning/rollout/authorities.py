"""Who signed what gateways show, and whether servers know them (R5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from um_operator.desired.organization import DesiredGateway
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.fact import Known, Unknown
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.view import View


def lacking(server: ServerCase, wanted: Iterable[CertificateFact]) -> tuple[str, ...]:
    """Return the SHA-256 of those that a server's stores are known to lack, roots in Root, others in CA."""
    if isinstance(server.stores, Unknown):
        return ()
    stores = server.stores.value
    return tuple(
        one.sha256
        for one in wanted
        if one.sha256 not in (stores.roots if one.self_issued else stores.intermediates)
    )


def authorities_of(item: DesiredGateway, view: View) -> tuple[CertificateFact, ...]:
    """Return who signed a gateway's certificate as its manifest says, nobody while that is not known."""
    fact = view.snapshot.authorities.get(item.key)
    return fact.value if isinstance(fact, Known) else ()


def lacking_of(item: DesiredGateway, view: View) -> Iterator[tuple[ServerCase, tuple[str, ...]]]:
    """Yield the servers that are known to lack who signed a gateway's certificate, and what they lack.

    Only servers that a UMCertificate looks after: whom others trust is not ours to say (R2).
    """
    looked_after = {key for case in view.rollout.certificates.values() for key in case.servers}
    for key, server in view.rollout.servers.items():
        if key in looked_after and (missing := lacking(server, authorities_of(item, view))):
            yield server, missing
