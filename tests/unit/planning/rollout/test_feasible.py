"""That a renewal does not fit into the windows is told when there is time to make them longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

from rollout_reading import UM
from rollout_support import Site
from um_operator.api.condition import Condition
from um_operator.planning.conditions import statuses
from um_operator.planning.feasibility import feasibility
from um_operator.planning.steps import ActivateServer
from um_operator.planning.view import View

DAY = timedelta(days=1)
NIGHT = {"name": "night", "schedule": "0 22 * * *", "duration": "1h", "timeZone": "UTC"}
ONCE_A_YEAR = {**NIGHT, "schedule": "0 22 24 12 *"}
TOO_SHORT = {**NIGHT, "schedule": "0 22 1 */2 *"}
"""A server every other month; the renewal of a certificate of a year is due four months before its end."""


def told(site: Site) -> Condition | None:
    """Return the condition that tells that there is no room."""
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    return next((one for one in status.conditions if one.reason == "Infeasible"), None)


def counted(site: Site) -> tuple[int, int] | None:
    """Return how many servers fit, and how many there are."""
    view = View.at(site.desired, site.snapshot, site.ledger, site.now, site.now)
    found = feasibility(view, UM)
    return (found.fitting, found.servers) if found else None


@cache
def three() -> Site:
    """Return three servers that serve their certificates."""
    return Site.of(*(f"ex0{n}" for n in range(1, 4))).patient().later(DAY)


def test_a_renewal_that_fits_is_no_worth_a_word() -> None:
    site = three().ruled(maintenanceWindows=[NIGHT])
    assert counted(site) == (3, 3)
    assert told(site) is None


def test_windows_for_two_of_three_servers_are_told_months_before_the_renewal() -> None:
    site = three().ruled(maintenanceWindows=[TOO_SHORT])
    condition = told(site)
    assert condition is not None
    assert condition.type == "ManualActionRequired"
    assert "are enough for 2 of 3 servers" in condition.message
    assert not site.plan.steps


def test_a_plan_warns_of_the_same_in_the_same_words() -> None:
    site = three().ruled(maintenanceWindows=[TOO_SHORT])
    condition = told(site)
    assert condition is not None
    assert site.plan.warnings == {UM: condition.message}
    assert not three().ruled(maintenanceWindows=[NIGHT]).plan.warnings


def test_the_message_stays_the_same_from_day_to_day() -> None:
    site = three().ruled(maintenanceWindows=[TOO_SHORT])
    first, later = told(site), told(site.later(30 * DAY))
    assert first is not None
    assert later is not None
    assert later.message == first.message


def test_it_is_over_once_the_windows_are_long_enough() -> None:
    site = three().ruled(maintenanceWindows=[TOO_SHORT])
    assert told(site.ruled(maintenanceWindows=[{**TOO_SHORT, "duration": "3h"}])) is None


def test_while_a_renewal_waits_only_the_servers_that_wait_for_it_count() -> None:
    site = three().ruled(maintenanceWindows=[ONCE_A_YEAR]).renewing().settled()
    assert counted(site) == (1, 3)
    begun = site.ruled(maintenanceWindows=[]).past(ActivateServer)
    assert counted(begun.ruled(maintenanceWindows=[ONCE_A_YEAR])) == (1, 2)


def test_a_first_deployment_has_nothing_that_could_end() -> None:
    assert counted(Site.of("ex01", "ex02", org={"maintenanceWindows": [ONCE_A_YEAR]}).settled()) is None


def test_what_is_only_observed_needs_no_window() -> None:
    assert counted(three().ruled(maintenanceWindows=[ONCE_A_YEAR], mode="Observe")) is None


def test_a_server_that_shows_nothing_still_takes_its_time() -> None:
    site = three()
    machines = {
        fqdn: replace(machine, blocked=fqdn.startswith("ex01"))
        for fqdn, machine in site.servers.machines.items()
    }
    blind = replace(site, servers=replace(site.servers, machines=machines)).seen()
    assert counted(blind.ruled(maintenanceWindows=[TOO_SHORT])) == (2, 3)
