"""The quorum of pools, row by row as the product's documentation has it (field notes 5.6)."""

from __future__ import annotations

import itertools

import pytest

from um_operator.observed.lync import Product
from um_operator.planning.quorum import Quorum, quorum_of

ROWS = {
    1: (1, 1), 2: (1, 2), 3: (2, 3), 4: (2, 4), 5: (3, 5), 6: (3, 6), 7: (4, 7), 8: (4, 7), 9: (4, 7),
    10: (5, 9), 11: (5, 9), 12: (5, 9),
}  # fmt: skip
"""Front ends: how many must run, of the first how many."""
LARGE = {12: (7, 12), 13: (7, 12), 14: (7, 12), 15: (7, 12), 16: (7, 12)}


@pytest.mark.parametrize(("front_ends", "row"), ROWS.items())
@pytest.mark.parametrize("product", ["Lync2013", "SkypeForBusiness2015"])
def test_a_pool_of_so_many_front_ends_goes_on_with_so_many(
    front_ends: int, row: tuple[int, int], product: Product
) -> None:
    assert quorum_of(front_ends, product) == Quorum(*row)


@pytest.mark.parametrize(("front_ends", "row"), {**ROWS, **LARGE}.items())
def test_the_largest_pools_of_skype_for_business_2019_count_the_first_twelve(
    front_ends: int, row: tuple[int, int]
) -> None:
    assert quorum_of(front_ends, "SkypeForBusiness2019") == Quorum(*row)


@pytest.mark.parametrize("product", ["Lync2013", "SkypeForBusiness2015"])
@pytest.mark.parametrize("front_ends", [0, 13, 16, 17])
def test_of_a_pool_that_no_source_speaks_of_nothing_is_said(front_ends: int, product: Product) -> None:
    assert quorum_of(front_ends, product) is None


@pytest.mark.parametrize("front_ends", range(18))
def test_lync_server_2010_has_no_quorum_to_go_by(front_ends: int) -> None:
    assert quorum_of(front_ends, "Lync2010") is None


def test_front_ends_behind_the_first_ones_do_not_help_a_pool() -> None:
    pool = [f"fe{number:02}.contoso.com" for number in range(1, 13)]
    quorum = quorum_of(12, "Lync2013")
    assert quorum is not None

    assert quorum.margin(pool, pool) == 4
    assert quorum.margin(pool, pool[4:]) == 0
    assert quorum.margin(pool, pool[5:]) == -1, "seven run, but only four of the first nine"


def test_names_are_compared_without_case() -> None:
    assert Quorum(2, 3).margin(["FE1.contoso.com", "fe2.Contoso.com"], {"fe1.contoso.com"}) == -1


@pytest.mark.parametrize("front_ends", range(3, 13))
def test_a_whole_pool_can_always_lose_one_front_end_and_keeps_its_quorum(front_ends: int) -> None:
    pool = [str(number) for number in range(front_ends)]
    quorum = quorum_of(front_ends, "Lync2013")
    assert quorum is not None

    left = [quorum.margin(pool, [one for one in pool if one != lost]) for lost in pool]

    assert min(left) == quorum.margin(pool, pool) - 1 >= 0
    assert all(
        quorum.margin(pool, running) >= 0
        for running in itertools.combinations(pool, front_ends - quorum.margin(pool, pool))
    ), "whoever they are, so many may be missing as the margin of the whole pool says"
