"""A rollout gets to its end whatever happens to the server in hand meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.people import Happening, mode_set_back, reboot
from estate.rollouts import EX01, estate, rollout

pytestmark = pytest.mark.timeout(600)

FQDN = "ex01.contoso.com"
HALF_WRITTEN, STOPPED = 3, 8
"""The effect after which a service has its mode and not its certificate, and after which it is down."""


async def expect_the_end(folder: Path, happening: Happening, effect: int) -> None:
    """Deploy for the first time; something happens directly after the operator's n-th effect."""
    async with rollout(folder, estate(EX01)) as one:
        one.lab.faults.after_effect(effect, lambda: happening(one, FQDN))
        await one.run()
        assert len(one.served()[FQDN] - {""}) == 1
        starts = [count for name, count in one.starts().items()]
        assert max(starts) <= 2 + 2, "the start of the estate, ours, one by others, and one more"


async def test_a_server_that_reboots_between_mode_and_binding_ends_with_its_certificate(
    tmp_path: Path,
) -> None:
    await expect_the_end(tmp_path, reboot, HALF_WRITTEN)


async def test_a_startup_mode_that_somebody_sets_back_is_written_again(tmp_path: Path) -> None:
    await expect_the_end(tmp_path, mode_set_back, STOPPED)
