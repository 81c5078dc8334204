"""Whom others have to trust, both ways: our CAs for peers to load, gateways' CAs for servers (R5, R7)."""

from __future__ import annotations

from um_operator.api.reasons import Reason
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.trust import bundle_name
from um_operator.planning.checks.links import GatewayCase
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.plan import DIFFERS, Finding, Weight
from um_operator.planning.rollout.authorities import authorities_of, in_use, lacking_of
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.steps.trust import SHOWN, PublishAuthorities, TrustGateway
from um_operator.planning.view import View


def publication(view: View, case: CertificateCase) -> Verdict:
    """Ask for the CAs of the wanted revision, and of what is still served, in the ConfigMap for peers.

    What else is in it stays: a CA that is no longer used is taken out by a person (R7).
    """
    published = view.snapshot.bundles.get(case.item.key)
    if not isinstance(published, Known) or case.wanted is None or case.item.spec.startup_mode == "TCP":
        return NOTHING
    sources = in_use(case, view)
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
