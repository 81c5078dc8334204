"""A certificate comes into force server by server, and the phones stay up meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from rollout_model import Servers
from rollout_reading import UM
from rollout_support import Site, machines
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    ImportCertificate,
    RequestCertificate,
    RestartService,
    Step,
)


def done(site: Site, *kinds: type[Step]) -> list[str]:
    """Return what is carried out on the way, in order: server and service."""
    steps = [one.ready[0].step for one in site.journey() if one.ready]
    return [
        f"{(getattr(step, 'server', None) or '').partition('.')[0]} {getattr(step, 'service', '')}".strip()
        for step in steps
        if isinstance(step, kinds)
    ]


def test_every_server_serves_its_own_certificate_in_the_end() -> None:
    site = Site.of("ex01", "ex02", "ex03").patient()
    assert not site.plan.steps
    assert not site.plan.findings
    for name in ("ex01", "ex02", "ex03"):
        machine = site.machine(name)
        assert machine.serves("UM") == machine.serves("UMCallRouter") == site.thumbprint(machine.fqdn, 1)
        assert machine.mode == {"UM": "Dual", "UMCallRouter": "Dual"}
        assert machine.requests == {}


def test_each_service_is_restarted_once() -> None:
    assert Site.of("ex01", "ex02", "ex03").patient().servers.starts == 6


def test_the_whole_way_is_planned_before_the_first_step() -> None:
    site = Site.of("ex01").seen()
    assert [type(planned.step) for planned in site.plan.steps] == [
        RequestCertificate,
        ImportCertificate,
        *(type(planned.step) for planned in site.plan.steps[2:3]),
        ConfigureService,
        ConfigureService,
        DrainServer,
        RestartService,
        RestartService,
        ActivateServer,
    ]
    assert [type(planned.step) for planned in site.ready] == [RequestCertificate]


def test_everything_is_imported_everywhere_before_the_first_server_is_touched() -> None:
    order = [type(one.ready[0].step).__name__ for one in Site.of("ex01", "ex02").journey() if one.ready]
    assert order.index("ConfigureService") > max(
        position for position, kind in enumerate(order) if kind in {"ImportCertificate", "InstallChain"}
    )


def test_um_is_restarted_before_the_call_router_beside_it() -> None:
    assert done(Site.of("ex01", "ex02"), RestartService) == [
        "ex01 UM", "ex01 UM", "ex01 UMCallRouter", "ex01 UMCallRouter",
        "ex02 UM", "ex02 UM", "ex02 UMCallRouter", "ex02 UMCallRouter",
    ]  # fmt: skip


def test_where_roles_are_split_every_um_service_comes_before_any_call_router() -> None:
    roles: dict[str, Any] = {
        "cas01": ["UMCallRouter"],
        "cas02": ["UMCallRouter"],
        "mbx01": ["UM"],
        "mbx02": ["UM"],
    }
    assert done(Site.of(*roles, **roles), ActivateServer) == ["mbx01", "mbx02", "cas01", "cas02"]


def test_a_server_without_call_router_has_nothing_to_drain_but_its_calls_are_let_to_end() -> None:
    roles: dict[str, Any] = {"cas01": ["UMCallRouter"], "mbx01": ["UM"]}
    drained = Site.of(*roles, **roles).past(DrainServer)
    assert drained.machine("mbx01").requests == {}
    assert {getattr(one.step, "server", "") for one in drained.ready} == {"mbx01.contoso.com"}


def test_one_server_at_a_time_is_out_of_service() -> None:
    assert max(len(site.out_of_service) for site in Site.of("ex01", "ex02", "ex03").journey()) == 1


def test_two_servers_may_be_out_of_service_where_that_is_declared() -> None:
    org = {"disruption": {"maxUnavailable": 2, "soak": "0s"}}
    most = max(len(site.out_of_service) for site in Site.of("ex01", "ex02", "ex03", org=org).journey())
    assert most <= 2


def test_the_next_server_begins_when_the_first_was_watched_for_a_while() -> None:
    site = Site.of("ex01", "ex02").past(ActivateServer)
    activated = site.now
    waits = {detail for step, detail, _ in site.waits if step == "ConfigureService ex02.contoso.com"}
    assert waits == {"WaitingForSoak"}
    begins = site.until(ConfigureService).now
    assert timedelta(minutes=9, seconds=58) < begins - activated <= timedelta(minutes=10)


def test_a_service_counts_as_ready_when_it_has_run_for_some_time() -> None:
    site = Site.of("ex01").past(RestartService).past(RestartService)
    started = site.machine("ex01").processes["UM"]
    assert started is not None
    assert not site.ready
    next_stop = site.until(RestartService)
    assert next_stop.now - started.start >= timedelta(seconds=30)


def test_a_certificate_that_all_share_is_asked_for_once() -> None:
    spec = {"scope": "Shared", "commonName": "um.contoso.com"}
    site = Site.of("ex01", "ex02", spec=spec)
    assert done(site, RequestCertificate) == [""]
    end = site.patient()
    assert end.machine("ex01").serves("UM") == end.machine("ex02").serves("UM") is not None


def test_a_server_that_joins_later_gets_a_certificate_of_the_same_revision() -> None:
    before = Site.of("ex01").patient()
    both = {**before.servers.machines, **machines("ex02", now=before.now)}
    servers = Servers(both, before.servers.revisions, before.servers.leaves, before.servers.root)
    joined = replace(before, servers=servers).seen().patient()
    assert {(one.number, one.server) for one in joined.servers.revisions} == {
        (1, "ex01.contoso.com"),
        (1, "ex02.contoso.com"),
    }
    assert joined.machine("ex02").serves("UM") == joined.thumbprint("ex02.contoso.com", 1)
    assert joined.machine("ex01").starts == 2


def test_services_that_are_not_listed_are_left_alone() -> None:
    site = Site.of("ex01", spec={"services": ["UM"]}).patient()
    assert site.machine("ex01").mode == {"UM": "Dual", "UMCallRouter": "TCP"}
    assert site.machine("ex01").serves("UMCallRouter") is None


def test_the_instant_of_the_renewal_is_the_next_thing_to_happen() -> None:
    site = Site.of("ex01").patient()
    leaf = next(iter(site.servers.leaves.values()))
    assert site.plan.wake_at == leaf.not_before + (leaf.not_after - leaf.not_before) * 2 / 3
    renewed = site.awake().patient()
    assert {one.number for one in renewed.servers.revisions} == {1, 2}
    issuance = renewed.ledger.entry(UM).issuance
    assert issuance is not None
    assert issuance.cause == "RenewalDue"
