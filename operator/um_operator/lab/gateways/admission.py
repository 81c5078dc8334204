"""May this call come in? Decided from what one server knows of the directory, and nothing else.

Which gateway calls is told by the source address, which dial plan is meant by the hunt group of the dialled
pilot number (field notes 4.1, 4.2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.gateways.answering import Refuse
from um_operator.lab.gateways.calling import Cause
from um_operator.lab.gateways.connection import Peer
from um_operator.lab.gateways.identities import covers
from um_operator.lab.gateways.network import UnreachableError

MOST_GATEWAYS = 200
"""With more gateways in one dial plan the UM service does not start (field notes 4.1)."""

Resolve = Callable[[str], Collection[str]]
"""Every address of a name."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may come in; the mailbox is None for a call to the pilot number itself."""

    gateway: DirectoryObject
    dial_plan: DirectoryObject
    mailbox: DirectoryObject | None


def gateway_at(configuration: Replica, resolve: Resolve, peer: str) -> DirectoryObject | None:
    """The gateway whose address that is; of several the oldest."""
    return next(
        (g for g in configuration.all(Kind.IP_GATEWAY) if _speaks_ipv4(g) and peer in _addresses(g, resolve)),
        None,
    )


def admit(
    configuration: Replica,
    resolve: Resolve,
    *,
    peer: Peer,
    pilot: str,
    extension: str,
    unsecured_over_tls: bool = True,
    member_of: Collection[UUID] = (),
) -> Admitted | Refuse:
    """Admit or refuse a call.

    Args:
        configuration: what the server knows.
        resolve: DNS; raises UnreachableError for a name that it does not know.
        peer: who calls, from where, over what.
        pilot: the number that was dialled.
        extension: the extension that did not answer; empty for a call to the pilot number itself.
        unsecured_over_tls: whether a call over TLS may be for an Unsecured plan.
        member_of: the dial plans that the server belongs to; only those with SIP names have members.
    """
    gateway = _calling(configuration, resolve, peer)
    if isinstance(gateway, Refuse):
        return gateway
    dial_plan = _dial_plan(configuration, gateway, pilot)
    if dial_plan is None:
        return _refuse(Cause.NO_HUNT_GROUP)
    if word(dial_plan, "URIType") == "SipName" and dial_plan.guid not in member_of:
        return _refuse(Cause.NOT_A_MEMBER)
    if refusal := _insecure(dial_plan, peer, unsecured_over_tls=unsecured_over_tls):
        return refusal
    mailbox = _mailbox(configuration, dial_plan, extension)
    if extension and mailbox is None:
        return Refuse(404, Cause.NO_SUCH_MAILBOX)
    return Admitted(gateway, dial_plan, mailbox)


def linked_gateways(configuration: Replica) -> list[DirectoryObject]:
    """The gateways that have a hunt group; the others are inert."""
    linked = {group["Parent"] for group in configuration.all(Kind.HUNT_GROUP)}
    return [gateway for gateway in configuration.all(Kind.IP_GATEWAY) if gateway.guid in linked]


def is_open(configuration: Replica, gateway: str) -> bool:
    """Whether calls of a gateway of that name would come in, as far as the gateway decides."""
    known = configuration.named(Kind.IP_GATEWAY, gateway)
    if known is None or _out_of_service(known) is not None:
        return False
    return bool(configuration.referring(Kind.HUNT_GROUP, "Parent", known.guid))


def overfull_plan(configuration: Replica) -> str | None:
    """The name of a dial plan with more gateways than the UM service can start with."""
    gateways: dict[object, set[object]] = {}
    for group in configuration.all(Kind.HUNT_GROUP):
        gateways.setdefault(group["UMDialPlan"], set()).add(group["Parent"])
    return next(
        (
            plan.name
            for plan in configuration.all(Kind.DIAL_PLAN)
            if len(gateways.get(plan.guid, ())) > MOST_GATEWAYS
        ),
        None,
    )


def word(found: DirectoryObject, attribute: str) -> str:
    """An enum attribute as text."""
    value = found[attribute]
    return str(getattr(value, "name", value))


def _calling(configuration: Replica, resolve: Resolve, peer: Peer) -> DirectoryObject | Refuse:
    """The gateway that calls; over TLS its certificate has to be for the name that Exchange knows it by."""
    gateway = gateway_at(configuration, resolve, peer.address)
    if gateway is None:
        return _refuse(Cause.NOT_A_GATEWAY)
    if peer.certificate is not None and not covers(peer.certificate, str(gateway["Address"])):
        return _refuse(Cause.INCORRECT_NAME)
    return _out_of_service(gateway) or gateway


def _insecure(dial_plan: DirectoryObject, peer: Peer, *, unsecured_over_tls: bool) -> Refuse | None:
    unsecured = word(dial_plan, "VoIPSecurity") == "Unsecured"
    if not unsecured and peer.transport == "tcp":
        return _refuse(Cause.PLAN_REQUIRES_TLS)
    if unsecured and peer.transport == "tls" and not unsecured_over_tls:
        return _refuse(Cause.PLAN_REFUSES_TLS)
    return None


def _out_of_service(gateway: DirectoryObject) -> Refuse | None:
    match word(gateway, "Status"):
        case "Disabled":
            return _refuse(Cause.GATEWAY_DISABLED)
        case "NoNewCalls":
            return _refuse(Cause.NO_NEW_CALLS)
    return None


def _dial_plan(configuration: Replica, gateway: DirectoryObject, pilot: str) -> DirectoryObject | None:
    """The plan of the hunt group with that pilot, or of the one without any, which takes every number."""
    groups = configuration.referring(Kind.HUNT_GROUP, "Parent", gateway.guid)
    groups = sorted(groups, key=lambda group: not group["PilotIdentifier"])
    meant = next((group for group in groups if (group["PilotIdentifier"] or pilot) == pilot), None)
    return configuration.get(meant["UMDialPlan"]) if meant else None


def _mailbox(configuration: Replica, dial_plan: DirectoryObject, extension: str) -> DirectoryObject | None:
    return next(
        (
            mailbox
            for mailbox in configuration.referring(Kind.MAILBOX, "UMDialPlan", dial_plan.guid)
            if mailbox["Extension"] == extension
        ),
        None,
    )


def _speaks_ipv4(gateway: DirectoryObject) -> bool:
    return word(gateway, "IPAddressFamily") != "IPv6Only"


def _addresses(gateway: DirectoryObject, resolve: Resolve) -> Collection[str]:
    try:
        return resolve(str(gateway["Address"]))
    except UnreachableError:
        return ()


def _refuse(cause: Cause) -> Refuse:
    return Refuse(403, cause)
