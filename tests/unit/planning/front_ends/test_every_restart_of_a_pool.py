"""Every way that the restart of a pool can go: its quorum is never lost by us, and it comes to its end.

The night has the other sizes, and upgrade domains of three, which have too many ways for a day.
"""

from __future__ import annotations

import pytest

from front_end_explorer import explore, walk
from front_end_model import Pool
from front_end_states import Mishaps, beginning
from um_operator.observed.lync import Product
from um_operator.planning.front_ends.holds import STOP_HOLDS, Hold, quorum_is_left

POOLS: list[tuple[Product, int]] = [
    *(("SkypeForBusiness2015", count) for count in (3, 5, 8, 12)),
    *(("Lync2013", count) for count in (4, 10)),
]


@pytest.mark.parametrize(("product", "count"), POOLS)
def test_a_pool_is_restarted_one_batch_after_the_other(product: Product, count: int) -> None:
    found = explore(beginning(Pool.of(count, product), Mishaps()))

    assert found.goals
    assert found.astray() == []


@pytest.mark.parametrize("count", [9, 12])
def test_a_pool_with_large_upgrade_domains_comes_to_its_end(count: int) -> None:
    assert walk(beginning(Pool.of(count, "Lync2013"), Mishaps()))


@pytest.mark.parametrize("product", ["Lync2013", "SkypeForBusiness2015"])
def test_a_pool_of_which_one_dies_and_an_order_is_lost_keeps_its_quorum_and_is_whole_in_the_end(
    product: Product,
) -> None:
    found = explore(beginning(Pool.of(3, product), Mishaps(lost=1, deaths=1)))

    assert found.astray() == []


@pytest.mark.parametrize("product", ["Lync2013", "SkypeForBusiness2015"])
def test_a_pool_of_which_one_refuses_what_it_is_told_is_restarted_and_whole_in_the_end(
    product: Product,
) -> None:
    found = explore(beginning(Pool.of(3, product), Mishaps(refused=1)))

    assert found.goals
    assert found.astray() == []


NEEDED_AT_DEATHS = {"others_run", "pool_is_ready", "routing_groups_stay_whole", "quorum_is_left"}


def without(*names: str) -> tuple[Hold, ...]:
    return tuple(hold for hold in STOP_HOLDS if hold.__name__ not in names)


def test_without_the_holds_of_the_pool_more_go_down_than_anybody_was_told() -> None:
    with pytest.raises(AssertionError, match="exactly the quorum, and nobody was told"):
        explore(beginning(Pool.of(4), Mishaps(deaths=1)), without(*NEEDED_AT_DEATHS))


def test_the_look_at_the_other_front_ends_is_enough_to_see_one_that_died() -> None:
    explore(beginning(Pool.of(3), Mishaps(deaths=1)), without(*NEEDED_AT_DEATHS - {"others_run"}))


def test_the_quorum_alone_keeps_a_pool_from_losing_it_but_not_from_losing_two() -> None:
    assert quorum_is_left in STOP_HOLDS
    with pytest.raises(AssertionError, match="was down already") as broken:
        explore(beginning(Pool.of(4), Mishaps(deaths=1)), without(*NEEDED_AT_DEATHS - {"quorum_is_left"}))
    assert "fewer front ends" not in str(broken.value)
