"""Front ends of Lync: who stops them when, whose calls end, what a pool can lose (R3, R14, R20 to R26)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.invariants.machines import SETTINGS
from um_operator.lab.invariants.pools import Pools, PoolView, Restart
from um_operator.lab.invariants.situation import Memory, Situation
from um_operator.lab.invariants.world import Thing, World, names_in
from um_operator.lab.journal import Effect

FRONT_END: Final = "RTCSRV"
DRAIN: Final = "CsWindowsService"
OF_LYNC: Final = frozenset({DRAIN, "CsExUmContact", "CsMediaConfiguration", Kind.PERMISSION})
"""Kinds of effects that only Lync has, or that are there for it."""
INDEPENDENT: Final = frozenset({"RTCMEDSRV", "REPLICA"})
"""Services of Lync that do not depend on the front end's."""
LYNCS_OWN: Final = frozenset({"CsExUmContact", "CsMediaConfiguration"})
FEWEST: Final = 3
_STOPPED: Final = ("StopPending", "Stopped")
BETWEEN_DOMAINS: Final = timedelta(minutes=20)
"""After a domain runs again before the next may go (field notes 5.6)."""


def is_of_front_end(s: Situation) -> bool:
    """Whether the effect is one on a service of Lync."""
    return s.effect.kind in (SERVICE_KIND, DRAIN) and s.pools.of(_computer(s)) is not None


def stopped_without_approval(s: Situation) -> Iterator[str]:
    """R22: a front end is stopped that nobody declared, or whose restart nobody approved."""
    if _begins(s) and _computer(s) not in s.declared.approved_front_ends:
        yield f'{s.effect.cmdlet} stopped "{s.effect.name}", which nobody approved'


def other_service_stopped(s: Situation) -> Iterator[str]:
    """R22: a service is stopped that does not depend on the front end's."""
    if s.stops_service and s.service in INDEPENDENT:
        yield f'{s.effect.cmdlet} stopped "{s.effect.name}", which need not go'


def sessions_ended(s: Situation) -> Iterator[str]:
    """R22: a front end is stopped under sessions before the time to wait is over."""
    if not s.stops_service or s.service != FRONT_END:
        return
    restart = s.memory.front_ends.restarts.get(_computer(s))
    waited = s.effect.time - restart.began if restart is not None else timedelta(0)
    sessions = s.pools.sessions(_computer(s))
    if sessions and waited < s.declared.front_end_drain:
        yield f'{s.effect.cmdlet} of "{s.effect.name}" ended {sessions} sessions after {waited}'


def stopped_beside_exchange(s: Situation) -> Iterator[str]:
    """R22: a front end goes down while we are at work on an Exchange server."""
    if _begins(s) and (open_ones := s.open_sequences()):
        yield f'{s.effect.cmdlet} stopped "{s.effect.name}" beside our work on {", ".join(sorted(open_ones))}'


def begun_beside_front_ends(s: Situation) -> Iterator[str]:
    """R22: we begin with an Exchange server while a front end that we stopped is not back."""
    if s.begins_sequence and (open_ones := s.memory.front_ends.unfinished(s.pools)):
        down = ", ".join(sorted(open_ones))
        yield f'{s.effect.cmdlet} began on "{s.server}" while front ends are down: {down}'


def begun_where_nothing_may_be(s: Situation) -> Iterator[str]:
    """R3: in Observe and Plan no front end is stopped; what was begun is finished (R13)."""
    if _begins(s) and not s.declared.writes:
        yield f'{s.effect.cmdlet} stopped "{s.effect.name}" though nothing may be written'


def begun_while_held(s: Situation) -> Iterator[str]:
    """R25: no front end is stopped while what declares its restart is held."""
    computer, held = _computer(s), s.declared.held
    until = held.get(computer)
    if _begins(s) and computer in held and (until is None or s.effect.time < until):
        yield f'{s.effect.cmdlet} stopped "{s.effect.name}" while it was held'


def started_what_a_person_stopped(s: Situation) -> Iterator[str]:
    """R14: a service that a person has stopped is started by persons; what ran when we began is ours."""
    last = s.thing.wrote.get("Status") if s.thing is not None else None
    if s.effect.kind != SERVICE_KIND or s.stops_service or last is None or not last.is_by_hand:
        return
    if (last.after or {}).get("Status") in _STOPPED and not _ran_when_we_began(s, last):
        yield f'{s.effect.cmdlet} started "{s.effect.name}", which {last.caller} had stopped'


def front_end_outside_the_window(s: Situation) -> Iterator[str]:
    """R26: a front end's restart begins inside a window."""
    if _begins(s) and not s.declared.window(s.effect.time):
        yield f'{s.effect.cmdlet} stopped "{s.effect.name}" outside every window'


def below_quorum(s: Situation) -> Iterator[str]:
    """R23: fewer front ends are left than the pool needs; exactly as many only where that was approved."""
    if not _stops_front_end(s):
        return
    pool = _pool(s)
    left = pool.margin - (_computer(s) in pool.voters)
    if left < 0 or (left == 0 and pool.fqdn not in s.declared.exactly_quorum):
        yield f'{s.effect.cmdlet} of "{s.effect.name}" left pool "{pool.fqdn}" with a margin of {left}'


def pool_too_small(s: Situation) -> Iterator[str]:
    """R23: a pool of one or two front ends is left to a person."""
    if _stops_front_end(s) and len(_pool(s).members) < FEWEST:
        yield f'{s.effect.cmdlet} of "{s.effect.name}", a pool of {len(_pool(s).members)}'


def routing_group_lost(s: Situation) -> Iterator[str]:
    """R23: a routing group has no primary or no secondary left."""
    if _stops_front_end(s) and _computer(s) in _pool(s).unsound:
        yield f'{s.effect.cmdlet} of "{s.effect.name}" took the last but one replica of a routing group'


def stopped_beside_another(s: Situation) -> Iterator[str]:
    """R23: another front end of the pool is down that is not of the same upgrade domain."""
    if not _stops_front_end(s):
        return
    pool = _pool(s)
    down = frozenset(pool.members) - pool.running - pool.domain_of(_computer(s))
    if down:
        yield f'{s.effect.cmdlet} of "{s.effect.name}" while down: {", ".join(sorted(down))}'


def stopped_before_ready(s: Situation) -> Iterator[str]:
    """R23: the pool does not say that a domain may go, or computers of it have an old topology."""
    if not _stops_front_end(s) or not _is_first_of_domain(s):
        return
    pool = _pool(s)
    if pool.ready is False:
        yield f'{s.effect.cmdlet} of "{s.effect.name}" while pool "{pool.fqdn}" was not ready'
    if pool.lagging:
        yield f'{s.effect.cmdlet} of "{s.effect.name}" while replicas lag: {", ".join(sorted(pool.lagging))}'


def next_domain_too_soon(s: Situation) -> Iterator[str]:
    """R23: twenty minutes lie between two upgrade domains."""
    if not _stops_front_end(s):
        return
    pool = _pool(s)
    since, last = s.memory.front_ends.started.get(pool.fqdn, (None, ""))
    if since is None or not pool.goes_by_domain or last in pool.domain_of(_computer(s)):
        return
    if (passed := s.effect.time - since) < BETWEEN_DOMAINS:
        yield f'{s.effect.cmdlet} of "{s.effect.name}" came {passed} after "{last}" was started'


def lync_changed(s: Situation) -> Iterator[str]:
    """R2: contacts and configuration of Lync are a person's."""
    if s.effect.kind in LYNCS_OWN:
        yield f'{s.effect.cmdlet} changed {s.effect.kind} "{s.effect.name}"'


def permissions_granted_unasked(s: Situation) -> Iterator[str]:
    """R2: Lync is let into the directory though nobody named who shall do it."""
    if s.effect.kind == Kind.PERMISSION and not s.declared.permissions:
        yield f'{s.effect.cmdlet} granted "{s.effect.name}", which nobody asked for'


def permissions_before_members(s: Situation) -> Iterator[str]:
    """half-made: ExchUcUtil.ps1 runs while a server is no member of a plan that Lync shares (field notes 11).

    Those count that get certificates, and those that are members of another such plan.
    """
    if s.effect.kind != Kind.PERMISSION:
        return
    declared = {name.casefold() for name in s.declared.servers}
    for settings in (one for kind in SETTINGS.values() for one in s.world.all(kind)):
        joined = set(names_in(settings["DialPlans"]))
        if settings.name.casefold() in declared or joined & s.declared.outbound:
            for plan in sorted(s.declared.outbound - joined):
                yield f'{s.effect.cmdlet} ran while {settings.kind} "{settings.name}" was not in "{plan}"'


def script_made_what_was_declared(s: Situation) -> Iterator[str]:
    """R2: ExchUcUtil.ps1 is run before the pools have what was declared: it would make that its own way."""
    if not s.is_by_script or s.effect.kind not in (Kind.IP_GATEWAY, Kind.HUNT_GROUP):
        return
    gateway = s.effect.after if s.effect.kind == Kind.IP_GATEWAY else s.world.get(Kind.IP_GATEWAY, s.owner)
    address = str(gateway["Address"]).casefold() if gateway is not None else ""
    if address in {name.casefold() for name in s.declared.pools}:
        yield f'{s.effect.cmdlet} made {s.effect.kind} "{s.effect.name}" for pool "{address}"'


def nobody_calls_out(s: Situation) -> Iterator[str]:
    """R20: no gateway of a plan is left through which Unified Messaging may call."""
    if s.effect.kind != Kind.IP_GATEWAY or "OutcallsAllowed" not in s.effect.changed or s.is_creation:
        return
    for plan in s.world.plans_of(s.effect.name):
        if plan.name not in s.declared.outbound or s.after("OutcallsAllowed"):
            continue
        others = [one for one in _calling_out(s.world, plan.name) if one.name != s.effect.name]
        if not others:
            yield f'{s.effect.cmdlet} left plan "{plan.name}" without a gateway for outgoing calls'


def calls_out_where_nobody_serves(s: Situation) -> Iterator[str]:
    """R20: never a Director or a branch appliance, and only gateways of plans that Lync has."""
    if s.effect.kind != Kind.IP_GATEWAY or "OutcallsAllowed" not in s.effect.changed or s.is_removal:
        return
    if s.is_by_script:
        return  # it lets calls out through whatever it makes, and we take that back
    pool = s.pools.named(str(s.after("Address")).lower())
    if s.after("OutcallsAllowed") and pool is not None and not pool.serves:
        yield f'{s.effect.cmdlet} lets calls out through "{s.effect.name}", where no users are'


def remember_front_end(s: Situation) -> None:
    """Take an effect on a service of Lync into the memory."""
    computer, memory = _computer(s), s.memory.front_ends
    if _begins(s):
        memory.restarts[computer] = Restart(s.effect.time)
    restart = memory.restarts.get(computer)
    if restart is not None and s.effect.kind == SERVICE_KIND:
        restart.touched[s.service] = s.effect.time
        if s.stops_service and s.service == FRONT_END:
            restart.stopped = s.effect.time
    if s.effect.kind == SERVICE_KIND and not s.stops_service and s.service == FRONT_END:
        memory.started[_pool(s).fqdn] = s.effect.time, computer


def front_ends_left(
    memory: Memory, pools: Pools, world: World, outbound: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """What was begun on front ends and left, and plans without exactly one way out."""
    for computer, names in sorted(memory.front_ends.unfinished(pools).items()):
        yield "R22", f'of "{computer}" were stopped and do not run: {", ".join(sorted(names))}'
    for plan in sorted(outbound):
        gateways = _calling_out(world, plan)
        if world.get(Kind.DIAL_PLAN, plan) is not None and len(gateways) != 1:
            ways = ", ".join(one.name for one in gateways) or "none"
            yield "R20", f'outgoing calls of "{plan}" go through {ways}, not through exactly one gateway'


def _calling_out(world: World, plan: str) -> list[Thing]:
    found = {
        group.gateway
        for group in world.all(Kind.HUNT_GROUP)
        if group.link.dial_plan.casefold() == plan.casefold()
    }
    gateways = (world.get(Kind.IP_GATEWAY, name) for name in sorted(found))
    return [one for one in gateways if one is not None and one["OutcallsAllowed"]]


def _computer(s: Situation) -> str:
    return s.effect.name.partition("\\")[0].casefold()


def _pool(s: Situation) -> PoolView:
    pool = s.pools.of(_computer(s))
    assert pool is not None
    return pool


def _stops_front_end(s: Situation) -> bool:
    return s.stops_service and s.service == FRONT_END


def _ran_when_we_began(s: Situation, stopped: Effect) -> bool:
    """Whether a service that a person stopped is part of a restart of ours that is not over."""
    computer, memory = _computer(s), s.memory.front_ends
    restart = memory.restarts.get(computer)
    if restart is None or stopped.time < restart.began:
        return False
    return s.service not in restart.touched or s.service in memory.unfinished(s.pools).get(computer, set())


def _unfinished(s: Situation) -> frozenset[str]:
    """Computers with services that we stopped and that did not run again before the effect."""
    found = dict(s.memory.front_ends.unfinished(s.pools))
    if s.stops_service and is_of_front_end(s):
        found[_computer(s)] = found.get(_computer(s), set()) - {s.service}
    return frozenset(computer for computer, names in found.items() if names)


def _begins(s: Situation) -> bool:
    """Whether something is begun on a front end that we had not begun with, or had finished."""
    if not is_of_front_end(s) or not (s.stops_service or s.effect.kind == DRAIN):
        return False
    restart = s.memory.front_ends.restarts.get(_computer(s))
    return restart is None or (restart.stopped is not None and _computer(s) not in _unfinished(s))


def _is_first_of_domain(s: Situation) -> bool:
    """Whether no other front end of the upgrade domain is down by us."""
    return not (_pool(s).domain_of(_computer(s)) - {_computer(s)}) & _unfinished(s)
