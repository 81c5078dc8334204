"""Rollouts over three servers, and with more that goes wrong at once; every status is held to the rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rollout_cases import (
    FIRST,
    SECOND,
    SPLIT,
    Case,
    begun,
    check,
    deployed,
    deployed_or_turned_back,
    finished,
    finished_or_deployed,
    renewing,
    turned_back,
)
from rollout_explorer import Budget
from rollout_judging import every_status_is_judged
from rollout_support import Site
from um_operator.planning.steps import ConfigureService

THREE = ("ex01", "ex02", "ex03")
TWO_AT_ONCE = {"disruption": {"maxUnavailable": 2, "soak": "0s"}}


def two_at_once() -> Site:
    return Site.of(*THREE, org=TWO_AT_ONCE).until(ConfigureService)


CASES = {
    "three servers": Case(lambda: begun(*THREE), Budget(crashes=1, reboots=1), deployed(1), 6 + 2 + 1),
    "three servers, two crashes": Case(
        lambda: begun(*THREE), Budget(crashes=2), deployed_or_turned_back(1), 6 + 1
    ),
    "three servers, two at once": Case(two_at_once, Budget(crashes=1, reboots=1), deployed(1), 6 + 2 + 1),
    "three servers, a renewal": Case(
        lambda: renewing(*THREE), Budget(crashes=1, reboots=1), deployed(2), 12 + 2 + 1
    ),
    "two servers, two reboots": Case(
        lambda: begun("ex01", "ex02"), Budget(crashes=1, reboots=2), deployed(1), 4 + 4 + 2
    ),
    "two servers from the first request on": Case(
        lambda: Site.of("ex01", "ex02"), Budget(crashes=1, reboots=1), deployed(1), 4 + 2 + 1
    ),
    "roles on servers of their own": Case(
        lambda: begun(*SPLIT, **SPLIT), Budget(crashes=1, reboots=1), deployed(1), 3 + 2 + 1
    ),
    "what is written arrives late": Case(
        lambda: begun("ex01", "ex02").changed("ex01", lags=True).changed("ex02", lags=True),
        Budget(crashes=1, reboots=1),
        deployed(1),
        4 + 2 + 1,
    ),
    "calls come and go": Case(lambda: begun("ex01", "ex02"), Budget(crashes=1, calls=2), deployed(1), 4 + 1),
    "servers are out of reach": Case(
        lambda: begun("ex01", "ex02"), Budget(crashes=1, reboots=1, outages=1), deployed(1), 4 + 2 + 1
    ),
    "somebody suspends everything": Case(
        lambda: begun(*THREE), Budget(crashes=1, reboots=1, brakes=1), finished_or_deployed, 6 + 2 + 1
    ),
    "somebody begins a maintenance": Case(
        lambda: begun(*THREE), Budget(crashes=1, maintenances=1), finished, 6
    ),
    "a first certificate that does not start": Case(
        lambda: begun(*THREE).changed("ex01", refuses=FIRST), Budget(crashes=2, reboots=1), turned_back, 12
    ),
    "a renewal that does not start": Case(
        lambda: renewing(*THREE).changed("ex01", refuses=SECOND),
        Budget(crashes=2, reboots=1),
        turned_back,
        6 + 12,
    ),
}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_ends_as_it_should_and_no_rule_is_broken_on_the_way(
    case: Case, record_property: Callable[[str, object], None]
) -> None:
    with every_status_is_judged():
        found = check(case)
    record_property("states", len(found.paths))
    record_property("transitions", found.transitions)
