"""What counts as proof: a baseline first, the wire, or that it is bound (R4, R15)."""

from __future__ import annotations

from datetime import timedelta

from rollout_reading import UM
from rollout_support import Site
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ConfigureService, DrainServer, RestartService

DAY = timedelta(days=1)


def told(site: Site) -> UMCertificateStatus:
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    assert isinstance(status, UMCertificateStatus)
    return status


def test_a_server_whose_ports_cannot_be_reached_is_not_begun() -> None:
    site = Site.of("ex01").changed("ex01", blocked=True).patient()
    assert site.machine("ex01").mode["UM"] == "TCP"
    (wait,) = {wait for wait in site.waits if wait[0].startswith("Configure")}
    assert wait[1] == "ProbePathBlocked"
    assert told(site).conditions[0].reason == "WaitingForBaseline"


def test_with_proof_bound_it_is_and_a_restart_since_then_is_the_proof() -> None:
    site = Site.of("ex01", "ex02", spec={"proof": "Bound"})
    blocked = site.changed("ex01", blocked=True).changed("ex02", blocked=True)
    assert max(len(one.out_of_service) for one in blocked.journey()) == 1
    end = blocked.patient()
    assert not end.plan.steps
    assert end.servers.starts == 4
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert [one.reason for one in told(end).conditions] == ["Deployed"]


def test_with_proof_bound_a_reboot_after_the_binding_is_a_restart() -> None:
    site = Site.of("ex01", spec={"proof": "Bound"}).changed("ex01", blocked=True)
    end = site.until(ConfigureService).doing(ConfigureService).rebooted("ex01").patient()
    assert not end.plan.steps
    assert end.servers.starts == 2


def test_a_path_that_is_lost_after_the_deployment_starts_nothing() -> None:
    site = Site.of("ex01").patient().later(DAY).changed("ex01", blocked=True).later(DAY)
    assert not site.plan.steps
    assert [f"{one.status}/{one.reason}" for one in told(site).conditions] == ["Unknown/NotProven"]


def test_a_path_that_is_lost_in_the_middle_leads_neither_to_a_restart_nor_to_a_way_back() -> None:
    site = Site.of("ex01", "ex02").past(RestartService).past(RestartService)
    lost = site.changed("ex01", blocked=True).patient(until=DAY)
    assert lost.servers.starts == 1
    assert lost.ledger.entry(UM).issuance.rejected == {}  # type: ignore[union-attr]
    assert not lost.changed("ex01", blocked=False).patient().plan.steps


def test_a_service_that_is_coming_up_is_neither_stopped_again_nor_taken_for_ready() -> None:
    warming = frozenset({"UM"})
    site = Site.of("ex01").past(RestartService).past(RestartService).changed("ex01", warming=warming)
    waits = site.patient(until=timedelta(minutes=4))
    assert waits.servers.starts == 1
    assert waits.machine("ex01").requests == {"Sidelined": "Draining"}
    assert not waits.changed("ex01", warming=frozenset()).patient().plan.steps


def test_a_5xx_is_not_ready() -> None:
    site = Site.of("ex01").past(RestartService).past(RestartService)
    troubled = site.changed("ex01", status=503).patient(until=timedelta(minutes=4))
    assert troubled.servers.starts == 1
    assert troubled.out_of_service == ["ex01.contoso.com"]


def test_a_server_that_somebody_just_rebooted_is_not_restarted_for_what_it_does_not_show_yet() -> None:
    site = Site.of("ex01", "ex02").patient().later(DAY).rebooted("ex01")
    coming_up = site.changed("ex01", warming=frozenset({"UM", "UMCallRouter"}))
    assert not coming_up.ready
    assert coming_up.changed("ex01", warming=frozenset()).plan.steps == ()


def test_a_service_that_never_comes_up_is_restarted_then() -> None:
    site = Site.of("ex01", "ex02").patient().later(DAY).rebooted("ex01")
    silent = site.changed("ex01", warming=frozenset({"UM"}))
    begins = silent.until(DrainServer)
    assert timedelta(minutes=4) < begins.now - silent.now <= timedelta(minutes=5)
