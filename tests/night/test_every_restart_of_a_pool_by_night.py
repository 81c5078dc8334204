"""The restart of larger pools in every way that it can go; the day has the smaller ones."""

from __future__ import annotations

import pytest

from front_end_explorer import explore
from front_end_model import Pool
from front_end_states import Mishaps, beginning
from um_operator.observed.lync import Product


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [6, 9])
def test_upgrade_domains_go_down_together_in_any_order_and_the_pool_comes_to_its_end(count: int) -> None:
    found = explore(beginning(Pool.of(count, "Lync2013"), Mishaps()), most=500_000)

    assert found.goals
    assert found.astray() == []


@pytest.mark.parametrize("count", [4, 6, 7, 9, 10, 11])
def test_a_pool_of_any_size_is_restarted_one_front_end_after_the_other(count: int) -> None:
    found = explore(beginning(Pool.of(count), Mishaps()))

    assert found.goals
    assert found.astray() == []


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("product", "count"),
    [*(("SkypeForBusiness2015", count) for count in range(4, 9)), ("Lync2013", 4), ("Lync2013", 6)],
)
def test_a_larger_pool_of_which_one_dies_and_an_order_is_lost_keeps_its_quorum(
    product: Product, count: int
) -> None:
    found = explore(beginning(Pool.of(count, product), Mishaps(lost=1, deaths=1)), most=500_000)

    assert found.astray() == []


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("product", ["Lync2013", "SkypeForBusiness2015"])
@pytest.mark.parametrize(
    ("count", "left"),
    [
        (3, Mishaps(refused=2, deaths=1)),
        (3, Mishaps(refused=1, lost=1, deaths=1)),
        (4, Mishaps(refused=1, deaths=1)),
        (5, Mishaps(refused=2)),
    ],
)
def test_a_pool_of_which_some_refuse_while_others_die_keeps_its_quorum_and_is_whole_in_the_end(
    count: int, left: Mishaps, product: Product
) -> None:
    found = explore(beginning(Pool.of(count, product), left), most=500_000)

    assert found.goals
    assert found.astray() == []
