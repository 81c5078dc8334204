"""What the operator sees of Lync and does to front ends, over real sockets, with an account of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from estate.lync_way_in import INTEGRATION, WayIntoLync, known, way_into_lync
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import contoso
from um_operator.observed.fact import Known
from um_operator.observed.front_ends import LyncServiceFact
from um_operator.observed.hosts import TLS
from um_operator.observed.lync import MediaFact, media_encryption
from um_operator.planning.scope import LyncScope, Scope
from um_operator.planning.steps import FrontEndRestartStep, StartFrontEndServices, StopFrontEndServices

POOL, SE, FE01 = "lyncpool01.contoso.com", "lyncse01.contoso.com", "lyncfe01.contoso.com"
SCOPE = Scope(lync=(LyncScope(INTEGRATION, (POOL, SE)),))
AGAIN = Scope(frozenset({"front_ends"}), lync=SCOPE.lync)
LEFT_ALONE = {"replica", "rtcmedsrv"}
"""Services that do not depend on the Front-End service."""
RATE = 30.0
ByName = Mapping[str, LyncServiceFact]


async def carried(way_in: WayIntoLync, lab: Lab, step: FrontEndRestartStep, status: str) -> ByName:
    """Carry out a step until its services are as it wants them: what depends on another may come later."""
    for _ in range(20):
        assert (await way_in.carry(step)).kind == "Done"
        lab.clock.advance(timedelta(minutes=1))
        services = known((await way_in.read(AGAIN)).front_ends[FE01].services)
        if all(services[name.casefold()].status == status for name in step.services):
            break
    return services


async def test_lync_is_seen_as_it_is_and_a_front_end_goes_and_comes_back() -> None:
    async with Lab.start(contoso(), clock=Clock(rate=RATE), seed=7) as lab, way_into_lync(lab) as way_in:
        lync = await way_in.read(SCOPE)

        pools = known(lync.pools)
        assert {key: (pool.kind, pool.edition) for key, pool in pools.items() if pool.kind != "Other"} == {
            POOL: ("FrontEnd", "Enterprise"),
            SE: ("FrontEnd", "Standard"),
            "lyncdir01.contoso.com": ("Director", "Standard"),
            "lyncsba01.contoso.com": ("BranchAppliance", "Standard"),
        }
        pool = pools[POOL]
        assert pool.computers == tuple(f"lyncfe{n:02}.contoso.com" for n in range(1, 4))
        assert (pool.site, pool.backup_registrar, pool.has_mediation) == ("Berlin", SE, True)
        media: tuple[MediaFact, ...] = known(lync.media)
        assert media_encryption(pool, media) == "RequireEncryption"
        assert known(lync.replicas)[FE01].product == "Lync2013"
        assert known(lync.contacts) == ()
        assert {(missing.group, missing.container) for missing in known(lync.permissions).missing} == {
            (group, container)
            for group in ("RTCUniversalServerAdmins", "RTCComponentUniversalServices")
            for container in ("Administrative Groups", "UM AutoAttendant Container", "UM DialPlan Container")
        }
        assert isinstance(lync.auto_attendants, Known)

        state = lync.pool_states[POOL]
        assert known(state.users_homed) == 1840
        readiness = known(state.readiness)
        assert readiness is not None
        assert (readiness.state, readiness.total, readiness.active) == ("Ready", 3, 3)
        assert readiness.domain_of(FE01) is not None
        fabric = known(state.fabric)
        assert fabric is not None
        assert fabric.complete
        assert len(fabric.groups) == 6
        assert all(group.sound for group in fabric.groups)
        assert known(lync.pool_states[SE].readiness) is None

        front_end = lync.front_ends[FE01]
        running = known(front_end.services)["rtcsrv"]
        assert running.status == "Running"
        assert running.started_at is not None
        assert isinstance(listener := known(front_end.listener), TLS)
        [certificate] = known(front_end.certificates)
        assert certificate.certificate == listener.leaf
        assert set(certificate.dns_names) == {POOL, FE01}
        assert known(front_end.stores).roots
        assert known(front_end.events) == ()

        all_of_them = {k for k, one in known(front_end.services).items() if one.status == "Running"}
        ran = tuple(sorted(all_of_them - LEFT_ALONE))
        stop = StopFrontEndServices(
            owner=INTEGRATION,
            pool=POOL,
            computer=FE01,
            services=ran,
            dial_plans=("Lync",),
            chain="",
            batch=(FE01,),
        )
        services = await carried(way_in, lab, stop, "Stopped")
        assert {name for name, one in services.items() if one.status == "Running"} == LEFT_ALONE
        assert services["rtcsrv"].started_at is None

        start = StartFrontEndServices(owner=INTEGRATION, pool=POOL, computer=FE01, services=ran)
        services = await carried(way_in, lab, start, "Running")
        assert {name for name, one in services.items() if one.status == "Running"} == all_of_them
        began = services["rtcsrv"].started_at
        assert began is not None
        assert began > running.started_at
