"""In mode Plan one approval carries a whole rollout to its end, and a way back needs none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollout_support import Site
from um_operator.planning.approval import Approval
from um_operator.planning.steps import ConfigureService, DrainServer, RestartService, ServerStep

REFUSED = frozenset({Site.thumbprint("ex01.contoso.com", 1)})


def planned(**machine: object) -> Site:
    """Two servers in mode Plan; nothing is approved."""
    return Site.of("ex01", "ex02", org={"mode": "Plan"}).changed("ex01", **machine)


def approved(site: Site) -> Site:
    """The plan that is pending is approved."""
    pending = site.plan.approval.pending
    assert pending is not None
    named = site.ruled(approvedPlan=pending.digest)
    return replace(named, approval=Approval(approved=pending)).seen()


def step_on(name: str, site: Site) -> bool:
    """Whether the next step is one on a server."""
    step = site.ready[0].step
    return isinstance(step, ServerStep) and step.server == f"{name}.contoso.com"


def test_nothing_is_asked_for_and_nothing_imported_before_the_plan_is_approved() -> None:
    end = planned().patient()
    assert end.servers.revisions == ()
    assert end.plan.approval.pending is not None


def test_one_approval_is_enough() -> None:
    end = approved(planned()).patient()
    assert not end.plan.steps
    assert end.plan.approval.pending is None
    assert end.machine("ex02").serves("UM") == end.thumbprint("ex02.contoso.com", 1)


def test_nothing_that_the_rollout_itself_does_spoils_the_approval() -> None:
    for site in approved(planned()).journey():
        assert site.plan.approval.told == ()
        assert site.plan.approval.pending is None


JOURNEY = [site for site in approved(planned()).journey() if site.ready and step_on("ex01", site)]


@pytest.mark.parametrize("site", JOURNEY, ids=lambda site: site.ready[0].step.sentence[:40])
def test_it_is_enough_across_a_crash_at_any_step(site: Site) -> None:
    end = site.broken_off(site.ready[0], effect=False).patient()
    assert not end.plan.steps, end.waits


@pytest.mark.parametrize("number", [2, 4])
def test_it_is_enough_across_a_reboot(number: int) -> None:
    assert not JOURNEY[number].rebooted("ex01").patient().plan.steps


def test_a_way_back_needs_no_approval() -> None:
    end = approved(planned(refuses=REFUSED)).patient()
    assert end.machine("ex01").mode == {"UM": "TCP", "UMCallRouter": "TCP"}
    assert end.out_of_service == []


def test_a_server_in_hand_is_finished_although_the_approval_is_withdrawn() -> None:
    site = approved(planned()).past(DrainServer)
    withdrawn = replace(site.ruled(approvedPlan=None), approval=Approval())
    end = withdrawn.patient()
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert end.out_of_service == []
    assert end.machine("ex02").mode["UM"] == "TCP"


def test_a_second_try_after_calls_did_not_end_needs_no_second_approval() -> None:
    busy = approved(planned()).past(DrainServer).changed("ex01", calls=2)
    back = busy.awake().settled()
    assert back.out_of_service == []
    assert not back.changed("ex01", calls=0).patient().plan.steps


def test_a_mode_that_somebody_changed_by_hand_makes_its_step_stale() -> None:
    site = approved(planned()).until(ConfigureService)
    changed = site.changed("ex01", mode={"UM": "TLS", "UMCallRouter": "TCP"})
    assert {reason for reason, _ in changed.plan.approval.told} == {"PlanStale"}
    assert RestartService not in {type(one.step) for one in changed.settled().ready}
