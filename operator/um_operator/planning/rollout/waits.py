"""What the beginning of a server's sequence waits for, so that the phones stay up (R4, R11-R16).

Only beginnings are held back; what is begun is finished (R13).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.observed.fact import Unknown
from um_operator.observed.values import name_key
from um_operator.planning import securing
from um_operator.planning.plan import POLL, Wait
from um_operator.planning.renewal import LAST_CALL
from um_operator.planning.rollout import evidence
from um_operator.planning.rollout.beginning import Beginning, Hold
from um_operator.planning.rollout.rejections import (
    against_going_on,
    nothing_rejected,
    plans_allow_the_way_back,
    without_evidence,
)
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import START_DEADLINE
from um_operator.planning.rollout.serving import PROVEN_WITHIN, others_serve, turn
from um_operator.planning.steps import SnapshotField
from um_operator.planning.steps.certificate import WINDOWS_SERVICES, ConfigureService
from um_operator.planning.view import View

LOOK: Final[frozenset[SnapshotField]] = frozenset({"um_services", "call_routers", "hosts", "dial_plans"})
"""What shows whether a rollout may go on: servers with all they say, and what calls come over."""
AVAILABILITY: Final[frozenset[SnapshotField]] = frozenset({"availability", "dial_plans"})
"""What shows whether servers take calls, and what these come over."""
RESTART: Final = timedelta(minutes=5)
"""What a restart of both services takes at most, from the stop until they are READY (field notes 5)."""


def server_is_known(beginning: Beginning) -> Iterator[Wait]:
    """Hold while a server does not show whether it is in service and what runs there (R1)."""
    server = beginning.server
    processes = [server.services[name].process for name in server.targets]
    for fact in (server.component, *processes):
        if isinstance(fact, Unknown):
            message = f'"{server.fqdn}" does not show what runs there: {fact.message}'
            yield Wait(Reason.WAITING_FOR_SERVER, message, server.fqdn, detail=fact.reason)
            return


def servers_are_known(beginning: Beginning) -> Iterator[Wait]:
    """Hold unless every server was looked at just now: all count (R11)."""
    yield from everyone_was_looked_at(beginning.view, LOOK)


def everyone_was_looked_at(view: View, reads: frozenset[SnapshotField]) -> Iterator[Wait]:
    """Yield the servers that were looked at neither in this pass nor within the last minute.

    Args:
        view: what is known.
        reads: what has to be looked at of them.
    """
    oldest = min(view.pass_started, view.now - PROVEN_WITHIN)
    for server in view.rollout.servers.values():
        if any(at < oldest for at in server.read_at):
            message = f'"{server.fqdn}" has to be read again'
            yield Wait(Reason.WAITING_FOR_READING, message, server.fqdn, reads=reads)


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


def soaked(beginning: Beginning) -> Iterator[Wait]:
    """Hold for some time after each server and secured plan, so that trouble has one cause only (R16).

    So where more than one may be out of service they go out together, and none while another one restarts.
    """
    view, own = beginning.view, beginning.server.fqdn
    servers = (*_restarting(view, but_for=own), *_watched_servers(view, but_for=own))
    yield from (*servers, *_watched_plans(view, ()))[:1]


def watched(view: View, plan: ObjectKey) -> Iterator[Wait]:
    """Yield what is watched before a plan is secured: servers, plans that were, and what they show (R16)."""
    within = view.desired.spec.disruption.soak + evidence.LAST_LOOK
    told = against_going_on(view.rollout.servers.values(), None, within=within)
    if told is not None and not _was_secured_since(told[0].entry.activated_at, view):
        message = f"{told[1]}; retry-requested-at of its UMCertificate lets it go on"
        yield Wait(Reason.ROLLOUT_STOPPED, message, told[0].fqdn)
    yield from _watched_servers(view, evidence.LAST_LOOK)
    own = set(securing.ports_of(view.ledger.entry(plan)))
    along = [
        item.key
        for item, _ in securing.under_way(view)
        if item.key == plan or own & set(securing.ports_of(view.ledger.entry(item.key)))
    ]
    yield from _watched_plans(view, along)


def _was_secured_since(instant: datetime | None, view: View) -> bool:
    """Whether a plan was secured after an instant, so that what servers have told since is of that, too."""
    befores = (view.ledger.entry(plan.key).before_secure for plan in view.desired.dial_plans)
    at = [before.secured_at for before in befores if before is not None and before.secured_at is not None]
    return instant is not None and any(one >= instant for one in at)


def _restarting(view: View, but_for: str) -> Iterator[Wait]:
    """Yield the servers out of service of which a service was stopped, where they are watched afterwards."""
    for other in view.rollout.servers.values() if view.desired.spec.disruption.soak else ():
        if other.fqdn != but_for and other.entry.hold is not None and other.entry.restarts:
            message = f'"{other.fqdn}" is restarted, and watched before anything else is interrupted'
            yield Wait(Reason.WAITING_FOR_SOAK, message, other.fqdn)


def _watched_servers(view: View, more: timedelta = timedelta(), but_for: str = "") -> Iterator[Wait]:
    """Yield the servers that were put back into service so lately that they are watched; ``more``: longer."""
    soak = view.desired.spec.disruption.soak + more
    for other in view.rollout.servers.values():
        ended = other.entry.activated_at
        if ended is not None and other.fqdn != but_for and view.now < ended + soak:
            message = f'"{other.fqdn}" is watched before anything else is interrupted'
            yield Wait(Reason.WAITING_FOR_SOAK, message, other.fqdn, until=ended + soak)


def _watched_plans(view: View, but_for: Collection[ObjectKey]) -> Iterator[Wait]:
    for plan, before in securing.under_way(view):
        until = securing.watched_until(before, view)
        if plan.key not in but_for and (until is None or view.now < until):
            message = f'dial plan "{plan.name}" is watched before anything else is interrupted'
            yield Wait(Reason.WAITING_FOR_SOAK, message, str(plan.key), until=until)


def budget(beginning: Beginning) -> Iterator[Wait]:
    """Hold while too many are out of service, whoever is the cause, or it is another one's turn (R11)."""
    server, view = beginning.server, beginning.view
    allowed = view.desired.spec.disruption.max_unavailable
    out = view.rollout.unavailable
    others = {
        fqdn: why
        for fqdn, why in out.items()
        if fqdn != server.fqdn and not _comes_after(view, view.rollout.servers[name_key(fqdn)], server)
    }
    if len(others) + 1 > allowed:
        named = ", ".join(f'"{fqdn}" ({why})' for fqdn, why in sorted(others.items()))
        message = f"{len(others)} of {allowed} servers that may be out of service are: {named}"
        yield Wait(Reason.WAITING_FOR_BUDGET, message, sorted(others)[0], detail=_foreign(view, others))
        return
    ahead = [
        other.fqdn
        for other in view.rollout.queue
        if turn(view, other) < turn(view, server) and other.fqdn not in out
    ]
    if not server.in_hand and len(others) + len(ahead) + 1 > allowed:
        yield Wait(Reason.WAITING_FOR_BUDGET, f'it is the turn of "{ahead[0]}" first', ahead[0])


HOLDS: Final[tuple[Hold, ...]] = (
    server_is_ours, server_is_known, server_is_settled, baseline, plans_are_effective,
    plans_allow_the_way_back, nothing_rejected, without_evidence, soaked, budget, servers_are_known,
    others_serve,
)  # fmt: skip
"""Nobody is looked at anew while what was last seen holds anyway; a full pass sees when that ended."""


OF_THE_SERVER: Final[tuple[Hold, ...]] = (
    server_is_ours, server_is_known, plans_are_effective, plans_allow_the_way_back, nothing_rejected,
)  # fmt: skip
"""What holds where no calls are taken away: whether others could take them is no question."""


def waits_of(beginning: Beginning) -> tuple[Wait, ...]:
    """Return the first thing that the beginning of a sequence waits for."""
    holds = OF_THE_SERVER if beginning.brings_back else HOLDS
    return next((found for hold in holds if (found := tuple(hold(beginning)))), ())


def window_is_missed(view: View, owner: ObjectKey) -> bool:
    """Whether what a UMCertificate's servers serve ends so soon that no window is waited for (R12)."""
    ends = served_until(view, owner)
    return (
        view.desired.spec.on_missed_window == "Proceed" and ends is not None and view.now >= ends - LAST_CALL
    )


def needs_no_window(view: View, owner: ObjectKey) -> bool:
    """Whether sequences for a UMCertificate begin outside windows as well."""
    return window_is_missed(view, owner) or _window_is_waived(view, owner)


def _window_is_waived(view: View, owner: ObjectKey) -> bool:
    """Whether a person who calls the wanted revision of a UMCertificate bad wants no window waited for."""
    case = view.rollout.certificates[owner]
    asked, wanted = case.item.requested_rollback, case.wanted
    if asked is None or not asked.now or wanted is None or asked.revision != wanted.number:
        return False
    return any(one.by_a_person and one.revision == wanted.number for one in case.rejected.values())


def served_until(view: View, owner: ObjectKey) -> datetime | None:
    """Return the earliest end of what the servers of a UMCertificate serve, ``None`` if none serves any."""
    servers = view.rollout.of(owner)
    return min((leaf.not_after for server in servers for leaf in server.served.values()), default=None)


def needed(view: View) -> timedelta:
    """Return how long a server is out of service at most, from its draining on (R13)."""
    return view.desired.spec.disruption.drain_timeout + RESTART


def _comes_after(view: View, other: ServerCase, server: ServerCase) -> bool:
    """Whether another server is in hand as well, still takes calls, and waits for this one."""
    return server.in_hand and not other.out_of_service and turn(view, other) > turn(view, server)


def _foreign(view: View, others: Iterable[str]) -> str:
    """Return why a person has to come, if somebody keeps one of these servers out of service (R14)."""
    theirs = any(view.rollout.servers[name_key(fqdn)].foreign for fqdn in others)
    return Reason.FOREIGN_MAINTENANCE if theirs else ""
