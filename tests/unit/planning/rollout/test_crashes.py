"""The operator may die, and servers may be rebooted by anyone, at every step: it ends as declared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollout_model import Machine
from rollout_support import Site
from um_operator.planning.steps import ConfigureService, RestartService, Step

SERVERS = ("ex01", "ex02")
JOURNEY = [site for site in Site.of(*SERVERS).journey() if site.ready]
RENEWAL = [site for site in Site.of(*SERVERS).patient().renewing().journey() if site.ready]
STEPS = range(len(JOURNEY))
RENEWAL_STEPS = range(len(RENEWAL))


def starts(site: Site) -> int:
    """Return how often services were started since the beginning."""
    return site.servers.starts


def ends_well(site: Site, *, revision: int, most_starts: int) -> None:
    end = site.patient()
    assert not end.plan.steps, end.waits
    for machine in end.servers.machines.values():
        assert serves(machine, revision), machine
    assert not end.out_of_service
    assert starts(end) <= most_starts
    assert {one.number for one in end.servers.revisions} == set(range(1, revision + 1))


def serves(machine: Machine, revision: int) -> bool:
    wanted = Site.thumbprint(machine.fqdn, revision)
    return all(machine.serves(name) == wanted for name in machine.services)


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("effect", [False, True], ids=["before the effect", "after the effect"])
def test_a_crash_at_any_step_of_a_first_deployment_ends_as_declared(number: int, effect: bool) -> None:
    site = JOURNEY[number]
    ends_well(site.broken_off(site.ready[0], effect=effect), revision=1, most_starts=5)


@pytest.mark.parametrize("number", RENEWAL_STEPS)
@pytest.mark.parametrize("effect", [False, True], ids=["before the effect", "after the effect"])
def test_a_crash_at_any_step_of_a_renewal_ends_as_declared(number: int, effect: bool) -> None:
    site = RENEWAL[number]
    ends_well(site.broken_off(site.ready[0], effect=effect), revision=2, most_starts=9)


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("number", STEPS)
def test_a_reboot_by_anyone_at_any_step_ends_as_declared(number: int, name: str) -> None:
    ends_well(JOURNEY[number].rebooted(name), revision=1, most_starts=4 + 2 + 1)


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("number", RENEWAL_STEPS)
def test_a_reboot_at_any_step_of_a_renewal_ends_as_declared(number: int, name: str) -> None:
    ends_well(RENEWAL[number].rebooted(name), revision=2, most_starts=8 + 2 + 1)


def half_written(site: Site, step: ConfigureService) -> Site:
    """The process dies between mode and binding of a unit."""
    begun = site.broken_off(site.ready[0], effect=False)
    name = step.server.partition(".")[0]
    mode = {**begun.machine(name).mode, step.service: step.mode}
    machine = replace(begun.machine(name), mode=mode)
    servers = replace(begun.servers, machines={**begun.servers.machines, machine.fqdn: machine})
    return replace(begun, servers=servers)


HALVES = [(site, step) for site in JOURNEY if isinstance(step := site.ready[0].step, ConfigureService)]


@pytest.mark.parametrize(("site", "step"), HALVES, ids=lambda value: getattr(value, "subject", ""))
def test_a_mode_without_its_binding_is_completed_first_whoever_forbids_it(
    site: Site, step: ConfigureService
) -> None:
    half = half_written(site, step)
    held = half.ruled(mode="Observe", suspend=True)
    assert [type(planned.step) for planned in held.ready] == [ConfigureService]
    ends_well(half, revision=1, most_starts=4)


@pytest.mark.parametrize(("site", "step"), HALVES, ids=lambda value: getattr(value, "subject", ""))
def test_a_reboot_between_mode_and_binding_is_overcome(site: Site, step: ConfigureService) -> None:
    half = half_written(site, step)
    down = half.rebooted(step.server.partition(".")[0])
    assert down.out_of_service == [step.server]
    ends_well(down, revision=1, most_starts=4 + 2 + 2)


def kinds(site: Site) -> list[type[Step]]:
    return [type(planned.step) for planned in site.ready]


@pytest.mark.parametrize("number", [n for n in STEPS if isinstance(JOURNEY[n].ready[0].step, RestartService)])
def test_an_operator_that_was_away_for_long_does_not_take_that_for_a_failure(number: int) -> None:
    site = JOURNEY[number]
    away = site.broken_off(site.ready[0], effect=False)
    ends_well(
        replace(away, now=away.now + 100 * (RENEWAL[0].now - JOURNEY[0].now)), revision=1, most_starts=5
    )
