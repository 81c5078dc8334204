"""What the stop of front ends waits for, so that their pool goes on (R22, R23), and what their start does.

Only the stop is held back. A start waits for nothing but the stop itself (R13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from um_operator.api.durations import canonical
from um_operator.api.reasons import Reason
from um_operator.observed.fact import Known
from um_operator.observed.front_ends import FRONT_END_SERVICE, LyncServiceFact
from um_operator.observed.values import name_key
from um_operator.planning.front_ends import evidence
from um_operator.planning.front_ends.pool import PoolCase
from um_operator.planning.plan import Wait

BETWEEN_DOMAINS: Final = timedelta(minutes=20)
"""How long Lync Server 2013 is left alone after an upgrade domain is up again (field notes 5.6)."""
START_TIME: Final = timedelta(minutes=10)
"""How long the services of a front end may take to start before they are told again."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A front end that would be told to stop now.

    Attributes:
        batch: FQDNs of those that go down together, it among them.
        exactly_quorum: whether an approval covers that just as many are left as the pool needs.
        soak: how long is waited after each restart (R16).
    """

    pool: PoolCase
    batch: tuple[str, ...]
    exactly_quorum: bool
    soak: timedelta
    now: datetime

    @property
    def down(self) -> frozenset[str]:
        """Return which front ends (``name_key``) would be down, with those that are already."""
        keys = {name_key(one) for one in self.pool.computers}
        return frozenset((keys - self.pool.running) | {name_key(one) for one in self.batch})


Hold: TypeAlias = Callable[[Stop], Iterator[Wait]]


def everything_is_in_place(stop: Stop) -> Iterator[Wait]:
    """Hold until all that front ends are to find is there: they look for it only when they start (S11)."""
    if stop.pool.begins_anew:
        message = f'not everything that pool "{stop.pool.fact.fqdn}" is to find is in place yet'
        yield _wait(stop, Reason.WAITING_FOR_PLANS, message)


def everything_is_known(stop: Stop) -> Iterator[Wait]:
    """Hold while anything of the pool could not be read (R1)."""
    for unknown in stop.pool.unread():
        message = f'pool "{stop.pool.fact.fqdn}" could not be read: {unknown.message}'
        yield _wait(stop, Reason.WAITING_FOR_READING, message, unknown.reason)
        return


def store_has_replicated(stop: Stop) -> Iterator[Wait]:
    """Hold while a front end lacks changes of the Central Management store (R23)."""
    replicated = stop.pool.replicated
    if not isinstance(replicated, Known):
        return
    for computer in stop.pool.computers:
        if not replicated.value.get(name_key(computer), False):
            message = f'"{computer}" does not have every change of the Central Management store yet'
            yield _wait(stop, Reason.WAITING_FOR_MANAGEMENT_STORE, message)
            return


def others_run(stop: Stop) -> Iterator[Wait]:
    """Hold while a front end is down that does not go down with this one, whoever stopped it (R23)."""
    together = set(map(name_key, stop.batch))
    for computer in stop.pool.computers:
        key = name_key(computer)
        if key in stop.pool.running or (key in together and key in stop.pool.stopped):
            continue
        service = stop.pool.front_end_service(computer)
        what = (
            "was told to stop" if key in stop.pool.stopped else f"is {service.status if service else 'gone'}"
        )
        message = f'{FRONT_END_SERVICE} on "{computer}" {what}'
        yield _wait(stop, Reason.FRONT_END_DOWN, message)
        return


def pool_is_ready(stop: Stop) -> Iterator[Wait]:
    """Hold until the pool says that it can lose these front ends, one that cannot say it for good (R23)."""
    readiness = stop.pool.readiness
    if not isinstance(readiness, Known):
        return
    told, name = readiness.value, stop.pool.fact.fqdn
    if told is None:
        message = f'pool "{name}" does not tell whether it can lose a front end'
    elif told.state != "Ready":
        message = f'pool "{name}" is "{told.state}", not "Ready"'
    elif told.active < told.total:
        message = f'of pool "{name}" {told.active} of {told.total} front ends are active'
    else:
        domains = {domain.name: domain for one in stop.batch if (domain := told.domain_of(one))}
        busy = next((domain.name for domain in domains.values() if not domain.ready), "")
        if not busy:
            return
        message = f'upgrade domain "{busy}" of pool "{name}" is not ready'
    yield _wait(stop, Reason.POOL_NOT_READY, message)


def routing_groups_stay_whole(stop: Stop) -> Iterator[Wait]:
    """Hold where a routing group would be left without primary and secondary (R23)."""
    fabric = stop.pool.fabric
    if not isinstance(fabric, Known):
        return
    name = stop.pool.fact.fqdn
    if fabric.value is None or not fabric.value.complete:
        message = f'the routing groups of pool "{name}" are not known'
        yield _wait(stop, Reason.ROUTING_GROUP_AT_RISK, message)
        return
    for group in fabric.value.groups:
        if not group.sound or not group.sound_without(stop.down):
            when = "would be left" if group.sound else "is"
            message = (
                f'routing group "{group.identifier}" of pool "{name}" {when} without primary and secondary'
            )
            yield _wait(stop, Reason.ROUTING_GROUP_AT_RISK, message)
            return


def quorum_is_left(stop: Stop) -> Iterator[Wait]:
    """Hold where fewer front ends would be left than the pool needs, or just as many unapproved (R23)."""
    quorum = stop.pool.quorum
    left = [key for key in map(name_key, stop.pool.computers) if key not in stop.down]
    margin = quorum.margin(stop.pool.computers, left) if quorum else -1
    if margin > 0 or (margin == 0 and stop.exactly_quorum):
        return
    what = "exactly as many front ends as it needs" if margin == 0 else "fewer front ends than it needs"
    message = f'pool "{stop.pool.fact.fqdn}" would be left with {what}'
    yield _wait(stop, Reason.QUORUM_AT_RISK, message)


def last_restart_is_behind(stop: Stop) -> Iterator[Wait]:
    """Hold for some time after a restart in the pool, for Lync Server 2013 no less than 20 minutes (R16)."""
    known = stop.pool.integrated
    pause = max(stop.soak, BETWEEN_DOMAINS if stop.pool.product == "Lync2013" else timedelta())
    together = set(map(name_key, stop.batch))
    instants = [
        one.restarted_at
        for key, one in (known.front_ends.items() if known else ())
        if one.restarted_at is not None and key not in together
    ]
    until = max(instants, default=stop.now - pause) + pause
    if stop.now < until:
        message = f'pool "{stop.pool.fact.fqdn}" is watched before another front end goes down'
        yield Wait(Reason.WAITING_FOR_SOAK, message, stop.pool.fact.fqdn, until=until)


def nothing_speaks_against_it(stop: Stop) -> Iterator[Wait]:
    """Hold when a front end that was restarted tells that its calls fail: going on would not help (R16)."""
    told = evidence.against(stop.pool)
    if told is not None:
        computer, event = told
        message = (
            f'front end "{computer}" reports event "{event.event_id}" since its restart: {event.message}; '
            "the annotation unifiedmessaging.dev/retry-requested-at lets the restarts go on"
        )
        yield Wait(Reason.CALLS_REJECTED, message, computer)


STOP_HOLDS: Final[tuple[Hold, ...]] = (
    everything_is_in_place, everything_is_known, store_has_replicated, others_run, pool_is_ready,
    routing_groups_stay_whole, quorum_is_left, nothing_speaks_against_it, last_restart_is_behind,
)  # fmt: skip


def start_waits(pool: PoolCase, computer: str, now: datetime) -> Iterator[Wait]:
    """Yield what the start of a front end that we told to stop waits for: that it has stopped.

    What it was told to start gets its time. Where the front end cannot be read for longer than its sessions
    may take, it is started all the same: what runs stays as it is (R13).
    """
    stopped, service = pool.stopped[name_key(computer)], pool.front_end_service(computer)
    ends, name = stopped.since + pool.wish.drain_timeout, f'{FRONT_END_SERVICE} on "{computer}"'
    told = stopped.started_at
    if told is not None and now < told + START_TIME and not _others_are_next(pool, computer):
        message = f'what ran on "{computer}" was just told to start'
        yield Wait(Reason.WAITING_FOR_SERVICE, message, computer, until=told + START_TIME)
    elif not isinstance(pool.services.get(name_key(computer)), Known):
        if now < ends:
            yield Wait(Reason.WAITING_FOR_READING, f"the state of {name} is not known", computer, until=ends)
    elif stopped.refused:
        if not pool.missing(computer):
            message = f"{name} refused to stop, and nothing is known to be down"
            yield Wait(Reason.WAITING_FOR_SERVICE, message, computer)
    elif told is None and service is not None and not pool.has_stopped(computer):
        yield from _drain_waits(pool, computer, service, now)


def _drain_waits(pool: PoolCase, computer: str, service: LyncServiceFact, now: datetime) -> Iterator[Wait]:
    """Yield what is waited for while sessions end; nothing if the front end is to go on with them (R23)."""
    stopped, name = pool.stopped[name_key(computer)], f'{FRONT_END_SERVICE} on "{computer}"'
    ends = stopped.since + pool.wish.drain_timeout
    if pool.takes_back(computer):
        return
    if now < ends:
        waited = f'{name} lets its sessions end for up to "{canonical(pool.wish.drain_timeout)}"'
        yield Wait(Reason.WAITING_FOR_CALLS, waited, computer, until=ends)
    else:
        message = (
            f'{name} is "{service.status}": its sessions did not end within '
            f'"{canonical(pool.wish.drain_timeout)}", and none is cut; end them there, or wait: once they '
            "have ended it stops, and is started again"
        )
        yield Wait(Reason.DRAIN_TIMED_OUT, message, computer)


def _others_are_next(pool: PoolCase, computer: str) -> bool:
    """Whether the Front-End service was started and runs: what depends on it may have been refused before."""
    service = pool.front_end_service(computer)
    runs = service is not None and service.status == "Running"
    return runs and FRONT_END_SERVICE in pool.stopped[name_key(computer)].starting


def _wait(stop: Stop, reason: Reason, message: str, detail: str = "") -> Wait:
    return Wait(reason, message, stop.pool.fact.fqdn, detail=detail)
