"""Each operator that does wrong to pools is caught by calls or journal; one that does right is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from estate.mutants.lync_mutants import (
    LYNC_MUTANTS,
    LyncMutant,
    all_at_once,
    no_way_out,
    only_the_named_service_started,
    pools_at_work,
)
from estate.mutants.lync_order import LYNC_MUTANTS_OF_ORDER, what_a_person_stopped_started
from um_operator.lab.invariants.judge import RulesBrokenError

BY_DAY = {all_at_once, only_the_named_service_started, no_way_out, what_a_person_stopped_started}
"""Those of a kind each; the others take turns by night."""


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(
            mutant, id=mutant.wrong.__name__, marks=() if mutant.wrong in BY_DAY else pytest.mark.night
        )
        for mutant in (*LYNC_MUTANTS, *LYNC_MUTANTS_OF_ORDER)
    ],
)
async def test_a_wrong_operator_is_caught(mutant: LyncMutant) -> None:
    async with pools_at_work(mutant.declared, mutant.front_ends) as hands:
        assert await hands.ring() is None
        await mutant.wrong(hands)
        if mutant.cause:
            cause = await hands.ring()
            assert cause is not None
            assert cause.value == mutant.cause
        with pytest.raises(RulesBrokenError) as broken:
            hands.lab.invariants.check_end()
    assert mutant.caught_by in {violation.rule for violation in broken.value.violations}


async def test_a_right_operator_restarts_one_front_end_after_the_other_and_no_rule_is_broken() -> None:
    async with pools_at_work() as hands:
        for front_end in hands.front_ends:
            await hands.restart(front_end.fqdn)
            hands.lab.clock.advance(timedelta(minutes=40))
        assert await hands.ring() is None
        hands.lab.invariants.check_end()
