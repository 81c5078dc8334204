"""What is read because nothing may run before it was: that and no more, where steps say what it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rollout_support import Site
from um_operator.api.reasons import Reason
from um_operator.engine import scopes
from um_operator.planning.scope import Scope
from um_operator.planning.steps import ConfigureService, RestartService

LONG_AGO = timedelta(minutes=5)
LOOK = frozenset[str | None]({"um_services", "call_routers", "hosts", "dial_plans"})
AVAILABILITY = frozenset[str | None]({"availability", "dial_plans"})


def with_old_news_of(*names: str) -> Site:
    return aged(Site.of("ex01", "ex02", "ex03").until(ConfigureService), *names)


def aged(site: Site, *names: str) -> Site:
    for name in names:
        site = site.changed(name, looked_at=site.now - LONG_AGO)
    return site


def asked(site: Site) -> Scope:
    return scopes.of_waits(site.plan)


def test_before_a_server_is_taken_out_of_service_those_not_seen_lately_are_looked_at() -> None:
    scope = asked(with_old_news_of("ex02", "ex03"))
    assert scope.fields == LOOK
    assert scope.servers == frozenset({"ex02.contoso.com", "ex03.contoso.com"})


def test_before_a_service_is_stopped_it_is_read_whether_those_not_seen_lately_take_calls() -> None:
    scope = asked(aged(Site.of("ex01", "ex02", "ex03").until(RestartService), "ex02"))
    assert scope.fields == AVAILABILITY
    assert scope.servers == frozenset({"ex02.contoso.com"})


def test_a_step_has_what_it_rests_on_read_of_its_own_server() -> None:
    scope = asked(aged(Site.of("ex01", "ex02").until(RestartService), "ex01"))
    assert scope.fields is not None
    assert scope.fields >= RestartService.reads
    assert scope.servers == frozenset({"ex01.contoso.com"})


def test_where_a_wait_names_no_server_all_are_looked_at() -> None:
    site = with_old_news_of("ex02")
    waits = [(one, wait) for one in site.plan.steps for wait in one.waits if wait.reads]
    planned, wait = waits[0]
    of_nobody = replace(planned, waits=(replace(wait, object=""),))
    plan = replace(site.plan, steps=(of_nobody, *site.plan.steps))
    assert scopes.of_waits(plan).servers is None


def test_where_no_step_says_what_it_waits_for_everything_is_read() -> None:
    site = with_old_news_of("ex02")
    silent = tuple(
        replace(one, waits=tuple(replace(wait, reads=frozenset()) for wait in one.waits))
        for one in site.plan.steps
    )
    assert any(wait.reason == Reason.WAITING_FOR_READING for one in silent for wait in one.waits)
    assert scopes.of_waits(replace(site.plan, steps=silent)).everything
