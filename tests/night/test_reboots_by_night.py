"""Somebody reboots a server after whichever effect of a rotation: it gets to its end, the phones stay up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from estate.reboots import Reboots
from estate.rollouts import estate, rollout
from um_operator.lab.exchange.builder import Secured
from um_operator.lab.presets import mixed_on_tls

pytestmark = pytest.mark.timeout(1800)

EFFECTS = range(1, 17)
"""Of a rotation over two servers."""
NOBODY = frozenset[str]()
"""Whose calls have to succeed where one server of two is in hand, and somebody takes away the other one."""
SOME, MOST = 7, 12
"""After how many effects each somebody comes, and how often; the whole rotation has some 90 effects."""
DAY = timedelta(days=1)


@pytest.mark.parametrize("fqdn", ["ex01.contoso.com", "ex02.contoso.com"])
@pytest.mark.parametrize("effect", EFFECTS)
async def test_a_rotation_over_two_servers_goes_on(tmp_path: Path, effect: int, fqdn: str) -> None:
    async with rollout(tmp_path, estate(secured=Secured())) as one:
        reboots = Reboots(one)
        one.operator.declarations.served = NOBODY
        one.lab.faults.after_effect(effect, lambda: reboots.reboot(fqdn))
        await one.run(reboots.are_over)
        assert reboots.counts == {fqdn: 1}
        reboots.judge()


async def test_a_rotation_over_twelve_servers_goes_on_however_often_one_is_rebooted(tmp_path: Path) -> None:
    async with rollout(tmp_path, mixed_on_tls()) as one:
        reboots = Reboots(one)
        reboots.after_every(SOME, most=MOST)
        await one.run(reboots.are_over, within=DAY)
        assert reboots.counts.total() == MOST
        reboots.judge()
