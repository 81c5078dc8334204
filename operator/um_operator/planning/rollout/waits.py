"""What the beginning of a server's sequence waits for, so that the phones stay up (R4, R11-R16).

Only beginnings are held back; what is begun is finished (R13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.values import name_key
from um_operator.planning.plan import POLL, Wait
from um_operator.planning.renewal import LAST_CALL
from um_operator.planning.rollout import evidence
from um_operator.planning.rollout.rollout import rank
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import START_DEADLINE
from um_operator.planning.steps.certificate import WINDOWS_SERVICES, ConfigureService, DrainServer
from um_operator.planning.view import View


@dataclass(frozen=True, slots=True)
class Beginning:
    """A step that would begin something that interrupts calls on a server."""

    step: ConfigureService | DrainServer
    server: ServerCase
    view: View


Hold: TypeAlias = Callable[[Beginning], Iterator[Wait]]

PROVEN_WITHIN: Final = timedelta(minutes=1)
"""How old the proof may be that another server takes the calls (R11)."""
RESTART: Final = timedelta(minutes=5)
"""What a restart of both services takes at most, from the stop until they are READY (field notes 5)."""


def is_beginning(step: object, server: ServerCase) -> bool:
    """Whether a step begins something that interrupts calls, so that it may be held back (R13).

    What is taken back, what is half written and what was begun before is no beginning.
    """
    if isinstance(step, ConfigureService):
        return not step.rejects and not server.services[step.service].is_half_written
    return isinstance(step, DrainServer) and server.entry.hold is None


def server_is_known(beginning: Beginning) -> Iterator[Wait]:
    """Hold while a server does not show whether it is in service and what runs there (R1)."""
    server = beginning.server
    processes = [server.services[name].process for name in server.targets]
    for fact in (server.component, *processes):
        if isinstance(fact, Unknown):
            message = f'"{server.fqdn}" does not show what runs there: {fact.message}'
            yield Wait(Reason.WAITING_FOR_SERVER, message, server.fqdn, detail=fact.reason)
            return


def server_is_ours(beginning: Beginning) -> Iterator[Wait]:
    """Hold where a person keeps the server out of service: it is theirs (R14)."""
    server = beginning.server
    if server.foreign:
        yield Wait(
            Reason.WAITING_FOR_SERVER,
            f'"{server.fqdn}" is out of service by someone else ({server.out_of_service}); it is left alone',
            server.fqdn,
            detail=Reason.FOREIGN_MAINTENANCE,
        )


def server_is_settled(beginning: Beginning) -> Iterator[Wait]:
    """Hold while a service that somebody just started comes up: until then it shows nothing to go by."""
    server, now = beginning.server, beginning.view.now
    for name in server.targets:
        start = server.services[name].process_start
        if start is not None and now < start + START_DEADLINE:
            message = f'{WINDOWS_SERVICES[name]} on "{server.fqdn}" was just started'
            until = start + START_DEADLINE
            yield Wait(Reason.WAITING_FOR_SERVICE, message, server.fqdn, until=until)
            return


def baseline(beginning: Beginning) -> Iterator[Wait]:
    """Hold unless a probe of the server worked from here before (R4)."""
    server = beginning.server
    for name, target in server.targets.items():
        if target.proof == "Bound":
            continue
        service = server.services[name]
        for fact in (service.tcp, service.tls):
            if isinstance(fact, Unknown):
                message = (
                    f'"{server.fqdn}" cannot be probed from here ({fact.message}), so nothing would prove it'
                )
                yield Wait(
                    Reason.WAITING_FOR_BASELINE, message, server.fqdn, detail=Reason.PROBE_PATH_BLOCKED
                )
                return


def plans_are_effective(beginning: Beginning) -> Iterator[Wait]:
    """Hold a mode that some dial plans do not allow until every server has read what they are now (R19)."""
    step, view = beginning.step, beginning.view
    if not isinstance(step, ConfigureService) or step.mode == "Dual":
        return
    for plan in view.desired.dial_plans:
        written = view.ledger.entry(plan.key).written_at
        until = written + view.desired.spec.replication_grace + POLL if written else None
        if until is not None and view.now < until:
            message = f'dial plan "{plan.name}" was changed, and not every server may have read that yet'
            yield Wait(Reason.WAITING_FOR_REPLICATION, message, str(plan.key), until=until)
            return


def nothing_rejected(beginning: Beginning) -> Iterator[Wait]:
    """Hold while a server could not serve this revision: the next one is not touched (R17)."""
    case = beginning.view.rollout.certificates[beginning.step.owner]
    for key, rejection in sorted(case.rejected.items()):
        if case.wanted is not None and rejection.revision == case.wanted.number and key in case.servers:
            why = f'"{key}" could not serve it ({rejection.message})'
            yield Wait(Reason.REJECTED, f'revision "{rejection.revision}" is rejected: {why}', key)
            return


def soaked(beginning: Beginning) -> Iterator[Wait]:
    """Hold for some time after each server, so that trouble shows on one only (R16)."""
    server, view = beginning.server, beginning.view
    soak = view.desired.spec.disruption.soak
    for other in view.rollout.servers.values():
        ended = other.entry.activated_at
        if ended is not None and other.fqdn != server.fqdn and view.now < ended + soak:
            message = f'"{other.fqdn}" is watched before the next server begins'
            yield Wait(Reason.WAITING_FOR_SOAK, message, other.fqdn, until=ended + soak)
            return


def without_evidence(beginning: Beginning) -> Iterator[Wait]:
    """Hold when a server that was restarted in this rollout reports that calls fail (R16)."""
    view = beginning.view
    issuance = view.rollout.certificates[beginning.step.owner].issuance
    for server, event in evidence.new_events(view.rollout.servers, view.snapshot.hosts, issuance):
        message = (
            f'"{server.fqdn}" reports event "{event.event_id}" since its restart: {event.message}; '
            "the annotation unifiedmessaging.dev/retry-requested-at lets the rollout go on"
        )
        yield Wait(Reason.ROLLOUT_STOPPED, message, server.fqdn)
        return


def budget(beginning: Beginning) -> Iterator[Wait]:
    """Hold while too many are out of service, whoever is the cause, or it is another one's turn (R11)."""
    server, view = beginning.server, beginning.view
    allowed = view.desired.spec.disruption.max_unavailable
    out = view.rollout.unavailable
    others = {
        fqdn: why
        for fqdn, why in out.items()
        if fqdn != server.fqdn and not _comes_after(view.rollout.servers[name_key(fqdn)], server)
    }
    if len(others) + 1 > allowed:
        named = ", ".join(f'"{fqdn}" ({why})' for fqdn, why in sorted(others.items()))
        message = f"{len(others)} of {allowed} servers that may be out of service are: {named}"
        yield Wait(Reason.WAITING_FOR_BUDGET, message, sorted(others)[0], detail=_foreign(view, others))
        return
    ahead = [
        other.fqdn for other in view.rollout.queue if rank(other) < rank(server) and other.fqdn not in out
    ]
    if not server.in_hand and len(others) + len(ahead) + 1 > allowed:
        yield Wait(Reason.WAITING_FOR_BUDGET, f'it is the turn of "{ahead[0]}" first', ahead[0])


def others_serve(beginning: Beginning) -> Iterator[Wait]:
    """Hold unless, for each service, another server was proven to take calls within the last minute (R11).

    One whose turn comes first does not count: it may go out of service together with this one. Where there
    is no other one a window is enough (R12).
    """
    server, view = beginning.server, beginning.view
    for name in server.targets:
        for shown, members in _serving_sets(view, server, name):
            others = [other for other in members if other.fqdn != server.fqdn]
            staying = [other for other in others if not _goes_first(view, other, server)]
            if others and not any(_proven(other, name, view.now) for other in staying):
                message = f"{shown} has no other server whose {name} is proven to take calls"
                yield Wait(Reason.WAITING_FOR_BUDGET, message, others[0].fqdn)
                return


HOLDS: Final[tuple[Hold, ...]] = (
    server_is_ours, server_is_known, server_is_settled, baseline, plans_are_effective, nothing_rejected,
    without_evidence, soaked, budget, others_serve,
)  # fmt: skip


def waits_of(beginning: Beginning) -> tuple[Wait, ...]:
    """Return the first thing that the beginning of a sequence waits for."""
    return next((found for hold in HOLDS if (found := tuple(hold(beginning)))), ())


def window_is_missed(view: View, owner: ObjectKey) -> bool:
    """Whether what a UMCertificate's servers serve ends so soon that no window is waited for (R12)."""
    ends = served_until(view, owner)
    return (
        view.desired.spec.on_missed_window == "Proceed" and ends is not None and view.now >= ends - LAST_CALL
    )


def served_until(view: View, owner: ObjectKey) -> datetime | None:
    """Return the earliest end of what the servers of a UMCertificate serve, ``None`` if none serves any."""
    ends = [
        listener.value.leaf.not_after
        for server in view.rollout.of(owner)
        for name in server.targets
        if isinstance(listener := server.services[name].tls, Known) and hasattr(listener.value, "leaf")
    ]
    return min(ends, default=None)


def needed(view: View) -> timedelta:
    """Return how long a server is out of service at most, from its draining on (R13)."""
    return view.desired.spec.disruption.drain_timeout + RESTART


def _goes_first(view: View, other: ServerCase, server: ServerCase) -> bool:
    """Whether another server is to be taken out of service, and it is its turn before this one's."""
    waits = other.in_hand or any(other.fqdn == queued.fqdn for queued in view.rollout.queue)
    return waits and rank(other) < rank(server)


def _comes_after(other: ServerCase, server: ServerCase) -> bool:
    """Whether another server is in hand as well, still takes calls, and waits for this one."""
    return server.in_hand and not other.out_of_service and rank(other) > rank(server)


def _foreign(view: View, others: Iterable[str]) -> str:
    """Return why a person has to come, if somebody keeps one of these servers out of service (R14)."""
    theirs = any(view.rollout.servers[name_key(fqdn)].foreign for fqdn in others)
    return Reason.FOREIGN_MAINTENANCE if theirs else ""


def _serving_sets(
    view: View, server: ServerCase, name: ServiceName
) -> Iterator[tuple[str, list[ServerCase]]]:
    """Yield the servers that a server can be replaced by, for each dial plan and declared gateway."""
    everyone = [other for other in view.rollout.servers.values() if name in other.services]
    yield "the organization", everyone
    if name == "UMCallRouter":
        for gateway in view.desired.gateways:
            named = {name_key(fqdn) for fqdn in gateway.call_routers}
            if named and name_key(server.fqdn) in named:
                members = [other for other in everyone if name_key(other.fqdn) in named]
                yield f'gateway "{gateway.name}"', members
    for plan, keys in _members(view, name).items():
        if name_key(server.fqdn) in keys:
            yield f'dial plan "{plan}"', [other for other in everyone if name_key(other.fqdn) in keys]


def _members(view: View, name: ServiceName) -> dict[str, set[str]]:
    """Return, by dial plan, the servers that are members of it."""
    facts = view.snapshot.um_services if name == "UM" else view.snapshot.call_routers
    members: dict[str, set[str]] = {}
    for key, fact in facts.items():
        if isinstance(fact, Known):
            for plan in fact.value.dial_plans:
                members.setdefault(plan, set()).add(key)
    return members


def _proven(server: ServerCase, name: ServiceName, now: datetime) -> bool:
    """Whether a server was seen to take calls lately, and nothing keeps it out of service."""
    service = server.services.get(name)
    if service is None or server.out_of_service:
        return False
    if service.probed_at is None:
        target = server.targets.get(name)
        bound = target is not None and target.proof == "Bound"
        return bound and service.answers is not False
    return now - service.probed_at <= PROVEN_WITHIN and service.answers is True
