"""Which pools a pass looks at, from what is declared and from what we stopped."""

from __future__ import annotations

from lync_support import LYNC, POOL, SECURED, STANDARD, estate, world
from planning_support import NOW, World
from um_operator.engine import scopes
from um_operator.observed.restarts import Stopped
from um_operator.planning.scope import Scope

FRONT_END = "lyncfe01.contoso.com"


def stopped_in(pool: str) -> World:
    at = world(estate(SECURED))
    entry = Stopped(pool, ("RTCSRV",), NOW)
    return at.remembering(at.desired.key, stopped={FRONT_END: entry})


def pools(at: World) -> dict[str, tuple[str, ...]]:
    scope = scopes.completed(Scope(), at.desired, at.ledger)
    return {str(one.key): one.pools for one in scope.lync}


def test_a_declared_pool_is_looked_at_once_though_a_front_end_of_it_is_down_by_us() -> None:
    assert pools(stopped_in(POOL)) == {str(LYNC): (POOL,)}


def test_the_pool_of_a_front_end_that_we_stopped_is_looked_at_though_its_integration_is_gone() -> None:
    at = stopped_in(POOL).declaring()
    assert pools(at) == {str(at.desired.key): (POOL,)}


def test_the_pool_of_a_front_end_that_we_stopped_is_looked_at_beside_the_pools_declared() -> None:
    at = stopped_in(STANDARD)
    assert pools(at) == {str(LYNC): (POOL,), str(at.desired.key): (STANDARD,)}


def test_nothing_of_lync_is_looked_at_where_nothing_is_declared_or_down() -> None:
    assert pools(world(estate(SECURED)).declaring()) == {}
