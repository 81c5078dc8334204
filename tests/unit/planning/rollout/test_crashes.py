"""The operator may die in the middle of a step, or for long; reboots come when they come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rollout_machine import Machine
from rollout_support import Site
from um_operator.planning.steps import ConfigureService, RestartService

SERVERS = ("ex01", "ex02")
JOURNEY = [site for site in Site.of(*SERVERS).journey() if site.ready]
RESTARTS = [site for site in JOURNEY if isinstance(site.ready[0].step, RestartService)]


def ends_well(site: Site, *, revision: int, most_starts: int) -> None:
    end = site.patient()
    assert not end.plan.steps, end.waits
    for machine in end.servers.machines.values():
        assert serves(machine, revision), machine
    assert not end.out_of_service
    assert end.servers.starts <= most_starts
    assert {one.number for one in end.servers.revisions} == set(range(1, revision + 1))


def serves(machine: Machine, revision: int) -> bool:
    wanted = Site.thumbprint(machine.fqdn, revision)
    return all(machine.serves(name) == wanted for name in machine.services)


HALVES = [(site, step) for site in JOURNEY if isinstance(step := site.ready[0].step, ConfigureService)]


@pytest.mark.parametrize(("site", "step"), HALVES, ids=lambda value: getattr(value, "subject", ""))
def test_a_mode_without_its_binding_is_completed_first_whoever_forbids_it(
    site: Site, step: ConfigureService
) -> None:
    half = site.half_written(site.ready[0]).seen()
    held = half.ruled(mode="Observe", suspend=True)
    assert [type(planned.step) for planned in held.ready] == [ConfigureService]
    ends_well(half, revision=1, most_starts=4)


@pytest.mark.parametrize(("site", "step"), HALVES, ids=lambda value: getattr(value, "subject", ""))
def test_a_reboot_between_mode_and_binding_is_overcome(site: Site, step: ConfigureService) -> None:
    half = site.half_written(site.ready[0]).seen()
    down = half.rebooted(step.server.partition(".")[0])
    assert down.out_of_service == [step.server]
    ends_well(down, revision=1, most_starts=4 + 2 + 2)


@pytest.mark.parametrize("site", RESTARTS, ids=lambda site: site.ready[0].step.sentence[:40])
def test_an_operator_that_was_away_for_long_does_not_take_that_for_a_failure(site: Site) -> None:
    away = site.broken_off(site.ready[0], effect=False).later(timedelta(days=3))
    ends_well(away, revision=1, most_starts=4)


def test_who_dies_before_every_start_has_started_nothing_and_the_next_one_does() -> None:
    starts = [site for site in RESTARTS if getattr(site.ready[0].step, "phase", "") == "Start"]
    site = starts[0]
    for _ in range(4):
        site = site.broken_off(site.ready[0], effect=False).later(timedelta(hours=1))
    ends_well(site, revision=1, most_starts=4)
