"""Who takes the calls of a server that goes out of service: another one that is proven to (R11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import ServiceName
from um_operator.observed.exchange import VoIPSecurity
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS, Plain
from um_operator.observed.values import name_key
from um_operator.planning.plan import Wait
from um_operator.planning.rollout.beginning import Beginning
from um_operator.planning.rollout.rollout import rank
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.view import View, known_rows

PROVEN_WITHIN: Final = timedelta(minutes=1)
"""How old may be what is known of the other servers, and the proof that one of them takes the calls (R11)."""


def others_serve(beginning: Beginning) -> Iterator[Wait]:
    """Hold unless, for each service, another server was just proven to take its calls (R11).

    One whose turn comes first does not count: it may go out of service together with this one. Where there
    is no other one a window is enough (R12).
    """
    server, view = beginning.server, beginning.view
    for name in server.targets:
        for serving in _serving_sets(view, server, name):
            others = [other for other in serving.members if other.fqdn != server.fqdn]
            staying = [other for other in others if not _goes_first(view, other, server)]
            lost = frozenset(one for one in serving.securities if _may_hear(server.services[name], one))
            if others and not any(_proven(other, name, lost, view.now) for other in staying):
                message = f"{serving.shown} has no other server whose {name} is proven to take its calls"
                yield Wait(Reason.WAITING_FOR_BUDGET, message, others[0].fqdn)
                return


def is_missed(view: View, server: ServerCase) -> bool:
    """Whether a server that we took out of service, and that could take calls, is missed.

    Others went out of service, not by us alone, so that nobody is left for its calls or more are out than may
    be (R11): it goes back before anything more on it is stopped.
    """
    if server.entry.hold is None or not all(_could_take_calls(server, view.now)):
        return False
    everyone = view.rollout.servers.values()
    out = [other for other in everyone if other.fqdn != server.fqdn and other.out_of_service]
    if all(other.entry.hold for other in out):
        return False
    return len(out) + 1 > view.desired.spec.disruption.max_unavailable or _is_the_last(view, server)


def _is_the_last(view: View, server: ServerCase) -> bool:
    """Whether nobody is left who takes the calls of a server that is not the only one of its kind."""
    for name in server.targets:
        for serving in _serving_sets(view, server, name):
            others = [other for other in serving.members if other.fqdn != server.fqdn]
            if others and all(other.out_of_service for other in others):
                return True
    return False


def _could_take_calls(server: ServerCase, now: datetime) -> Iterator[bool]:
    """Yield, for each service, whether it could; one that we restarted has to be READY for that."""
    for name, service in server.services.items():
        target = server.targets.get(name)
        if service.restart is not None and target is not None:
            yield service.ready(target, now) is True
        else:
            yield service.answers is not False


def turn(view: View, server: ServerCase) -> tuple[bool, bool, tuple[int, str]]:
    """Return when it is a server's turn: what is begun is finished, then who does not hear its calls comes.

    Who has begun waits for nobody who has not: that one waits for it in turn.
    """
    securities = frozenset(plan.voip_security for plan in known_rows(view.snapshot.dial_plans))
    hears = all(_may_hear(service, one) for service in server.services.values() for one in securities)
    return not server.in_hand, hears, rank(server)


def _goes_first(view: View, other: ServerCase, server: ServerCase) -> bool:
    """Whether another server is to be taken out of service, and it is its turn before this one's."""
    waits = other.in_hand or any(other.fqdn == queued.fqdn for queued in view.rollout.queue)
    return waits and turn(view, other) < turn(view, server)


@dataclass(frozen=True, slots=True)
class Serving:
    """Servers of which one can take the place of another, and what their calls come over.

    Attributes:
        shown: for whom, in words.
        securities: of the dial plans that are meant: secured ones need TLS, others plain SIP.
    """

    shown: str
    members: tuple[ServerCase, ...]
    securities: frozenset[VoIPSecurity]


def _serving_sets(view: View, server: ServerCase, name: ServiceName) -> Iterator[Serving]:
    """Yield the servers that a server can be replaced by, for each dial plan and declared gateway."""
    everyone = tuple(other for other in view.rollout.servers.values() if name in other.services)
    securities = {plan.name: plan.voip_security for plan in known_rows(view.snapshot.dial_plans)}
    yield Serving("the organization", everyone, frozenset(securities.values()))
    if name == "UMCallRouter":
        for gateway in view.desired.gateways:
            named = {name_key(fqdn) for fqdn in gateway.call_routers}
            if named and name_key(server.fqdn) in named:
                members = tuple(other for other in everyone if name_key(other.fqdn) in named)
                groups = view.groups_of_gateway.get(name_key(gateway.name), ())
                linked = frozenset(securities[one.dial_plan] for one in groups if one.dial_plan in securities)
                yield Serving(f'gateway "{gateway.name}"', members, linked)
    for plan, keys in _members(view, name).items():
        if name_key(server.fqdn) in keys:
            members = tuple(other for other in everyone if name_key(other.fqdn) in keys)
            own = frozenset({securities[plan]}) if plan in securities else frozenset[VoIPSecurity]()
            yield Serving(f'dial plan "{plan}"', members, own)


def _members(view: View, name: ServiceName) -> dict[str, set[str]]:
    """Return, by dial plan, the servers that are members of it."""
    facts = view.snapshot.um_services if name == "UM" else view.snapshot.call_routers
    members: dict[str, set[str]] = {}
    for key, fact in facts.items():
        if isinstance(fact, Known):
            for plan in fact.value.dial_plans:
                members.setdefault(plan, set()).add(key)
    return members


def _proven(server: ServerCase, name: ServiceName, securities: Iterable[VoIPSecurity], now: datetime) -> bool:
    """Whether a server was seen to take such calls lately, and nothing keeps it out of service."""
    service = server.services.get(name)
    if service is None or server.out_of_service:
        return False
    if service.probed_at is None:
        target = server.targets.get(name)
        bound = target is not None and target.proof == "Bound"
        return bound and service.answers is not False
    heard = all(_hears(service, one) is True for one in securities)
    return now - service.probed_at <= PROVEN_WITHIN and service.answers is True and heard


def _may_hear(service: ServiceCase, security: VoIPSecurity) -> bool:
    """Whether a service is not known to be deaf to the calls of such a dial plan."""
    return _hears(service, security) is not False


def _hears(service: ServiceCase, security: VoIPSecurity) -> bool | None:
    """Whether a port of a service takes calls of such a dial plan; ``None``: it was not seen."""
    port = service.tcp if security == "Unsecured" else service.tls
    if isinstance(port, Unknown):
        return None
    return isinstance(port.value, Plain if security == "Unsecured" else TLS)
