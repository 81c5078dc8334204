"""Front ends of Lync Server 2013 go down by upgrade domain, also where the operator was killed among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from front_end_model import Pool
from front_end_support import PoolWorld, both, computers, owing, stopped
from um_operator.planning.steps import StartFrontEndServices, StopFrontEndServices

FIRST, FOURTH, SECOND = "lyncfe01.contoso.com", "lyncfe04.contoso.com", "lyncfe02.contoso.com"


def up_again(world: PoolWorld) -> PoolWorld:
    """Return the world after everything that was stopped was started, first the service of each."""
    half = both(world.rested(), StartFrontEndServices).rested()
    return both(half, StartFrontEndServices).rested()


def test_the_other_one_of_a_domain_follows_while_the_first_still_lets_its_sessions_end() -> None:
    killed_between = stopped(owing(Pool.of(6, "Lync2013")))
    assert list(killed_between.stopped) == [FIRST]
    draining = replace(killed_between, estate=owing(Pool.of(6, "Lync2013")).pool_estate)

    assert computers(draining, StopFrontEndServices) == [FOURTH]


def test_the_other_one_of_a_domain_waits_where_the_first_is_down_and_needs_no_pause_after_it() -> None:
    killed_between = stopped(owing(Pool.of(6, "Lync2013"))).rested()
    assert computers(killed_between, StopFrontEndServices) == [], "the pool says that it is not ready"

    back = up_again(killed_between)
    assert not back.stopped
    assert computers(back, StopFrontEndServices) == [FOURTH]

    whole = up_again(both(back, StopFrontEndServices))
    assert computers(whole, StopFrontEndServices) == []
    later = replace(whole, now=whole.now + timedelta(minutes=20)).noted()
    assert computers(later, StopFrontEndServices) == [SECOND, "lyncfe05.contoso.com"]
