"""A server is out of service by us when everybody else goes away: it goes back before anything is stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rollout_support import Site
from um_operator.api.reasons import Reason
from um_operator.planning.steps import ActivateServer, DrainServer, RestartService, Step

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
EX01 = "ex01.contoso.com"


@pytest.fixture
def drained() -> Site:
    """The first of two servers is drained, and about to be stopped."""
    return Site.of("ex01", "ex02").patient().later(DAY).renewing().past(DrainServer)


def missed(site: Site) -> Site:
    return site.changed("ex02", down=True)


def next_step(site: Site) -> Step:
    return site.ready[0].step


def test_it_is_given_back_and_not_stopped(drained: Site) -> None:
    step = next_step(missed(drained))
    assert (step.sentence, step.subject) == (
        f'Return "{EX01}" to service: others went out of service meanwhile.',
        next_step(drained.until(ActivateServer)).subject,
    )
    given_back = missed(drained).past(ActivateServer)
    assert not given_back.out_of_service


def test_it_is_given_back_as_well_where_somebody_is_left_but_more_are_out_than_may_be() -> None:
    three = Site.of("ex01", "ex02", "ex03")
    site = three.patient().later(DAY).renewing().past(DrainServer)
    assert isinstance(next_step(missed(site)), ActivateServer)
    allowed = site.ruled(disruption={"maxUnavailable": 2})
    assert isinstance(next_step(missed(allowed)), RestartService)


def test_it_waits_in_service_for_the_other_one(drained: Site) -> None:
    waiting = missed(drained).patient(2 * DAY)
    assert not waiting.out_of_service
    assert (f"DrainServer {EX01}", Reason.WAITING_FOR_BUDGET) in {wait[:2] for wait in waiting.waits}


def test_it_goes_on_at_once_when_the_other_one_is_back(drained: Site) -> None:
    back = missed(drained).past(ActivateServer).changed("ex02", down=False)
    again = next_step(back)
    assert isinstance(again, DrainServer)
    assert again.server == EX01
    ends = back.patient()
    assert not ends.plan.steps
    assert not ends.out_of_service


def test_one_that_was_stopped_is_started_first(drained: Site) -> None:
    stopped = drained.past(RestartService)
    step = next_step(missed(stopped))
    assert isinstance(step, RestartService)
    assert step.phase == "Start"


def test_one_that_is_half_way_through_goes_back_before_its_call_router_is_stopped(drained: Site) -> None:
    through = next(site for site in drained.journey() if _stops_call_router(site))
    step = next_step(missed(through))
    assert isinstance(step, ActivateServer)
    ends = missed(through).past(ActivateServer).changed("ex02", down=False).patient()
    assert not ends.plan.steps


def test_others_that_were_not_looked_at_are_looked_at_before_it_is_stopped(drained: Site) -> None:
    site = drained.changed("ex02", looked_at=drained.now - 2 * MINUTE)
    assert not any(isinstance(one.step, RestartService) for one in site.ready)
    assert (f"RestartService {EX01}", Reason.WAITING_FOR_READING) in {wait[:2] for wait in site.waits}


def test_the_only_server_of_all_is_stopped_all_the_same() -> None:
    assert isinstance(next_step(Site.of("ex01").past(DrainServer)), RestartService)


def _stops_call_router(site: Site) -> bool:
    step = next_step(site) if site.ready else None
    return isinstance(step, RestartService) and (step.service, step.phase) == ("UMCallRouter", "Stop")
