"""Each wrong operator is caught by calls or journal; a right one, by the same hands, is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estate.mutants.hands import DECLARED, GATEWAY, NEW_GATEWAY, ExchangeRefusedError, Hands, in_force
from estate.mutants.mutants import DELETABLE, MUTANTS, Mutant
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.journal import Occurrence
from um_operator.lab.variants import Variants


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.wrong.__name__)
async def test_a_wrong_operator_is_caught(mutant: Mutant) -> None:
    async with in_force(mutant.declared) as hands:
        await mutant.wrong(hands)
        assert mutant.caught_by <= broken(hands)
        if mutant.cause:
            assert mutant.cause in causes(hands)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.wrong.__name__)
async def test_where_every_open_question_has_the_other_answer_it_is_caught_or_refused(mutant: Mutant) -> None:
    async with in_force(mutant.declared, Variants.others()) as hands:
        try:
            await mutant.wrong(hands)
        except ExchangeRefusedError:
            return
        assert mutant.caught_by <= broken(hands)


async def test_a_right_operator_makes_and_deletes_gateways_and_no_rule_is_broken() -> None:
    declared = replace(DELETABLE, served=DECLARED.served - {GATEWAY})
    async with in_force(declared) as hands:
        hands.done("New-UMIPGateway", NEW_GATEWAY, Address=f"{NEW_GATEWAY}.contoso.com")
        hands.done("Set-UMIPGateway", NEW_GATEWAY, Port=5070)
        hands.link("main", NEW_GATEWAY, "790")
        hands.done("Set-UMIPGateway", GATEWAY, Status="NoNewCalls")
        await hands.wait()
        hands.done("Remove-UMHuntGroup", f"{GATEWAY}\\main")
        hands.done("Remove-UMIPGateway", GATEWAY)
        await hands.wait()
        hands.lab.invariants.check()
        assert hands.lab.calls.summary().total.cut == 0


async def test_without_an_operator_calls_go_on_and_no_rule_is_broken() -> None:
    async with in_force() as hands:
        before = hands.lab.calls.summary().gateways[GATEWAY].answered
        await hands.wait()
        hands.lab.invariants.check()
        assert hands.lab.calls.summary().gateways[GATEWAY].answered > before


def broken(hands: Hands) -> set[str]:
    """The rules that were broken so far."""
    with pytest.raises(RulesBrokenError) as error:
        hands.lab.invariants.check()
    return {violation.rule for violation in error.value.violations}


def causes(hands: Hands) -> set[object]:
    """The causes of all calls that failed or were cut."""
    entries = (entry for entry in hands.lab.journal.entries if isinstance(entry, Occurrence))
    return {entry.details["cause"] for entry in entries if entry.what in ("CallFailed", "CallCut")}
