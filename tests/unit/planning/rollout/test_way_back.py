"""A way back has a target, is taken once, and stops the rollout (R17)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import RETRY_REQUESTED_AT
from um_operator.observed.rollout import Issuance
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ConfigureService, DrainServer, RestartService

REFUSED = frozenset({Site.thumbprint("ex01.contoso.com", 2)})
FIRST = frozenset({Site.thumbprint("ex01.contoso.com", 1)})


def issuance(site: Site) -> Issuance:
    found = site.ledger.entry(UM).issuance
    assert found is not None
    return found


def conditions(site: Site) -> dict[str, str]:
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    return {one.type: one.reason for one in status.conditions}


def failing_renewal(**machine: Any) -> Site:
    """Two servers; the second revision makes the service of the first one fail to start."""
    site = Site.of("ex01", "ex02").patient().changed("ex01", refuses=REFUSED, **machine)
    return site.renewing()


def test_a_first_deployment_that_fails_goes_back_to_plain_sip() -> None:
    end = Site.of("ex01", "ex02").changed("ex01", refuses=FIRST).patient()
    assert end.machine("ex01").mode == {"UM": "TCP", "UMCallRouter": "TCP"}
    assert end.out_of_service == []
    assert end.machine("ex01").processes["UM"] is not None
    assert issuance(end).rejected.keys() == {"ex01.contoso.com"}


def test_a_renewal_that_fails_goes_back_to_the_former_certificate() -> None:
    end = failing_renewal().patient()
    former = end.thumbprint("ex01.contoso.com", 1)
    assert end.machine("ex01").serves("UM") == end.machine("ex01").serves("UMCallRouter") == former
    assert end.machine("ex01").bound == {"UM": former, "UMCallRouter": former}
    assert end.out_of_service == []
    assert conditions(end) == {"Ready": "Rejected", "Stalled": "Rejected"}


def test_the_next_server_is_not_touched() -> None:
    end = failing_renewal().patient()
    assert end.machine("ex02").serves("UM") == end.thumbprint("ex02.contoso.com", 1)
    assert {detail for step, detail, _ in end.waits if step == "ConfigureService ex02.contoso.com"} == {
        "Rejected"
    }


def test_a_call_router_that_does_not_start_takes_its_um_service_back_as_well() -> None:
    site = Site.of("ex01").patient().renewing().until(RestartService)
    um_done = site.ran(site.ready[0])
    um_done = um_done.ran(um_done.ready[0]).until(RestartService)
    end = um_done.changed("ex01", refuses=REFUSED).patient()
    former = end.thumbprint("ex01.contoso.com", 1)
    assert end.machine("ex01").serves("UM") == end.machine("ex01").serves("UMCallRouter") == former
    assert end.out_of_service == []


def test_it_is_tried_twice_to_start_a_service_before_it_is_taken_back() -> None:
    site = failing_renewal()
    before = site.servers.starts
    taken_back = next(
        one
        for one in site.journey()
        if one.ready and isinstance(step := one.ready[0].step, ConfigureService) and step.rejects
    )
    assert taken_back.servers.starts - before == 2


def test_the_server_is_back_within_minutes() -> None:
    site = failing_renewal().until(RestartService)
    back = next(one for one in site.journey() if issuance(one).rejected and not one.out_of_service)
    assert back.now - site.now < timedelta(minutes=3)


def test_a_rejected_revision_is_not_tried_again() -> None:
    end = failing_renewal().patient()
    later = end.later(timedelta(days=30)).patient()
    assert later.servers.starts == end.servers.starts
    assert issuance(later).revision == 2


def test_a_person_may_ask_for_another_try() -> None:
    end = failing_renewal().patient().changed("ex01", refuses=frozenset())
    again = end.annotated(RETRY_REQUESTED_AT, end.now.isoformat()).patient()
    assert not again.plan.steps
    assert again.machine("ex01").serves("UM") == again.thumbprint("ex01.contoso.com", 2)
    assert again.machine("ex02").serves("UM") == again.thumbprint("ex02.contoso.com", 2)


def test_another_revision_is_tried() -> None:
    end = failing_renewal().patient().renewing().patient()
    assert not end.plan.steps
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 3)


def test_without_a_way_back_the_server_stays_drained_and_a_person_is_called() -> None:
    site = failing_renewal().past(DrainServer)
    without = site.changed("ex01", store=site.machine("ex01").store - FIRST)
    end = without.patient()
    assert end.machine("ex01").requests == {"Sidelined": "Draining"}
    assert conditions(end)["ManualActionRequired"] == "NoWayBack"
    assert end.machine("ex02").serves("UM") == end.thumbprint("ex02.contoso.com", 1)
    assert end.later(timedelta(days=1)).patient().servers.starts == end.servers.starts


def test_without_a_way_back_another_revision_is_a_way_forward_even_out_of_the_window() -> None:
    site = failing_renewal().past(DrainServer)
    end = site.changed("ex01", store=site.machine("ex01").store - FIRST).patient()
    night = {"name": "night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
    forward = end.ruled(maintenanceWindows=[night]).renewing().settled()
    assert forward.machine("ex01").bound["UM"] == forward.thumbprint("ex01.contoso.com", 3)
    done = forward.patient(until=timedelta(minutes=20))
    assert done.machine("ex01").serves("UM") == done.thumbprint("ex01.contoso.com", 3)
    assert done.out_of_service == []


def test_a_former_certificate_that_has_ended_is_no_way_back() -> None:
    site = Site.of("ex01").patient().changed("ex01", refuses=REFUSED)
    ends = min(leaf.not_after for leaf in site.servers.leaves.values())
    late = site.later(ends - site.now + timedelta(hours=1)).renewing()
    end = late.patient()
    assert conditions(end)["ManualActionRequired"] == "NoWayBack"


@pytest.mark.parametrize("held", [{"suspend": True}, {"mode": "Observe"}])
def test_a_way_back_is_taken_whoever_holds_new_writes(held: dict[str, Any]) -> None:
    site = failing_renewal().past(DrainServer)
    end = site.ruled(**held).patient()
    assert end.out_of_service == []
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)


def test_a_reboot_that_brings_a_certificate_into_force_that_does_not_work_is_taken_back() -> None:
    site = failing_renewal().until(ConfigureService).doing(ConfigureService)
    down = site.rebooted("ex01")
    assert down.out_of_service == ["ex01.contoso.com"]
    end = down.patient()
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert end.out_of_service == []


@pytest.mark.parametrize("phase", ["Stop", "Start"])
def test_an_order_that_windows_refuses_is_a_restart_that_failed(phase: str) -> None:
    site = Site.of("ex01", "ex02").patient().renewing().until(RestartService)
    site = site if phase == "Stop" else site.ran(site.ready[0])
    assert getattr(site.ready[0].step, "phase", "") == phase
    end = site.refused(site.ready[0]).patient()
    assert end.out_of_service == []
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert conditions(end)["Stalled"] == "Rejected"


def test_with_proof_bound_a_service_that_was_not_restarted_is_one_that_failed() -> None:
    site = Site.of("ex01", spec={"proof": "Bound"}).changed("ex01", blocked=True).until(RestartService)
    end = site.refused(site.ready[0]).patient()
    assert end.out_of_service == []
    assert end.machine("ex01").mode["UM"] == "TCP"
