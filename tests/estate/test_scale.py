"""What a full pass costs depends on what comes back, never on how many objects are declared."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from estate import many
from estate.harness import declaring
from estate.manifests import organization
from um_operator.engine import scopes
from um_operator.lab.estate import Lab

BYTES_A_RECEIVE = 400_000
"""Of result that one more HTTP request has to bring; Exchange takes envelopes of 500 KiB, in base64."""


@dataclass(frozen=True)
class Cost:
    """What a no-change full pass costs the servers."""

    invocations: Counter[str]
    requests: int
    result_bytes: int
    effects: int


async def cost(folder: Path, plans: int, gateways: int) -> Cost:
    """Adopt an organisation of that size, and measure the full pass after that."""
    async with Lab.start(many.estate(plans, gateways)) as lab:
        operator = declaring(lab, folder, organization(), *many.manifests(plans, gateways))
        async with operator.at_work() as (target, one):
            first = await one.run(target.desired, scopes.everything(None), await one.recall())
            before = lab.counters
            again = await one.run(target.desired, scopes.everything(None), first.memory)
            after = lab.counters
        assert first.plan.steps == again.plan.steps == ()
        assert not again.plan.findings
        lab.invariants.check()
        return Cost(
            after.invocations - before.invocations,
            after.http_requests - before.http_requests,
            after.result_bytes - before.result_bytes,
            len(lab.journal.effects),
        )


async def test_a_full_pass_over_more_objects_makes_no_more_calls_and_writes_nothing(tmp_path: Path) -> None:
    small, large = await cost(tmp_path / "small", 2, 10), await cost(tmp_path / "large", 20, 100)
    assert large.invocations == small.invocations
    assert large.effects == small.effects == 0
    more = large.result_bytes - small.result_bytes
    assert more > BYTES_A_RECEIVE, "the difference of the estates is too small to show anything"
    assert large.requests - small.requests <= math.ceil(more / BYTES_A_RECEIVE)
