"""Whom others have to trust, both ways: our CAs for peers to load, gateways' CAs for servers (R5, R7)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.revision import Revision
from um_operator.observed.trust import bundle_name
from um_operator.planning.checks.links import GatewayCase
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.plan import DIFFERS, Finding, Weight
from um_operator.planning.rollout.authorities import authorities_of, lacking_of
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.trust import anchor_of
from um_operator.planning.steps.trust import SHOWN, PublishAuthorities, TrustGateway
from um_operator.planning.view import View


def publication(view: View, case: CertificateCase) -> Verdict:
    """Ask for the CAs of the wanted revision, and of what is still served, in the ConfigMap for peers.

    What else is in it stays: a CA that is no longer used is taken out by a person (R7).
    """
    published = view.snapshot.bundles.get(case.item.key)
    if not isinstance(published, Known) or case.wanted is None or case.item.spec.startup_mode == "TCP":
        return NOTHING
    sources = {
        anchor.sha256: str(Revision(case.item.name, revision.number, revision.server))
        for revision in _in_use(view, case)
        if (anchor := anchor_of(revision)) is not None
    }
    missing = tuple(sorted(sources.keys() - published.value))
    if not missing and any(revision.leaf for revision in case.current):
        return NOTHING
    step = PublishAuthorities(
        owner=case.item.key,
        config_map=bundle_name(case.item.key.name),
        revision=case.wanted.number,
        certificates=tuple(dict.fromkeys(sources[sha256] for sha256 in missing)),
        missing=missing,
    )
    return ask(step, paths={"published"})


def authorities(case: GatewayCase) -> Verdict:
    """Ask for who signed a gateway's certificate in the stores of every server, as ``trust.caRef`` says."""
    item, view = case.item, case.view
    fact = view.snapshot.authorities.get(item.key)
    if isinstance(fact, Unknown):
        weight: Weight = "Pending" if fact.reason == Reason.DEPENDENCY_NOT_FOUND else "Unread"
        return Verdict((case.finding(weight, fact.reason, fact.message, "trust.caRef"),))
    wanted = tuple(sorted(one.sha256 for one in authorities_of(item, view)))
    verdict = NOTHING
    for server, missing in lacking_of(item, view):
        path = f"trust.caRef[{server.fqdn}]"
        names = ", ".join(f'"{sha256[:SHOWN]}"' for sha256 in missing)
        message = f'"{server.fqdn}" lacks CAs of gateway "{item.name}" in its stores: {names}'
        verdict += Verdict((Finding(item.key, case.weight, DIFFERS, message, path, names, None),))
        if case.fought(path):
            verdict += Verdict((case.correction_stopped(path),))
            continue
        step = TrustGateway(
            owner=item.key, server=server.fqdn, gateway=item.name, authorities=wanted, missing=missing
        )
        verdict += ask(step, paths={path})
    return verdict


def _in_use(view: View, case: CertificateCase) -> Iterator[RevisionFact]:
    """Yield the issued revisions that are wanted or served."""
    served = {
        service.tls.value.leaf.sha256
        for server in view.rollout.of(case.item.key)
        for service in server.services.values()
        if isinstance(service.tls, Known) and isinstance(service.tls.value, TLS)
    }
    for revision in case.revisions.value if isinstance(case.revisions, Known) else ():
        if revision.leaf is not None and (revision in case.current or revision.leaf.sha256 in served):
            yield revision
