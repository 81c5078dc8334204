"""The first steps: a directory of manifests becomes true in Exchange, and stays true."""

from __future__ import annotations

import pytest

from estate.harness import SERVERS_HAVE_READ, Operator, live
from um_operator.lab.estate import Lab
from um_operator.lab.variants import Variants

BOTH = {"defaults": Variants(), "others": Variants.others()}
"""Each answer of each open question; each other answer alone by night."""


@pytest.fixture(params=BOTH, ids=list(BOTH))
def variants(request: pytest.FixtureRequest) -> Variants:
    return BOTH[request.param]


async def test_manifests_become_true_stay_true_and_calls_are_answered(lab: Lab, operator: Operator) -> None:
    await expect_true_and_kept(lab, operator)


async def expect_true_and_kept(lab: Lab, operator: Operator) -> None:
    """Apply, apply again, repair what is declared and nothing else, and let every device call."""
    report = await operator.apply()
    assert report.plan.steps == ()
    assert {event.type for event in operator.events} == {"Normal"}
    effects = len(lab.journal.effects)

    again = await operator.apply()
    assert again.plan.steps == ()
    assert len(lab.journal.effects) == effects, "a second run changed something"

    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070, MessageWaitingIndicatorAllowed=False)
    found = await operator.apply()
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060, "drift of a declared field is repaired"
    assert live(lab, "UMIPGateway", "sbc01")["MessageWaitingIndicatorAllowed"] is False, "it is not declared"
    assert found.plan.steps == ()

    lab.clock.advance(SERVERS_HAVE_READ)
    await lab.calls.until_each_gateway_called(deadline=20)
    assert not lab.calls.summary().total.cut
