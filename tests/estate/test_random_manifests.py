"""No manifest, however odd, makes a call fail except by what it says in so many words."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.campaign import Campaign
from estate.campaign_manifests import Drafts
from estate.conftest import RATE
from um_operator.api.meta import ObjectKey
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

SEED = 1
ROUNDS = 6
"""Longer campaigns, of seeds that nobody has seen before, by night."""


async def test_calls_fail_only_by_what_the_manifests_say(tmp_path: Path) -> None:
    async with Lab.start(first_steps(), clock=Clock(rate=RATE), seed=SEED) as lab:
        await Campaign(lab, tmp_path, SEED).run(ROUNDS)


@pytest.mark.parametrize(
    ("broken", "noticed"),
    [
        ("promises", "failed though promised"),
        ("interrupts", "no step was named as interrupting"),
    ],
)
async def test_the_campaign_notices_a_call_that_fails_against_its_word(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, noticed: str
) -> None:
    def close(drafts: Drafts, _: object) -> frozenset[ObjectKey]:
        drafts.gateways["sbc01"]["spec"]["state"] = "NoNewCalls"
        return frozenset()

    monkeypatch.setattr(Drafts, "change", close)
    monkeypatch.setattr(Campaign, "_by_hand", lambda _: None)
    if broken == "promises":
        monkeypatch.setattr(Drafts, "promises", lambda *_: True)
    else:
        monkeypatch.setattr(Campaign, "_was_said", lambda *_: False)
    with pytest.raises(AssertionError, match=noticed):
        await Campaign(lab, tmp_path, 1).run(3)
