"""The facts of trust that order the steps of a certificate: what is missing, in either direction (R5, R6)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.reasons import Reason
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.trust import bundle_name
from um_operator.observed.values import name_key
from um_operator.planning.plan import Need, Wait
from um_operator.planning.rollout.authorities import authorities_of, lacking
from um_operator.planning.rollout.chain import missing_issuers, shown_valid
from um_operator.planning.rollout.peers import served_before, tls_peers, untrusting
from um_operator.planning.rollout.subject_of import revision_of, server_of
from um_operator.planning.steps import subjects
from um_operator.planning.steps.certificate import ConfigureService
from um_operator.planning.steps.trust import DeliverTrust, PublishAuthorities
from um_operator.planning.view import View


def chain_is_valid_on_the_host(step: ConfigureService, view: View) -> Iterator[Wait]:
    """Whether the server itself trusts the certificate: it says so, or its stores hold every issuer."""
    revision = revision_of(step, view)
    if step.mode == "TCP" or revision is None or revision.leaf is None:
        return
    server = server_of(step, view)
    if missing := missing_issuers(server, revision):
        names = ", ".join(f'"{sha256[:8]}"' for sha256 in missing)
        yield Wait(
            Reason.WAITING_FOR_CERTIFICATE,
            f'"{step.server}" lacks issuers of certificate "{step.certificate}": {names}',
            step.server,
            detail=Reason.CHAIN_UNTRUSTED,
            needs=(Need(subjects.of_stores(step.server)),),
        )
    elif isinstance(server.stores, Unknown) and not shown_valid(server, revision):
        yield Wait(
            Reason.WAITING_FOR_CERTIFICATE,
            f'whether "{step.server}" trusts certificate "{step.certificate}" is not known: '
            f"{server.stores.message}",
            step.server,
            detail=Reason.CHAIN_UNTRUSTED,
        )


def peers_trust_the_chain(step: ConfigureService, view: View) -> Iterator[Wait]:
    """Whether every peer that speaks TLS with us trusts a new chain (R6); a half is never left (R8).

    A way back from what was begun is never held; one from what is in force is as new as any other.
    """
    server = server_of(step, view)
    service = server.services[step.service]
    back = bool(step.rejects)
    if (back and service.in_sequence) or step.mode == "TCP":
        return
    case = view.rollout.certificates[step.owner]
    revision = case.revision_with(step.thumbprint) if back else revision_of(step, view)
    if revision is None or revision.leaf is None:
        return
    if not service.is_half_written:
        yield from untrusting(server.wanted_by(step.owner), revision, step.owner, view)


def authorities_are_known(step: PublishAuthorities, view: View) -> Iterator[Wait]:
    """Whether a revision is issued, so that it is known whom peers have to trust."""
    if step.missing:
        return
    case = view.rollout.certificates[step.owner]
    servers = [server.fqdn for server in view.rollout.of(step.owner)]
    known = [one for fqdn in servers if (one := case.revision_of(name_key(fqdn), step.revision))]
    told = next((one for one in known if one.message), None)
    denied = told is not None and told.state == "Denied"
    message = told.message if told else "the issuer has not answered yet"
    yield Wait(
        Reason.ISSUANCE_DENIED if denied else Reason.ISSUANCE_PENDING,
        f'whom peers have to trust is known once revision "{step.revision}" is issued: {message}',
        detail=told.reason if told else "",
        needs=tuple(
            Need(subjects.of_certificate(name))
            for name in dict.fromkeys(case.name_of(fqdn, step.revision) for fqdn in servers)
        ),
    )


def gateways_are_trusted(step: ConfigureService, view: View) -> Iterator[Wait]:
    """Whether the server has who signed the certificates of the gateways that speak TLS with it (R5).

    Only what is known to be missing holds a new chain: it is about to be added.
    """
    revision, server = revision_of(step, view), server_of(step, view)
    if (
        step.rejects
        or step.mode == "TCP"
        or revision is None
        or server.services[step.service].is_half_written
    ):
        return
    if served_before(server.wanted_by(step.owner), revision, view):
        return
    for peer in tls_peers(view):
        wanted = authorities_of(peer.declared, view) if peer.declared else ()
        if missing := lacking(server, wanted):
            names = ", ".join(f'"{sha256[:8]}"' for sha256 in missing)
            yield Wait(
                Reason.WAITING_FOR_CERTIFICATE,
                f'"{step.server}" lacks CAs of gateway "{peer.name}": {names}',
                step.server,
                detail=Reason.CHAIN_UNTRUSTED,
                needs=(Need(subjects.of_gateway_in_stores(step.server, peer.name)),),
            )


def authorities_are_published(step: DeliverTrust, view: View) -> Iterator[Wait]:
    """Whether the ConfigMap has what is brought to a device, so that all peers are told the same."""
    published = next(
        (fact for key, fact in view.snapshot.bundles.items() if bundle_name(key.name) == step.config_map),
        None,
    )
    held = published.value if isinstance(published, Known) else frozenset[str]()
    if not step.missing or not held.issuperset(step.missing):
        yield Wait(
            Reason.WAITING_FOR_CERTIFICATE,
            f'ConfigMap "{step.config_map}" does not have yet whom the device has to trust',
            needs=(Need(subjects.of_config_map(step.config_map)),),
        )


def device_is_free(step: DeliverTrust, view: View) -> Iterator[Wait]:
    """Whether nobody else is at work on the device (R24)."""
    fact = view.snapshot.deliveries.get(step.owner)
    if isinstance(fact, Known) and fact.value.reason is not None:
        message = f'the device of gateway "{step.gateway}" is left alone: {fact.value.busy}'
        yield Wait(Reason.WAITING_FOR_DEVICE, message, str(step.owner), detail=fact.value.reason)
