"""Ready steps in any order, crashes, reboots and people at any moment: every rollout ends as it should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollout_cases import (
    FIRST,
    SECOND,
    SPLIT,
    Case,
    begun,
    check,
    deployed,
    finished,
    finished_or_deployed,
    renewing,
    turned_back,
)
from rollout_explorer import Budget, explore
from rollout_support import Site
from um_operator.planning.order import EDGES
from um_operator.planning.steps import DrainServer

CASES = {
    "from the first request on, one server": Case(
        lambda: Site.of("ex01"), Budget(crashes=1, reboots=1), deployed(1), 2 + 2
    ),
    "two servers and a crash": Case(lambda: begun("ex01", "ex02"), Budget(crashes=1), deployed(1), 4),
    "two servers and a reboot": Case(lambda: begun("ex01", "ex02"), Budget(reboots=1), deployed(1), 4 + 2),
    "a renewal and a crash": Case(lambda: renewing("ex01", "ex02"), Budget(crashes=1), deployed(2), 8),
    "a renewal and a reboot": Case(lambda: renewing("ex01", "ex02"), Budget(reboots=1), deployed(2), 8 + 2),
    "roles on servers of their own": Case(lambda: begun(*SPLIT, **SPLIT), Budget(crashes=1), deployed(1), 3),
    "what is written arrives late": Case(
        lambda: begun("ex01").changed("ex01", lags=True), Budget(crashes=1), deployed(1), 2
    ),
    "calls come and go": Case(lambda: begun("ex01", "ex02"), Budget(calls=1), deployed(1), 4),
    "a server is out of reach for a while": Case(
        lambda: begun("ex01", "ex02"), Budget(outages=1), deployed(1), 4
    ),
    "somebody suspends everything": Case(
        lambda: begun("ex01", "ex02"), Budget(brakes=1), finished_or_deployed, 4
    ),
    "somebody begins a maintenance": Case(lambda: begun("ex01", "ex02"), Budget(maintenances=1), finished, 4),
    "a first certificate that does not start": Case(
        lambda: begun("ex01", "ex02").changed("ex01", refuses=FIRST), Budget(crashes=1), turned_back, 3
    ),
    "a renewal that does not start": Case(
        lambda: renewing("ex01", "ex02").changed("ex01", refuses=SECOND), Budget(crashes=1), turned_back, 7
    ),
    "a renewal that does not start, and a reboot": Case(
        lambda: renewing("ex01", "ex02").changed("ex01", refuses=SECOND), Budget(reboots=1), turned_back, 12
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_ends_as_it_should_and_no_rule_is_broken_on_the_way(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("name", ["the server is drained", "calls have ended", "the server is ready"])
def test_an_order_that_lacks_what_matters_is_found_out(name: str) -> None:
    lacking = tuple(edge for edge in EDGES if edge.name != name)
    site = replace(begun("ex01"), edges=lacking)
    with pytest.raises(AssertionError, match=r"R8|R10|R11|R15"):
        check(Case(lambda: site, Budget(calls=1), deployed(1), 2))


def test_a_start_that_gets_no_time_is_found_out() -> None:
    hasty = tuple(edge for edge in EDGES if edge.name != "the last start had its time")
    site = replace(begun("ex01").changed("ex01", refuses=FIRST), edges=hasty)
    with pytest.raises(AssertionError, match="more than 200 states"):
        explore(site, Budget(), most=200)


def test_a_server_without_a_way_back_stays_as_it_is() -> None:
    site = renewing("ex01", "ex02").changed("ex01", refuses=SECOND).past(DrainServer)
    without = site.changed("ex01", store=site.machine("ex01").store - FIRST)
    found = explore(without, Budget(crashes=1))
    assert not found.circles()
    assert {tuple(state.site.machine("ex01").requests) for state in found.ends.values()} == {("Sidelined",)}
    assert {state.site.machine("ex02").serves("UM") for state in found.ends.values()} == {
        Site.thumbprint("ex02.contoso.com", 1)
    }
