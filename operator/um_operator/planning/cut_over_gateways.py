"""What the gateways of a dial plan lack before it may be secured (R18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.api.sip import SIP_PORT
from um_operator.api.strings import is_fqdn
from um_operator.desired.declared import canonical_address
from um_operator.desired.organization import DesiredGateway, VoIPSecurity
from um_operator.observed.exchange import GatewayFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks.links import gateways_of, linked_plans, tls_port
from um_operator.planning.checks.peer import UNANSWERED, Fault, faults
from um_operator.planning.plan import Wait
from um_operator.planning.rollout.authorities import lacking_of
from um_operator.planning.rollout.peers import SOON, UNDER_WAY, Peer, shown_revision
from um_operator.planning.view import View

BY_WORD: Final = frozenset(
    {
        Reason.CLIENT_CERTIFICATE_REJECTED,
        Reason.CLIENT_CERTIFICATE_REQUIRED,
        Reason.INCONCLUSIVE,
        Reason.NAME_NOT_RESOLVED,
        Reason.NO_ANSWER,
        Reason.NOT_PROBED,
        Reason.PEER_TRUST_UNKNOWN,
        Reason.PROBABLE_ACCESS_CONTROL,
        Reason.PROBABLE_CERTIFICATE_REJECTION,
        Reason.UNREACHABLE,
    }
)
"""What a person's word makes good: that a gateway trusts us, and speaks TLS where that is not seen (R6)."""


def waits_of(plan: str, security: VoIPSecurity, view: View) -> Iterator[Wait]:
    """Yield one wait for each thing that a gateway of a plan lacks."""
    for name in gateways_of(view, plan):
        yield from _gateway(name, security, view)


def shown(view: View, gateway: str) -> str:
    """Return how a gateway (``name_key``) is named: as its own resource, else as in Exchange.

    Those of pools share the resource of their integration, which would not tell one from another.
    """
    declared, live = view.gateways.get(gateway), view.gateway(gateway)
    if declared is not None:
        return str(declared.key) if declared.key.kind == "UMIPGateway" else declared.name
    return live.value.name if isinstance(live, Known) and live.value is not None else gateway


Lack: TypeAlias = tuple[str, str]
"""What is missing: why the gateway is not ready, in one word and in a sentence."""


def _gateway(name: str, security: VoIPSecurity, view: View) -> Iterator[Wait]:
    live = view.gateway(name)
    who = shown(view, name)
    if isinstance(live, Unknown):
        yield Wait(Reason.WAITING_FOR_GATEWAYS, live.message, who, live.reason)
        return
    declared = view.gateways.get(name)
    address = declared.address if declared else live.value.address if live.value else ""
    lacks = (
        *_unfit(address, declared, security),
        *_plans_beside(name, view),
        *_as_declared(declared, live.value, name, view),
        *_distrusting(declared, view),
    )
    yield from (Wait(Reason.WAITING_FOR_GATEWAYS, message, who, detail) for detail, message in lacks)
    goes_to_no_tls_port = any(detail == Reason.NOT_DECLARED for detail, _ in lacks)
    for fault in () if goes_to_no_tls_port else probe(name, address, view):
        if fault.reason == UNDER_WAY:
            yield Wait(UNDER_WAY, fault.message, who, until=view.now + SOON)
        else:
            yield Wait(Reason.WAITING_FOR_GATEWAYS, fault.message, who, fault.reason)


def _unfit(address: str, declared: DesiredGateway | None, security: VoIPSecurity) -> Iterator[Lack]:
    """Yield what a person has to change of a gateway's manifest."""
    if not is_fqdn(address):
        yield Reason.ADDRESS_NOT_FQDN, f'address "{address}" is no FQDN'
    if security == "Secured" and (declared is None or declared.media != "SRTP"):
        yield Reason.MEDIA_NOT_SRTP, 'Secured asks every linked gateway to declare media "SRTP"'


def _plans_beside(name: str, view: View) -> Iterator[Lack]:
    """Yield the plans of a gateway that need its port for plain SIP."""
    for plan in linked_plans(view, name, view.gateways.get(name)):
        if not plan.becomes_secured:
            message = f'it is also linked to dial plan "{plan.name}", which stays Unsecured'
            yield Reason.LINKED_TO_UNSECURED, message


def _as_declared(
    declared: DesiredGateway | None, live: GatewayFact | None, name: str, view: View
) -> Iterator[Lack]:
    """Yield why a gateway is not reached as it has to be, or will not be."""
    if live is None:
        yield Reason.WAITING_FOR_GATEWAY, "it does not exist in Exchange yet"
    elif declared is None:
        if live.port == SIP_PORT and not _is_on_tls(name, declared, view):
            message = f'its port is "{live.port}", and no UMIPGateway stands for it to change that'
            yield Reason.NOT_DECLARED, message
    else:
        if canonical_address(live.address) != declared.address:
            message = f'its address is "{live.address}", not "{declared.address}" yet'
            yield Reason.WAITING_FOR_GATEWAY, message
        if live.port != tls_port(view, name, live) and (why := _rests(declared, view)):
            yield why, f'its port stays "{live.port}": nothing is written to it now'


def _distrusting(declared: DesiredGateway | None, view: View) -> Iterator[Lack]:
    """Yield the servers that would not believe a gateway, by who signed its certificate (R5)."""
    for server, _ in lacking_of(declared, view) if declared is not None else ():
        message = f'"{server.fqdn}" lacks CAs of its certificate, as spec.trust.caRef names them'
        yield Reason.CHAIN_UNTRUSTED, message


def _rests(declared: DesiredGateway, view: View) -> Reason | None:
    """Return why nothing is written to a gateway now, ``None`` if it may be."""
    if declared.deleting:
        return Reason.DELETING
    if declared.care.suspended:
        return Reason.SUSPENDED
    if declared.care.hold_at(view.now) is not None:
        return Reason.HOLD
    return Reason.OBSERVE if declared.care.mode == "Observe" else None


def _is_on_tls(name: str, declared: DesiredGateway | None, view: View) -> bool:
    return any(plan.is_secured for plan in linked_plans(view, name, declared))


def probe(name: str, address: str, view: View) -> Iterator[Fault]:
    """Yield what keeps a gateway's TLS port from being known to work with our servers' certificates.

    Args:
        name: ``name_key`` of its name in Exchange.
        address: as which it is called.
        view: where the looks at it are.
    """
    live = view.gateway(name)
    port = tls_port(view, name, live.value if isinstance(live, Known) else None)
    looks = [fact for (gateway, _), fact in view.snapshot.peers.items() if gateway == name]
    found = dict.fromkeys(fault for fact in looks for fault in _look(fact, address, port, view))
    answered_for = _is_answered_for(name, view)
    if not looks and not answered_for:
        yield Fault(Reason.NOT_PROBED, f'"{address}:{port}" has not been seen to speak TLS')
    yield from (fault for fault in found if not (answered_for and fault.reason in BY_WORD))


def shown_faults(name: str, address: str, view: View) -> Iterator[Fault]:
    """Yield what a gateway shows beyond doubt to be wrong; nothing of one that cannot be seen (R4)."""
    for (gateway, _), fact in view.snapshot.peers.items():
        if gateway == name and isinstance(fact, Known):
            yield from (fault for fault in faults(fact.value, address, view.now) if not fault.ambiguous)


def _look(fact: Fact[PeerLook], address: str, port: int, view: View) -> Iterator[Fault]:
    place = f'"{address}:{port}"'
    if isinstance(fact, Unknown):
        is_told = fact.reason == UNDER_WAY or fact.reason in UNANSWERED
        message = fact.message if is_told else f"{place} has not been seen to speak TLS: {fact.message}"
        yield Fault(Reason(fact.reason) if is_told else Reason.NOT_PROBED, message)
        return
    look, listener = fact.value, fact.value.listener
    if (canonical_address(look.host), look.port) != (canonical_address(address), port):
        yield Fault(UNDER_WAY, f'"{look.host}:{look.port}" was looked at, and not {place} yet')
    elif fact.read_at < view.now - 2 * view.desired.interval:
        yield Fault(Reason.NOT_PROBED, f"{place} was seen too long ago")
    elif found := tuple(faults(look, address, view.now)):
        yield from found
    elif isinstance(listener, TLS) and listener.requests_client_certificate and not _is_served(look, view):
        message = f"{place} was not shown a certificate that our servers serve"
        yield Fault(Reason.PEER_TRUST_UNKNOWN, message)


def _is_served(look: PeerLook, view: View) -> bool:
    """Whether what a gateway was shown is what a service serves."""
    served = (
        service.tls.value.leaf.sha256
        for server in view.rollout.servers.values()
        for service in server.services.values()
        if isinstance(service.tls, Known) and isinstance(service.tls.value, TLS)
    )
    return look.shown is not None and look.shown in served


def _is_answered_for(name: str, view: View) -> bool:
    """Whether a person says that a gateway trusts every certificate, or does not hold us back for it (R6)."""
    declared = view.gateways.get(name)
    peer = Peer(declared.name if declared else name, declared)
    revisions = [shown_revision(case.revisions) for case in view.rollout.certificates.values()]
    return bool(revisions) and all(one is not None and peer.lets(one) for one in revisions)
