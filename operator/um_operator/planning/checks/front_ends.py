"""Which front ends of a pool have to be restarted, and which we stopped and have to start (R22, R23)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredLyncIntegration
from um_operator.observed.fact import Known
from um_operator.observed.restarts import Stopped
from um_operator.observed.values import name_key
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.front_ends.cases import case_named, cases_of
from um_operator.planning.front_ends.pool import PoolCase
from um_operator.planning.plan import Finding
from um_operator.planning.quorum import FEWEST
from um_operator.planning.steps.front_end import StartFrontEndServices, StopFrontEndServices
from um_operator.planning.view import View


def examine(pool: PoolCase) -> Verdict:
    """Return what a pool owes: first the start of what we stopped, then the stop of what has to find UM."""
    started = sum(
        (ask(_start(pool, one, pool.wish.owner)) for one in pool.computers if name_key(one) in pool.stopped),
        NOTHING,
    )
    return Verdict(tuple(_findings(pool))) + started + _restarts(pool)


def examine_all(view: View, item: DesiredLyncIntegration) -> Verdict:
    """Return what the pools of an integration owe."""
    return sum(map(examine, cases_of(view, item)), NOTHING)


def left_behind(view: View) -> Verdict:
    """Return the start of front ends that we stopped and that no usable integration looks after (R13).

    It was deleted, blocked or changed meanwhile, or the topology was. Nothing else is done there.
    """
    looked_after = {
        name_key(computer)
        for item in view.desired.lync_integrations
        for pool in cases_of(view, item)
        for computer in pool.computers
    }
    stopped = view.ledger.entry(view.desired.key).stopped
    return sum(
        (ask(_start_of(view, key, one)) for key, one in stopped.items() if key not in looked_after), NOTHING
    )


def _start_of(view: View, computer: str, stopped: Stopped) -> StartFrontEndServices:
    pool, owner = case_named(view, stopped.pool), view.desired.key
    if pool is not None and computer in pool.stopped:
        return _start(pool, computer, owner)
    return StartFrontEndServices(owner=owner, pool=stopped.pool, computer=computer, services=stopped.services)


def path_of(pool: PoolCase) -> str:
    """Return the path of a pool's restart in a LyncIntegration."""
    return f"pools[{pool.fact.fqdn}].restart"


def _findings(pool: PoolCase) -> Iterator[Finding]:
    if not pool.owing:
        return
    message = f'front ends of pool "{pool.fact.fqdn}" have to be restarted: {pool.cause}'
    reason = Reason.RESTART_OWED
    if pool.left_to_a_person:
        names = ", ".join(f'"{one}"' for one in pool.owing)
        message = f"{message}; {pool.left_to_a_person}, so a person restarts RTCSRV on {names}"
        small = len(pool.computers) < FEWEST
        reason = Reason.POOL_TOO_SMALL if small else Reason.RESTART_BY_HAND
        if pool.begins_anew:  # a restart now would have to be done again
            message = f"{message}, but only once everything is in place that is to be found"
            reason = Reason.WAITING_FOR_PLANS
    yield Finding(pool.wish.owner, "Pending", reason, message, path_of(pool))


def _restarts(pool: PoolCase) -> Verdict:
    """Ask for the stop of each front end that owes a restart; it asks for its start once it was stopped."""
    if pool.left_to_a_person:
        return NOTHING
    steps = (_stop(pool, one) for one in pool.owing if name_key(one) not in pool.stopped)
    return ask(*(step for step in steps if step is not None), paths={path_of(pool)})


def _stop(pool: PoolCase, computer: str) -> StopFrontEndServices | None:
    """Return the stop of a front end, ``None`` where it is not known what goes down with it (R1)."""
    batch, services = pool.batch_of(computer), pool.services.get(name_key(computer))
    if batch is None:
        return None
    running = services.value.values() if isinstance(services, Known) else ()
    service, exactly = pool.front_end_service(computer), pool.leaves_exactly_quorum(batch)
    return StopFrontEndServices(
        owner=pool.wish.owner,
        interrupts=True,
        needs_approval=pool.wish.policy == "OnApproval" or exactly,
        pool=pool.fact.fqdn,
        computer=computer,
        services=tuple(sorted(one.name for one in running if one.status == "Running")),
        dial_plans=pool.wish.dial_plans,
        chain=pool.wish.chain,
        batch=batch,
        exactly_quorum=exactly,
        process_start=service.started_at if service else None,
        outage=outage(pool, batch, exactly_quorum=exactly),
    )


def _start(pool: PoolCase, computer: str, owner: ObjectKey) -> StartFrontEndServices:
    return StartFrontEndServices(
        owner=owner,
        pool=pool.fact.fqdn,
        computer=computer,
        services=pool.due(computer),
        takes_back=pool.takes_back(computer),
    )


def outage(pool: PoolCase, batch: tuple[str, ...], *, exactly_quorum: bool) -> str:
    """Return in words whose telephones fail while front ends are down (R22)."""
    homed = pool.users_homed
    users = f"{homed.value} users" if isinstance(homed, Known) else "an unknown number of users"
    backup = pool.fact.backup_registrar
    words = [
        f"it interrupts Enterprise Voice, emergency calls included, of those of {users} homed on the pool "
        "whom it serves",
        f'backup registrar of the pool is "{backup}"' if backup else "the pool has no backup registrar",
    ]
    if pool.fact.has_mediation:
        words.append(
            "its collocated Mediation Server carries no calls to and from the telephone network meanwhile"
        )
    if len(batch) > 1:
        words.append(f"{len(batch)} front ends of one upgrade domain go down together")
    if exactly_quorum:
        words.append("just as many front ends are left as the pool needs: one more failure stops the pool")
    return "; ".join(words)
