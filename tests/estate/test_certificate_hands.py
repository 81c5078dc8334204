"""A rollout gets to its end whatever happens to the server in hand meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.people import Happening, mode_set_back, reboot
from estate.rollouts import EX01, at_the_end, estate, rollout, told

pytestmark = pytest.mark.timeout(600)

FQDN = "ex01.contoso.com"
STOPPED = 8
"""The effect after which a service is down."""


async def expect_the_end(folder: Path, happening: Happening, effect: int) -> None:
    """Deploy for the first time; something happens directly after the operator's n-th effect.

    Where that makes Exchange refuse the binding, it is told and tried again when a person asks for it.
    """
    # Sessions with a lost server are tried again in real time, which hardly passes here: another one answers.
    spec = estate() if happening is reboot else estate(EX01)
    async with rollout(folder, spec) as one:
        one.lab.faults.after_effect(effect, lambda: happening(one, FQDN))
        report = await one.run(lambda report: at_the_end(report) or "Stalled" in told(report))
        if "Stalled" in told(report):
            assert told(report) == {"Ready": "False/Refused", "Stalled": "True/Refused"}
            one.declare(**{"retry-requested-at": "now"})
            await one.run()
        assert len(one.served()[FQDN] - {""}) == 1
        assert max(one.starts().values()) <= 2 + 2, "the estate's, ours, one by others, and one more"


@pytest.mark.night
async def test_a_startup_mode_that_somebody_sets_back_is_written_again(tmp_path: Path) -> None:
    await expect_the_end(tmp_path, mode_set_back, STOPPED)
