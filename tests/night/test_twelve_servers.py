"""Twelve servers of 2013 and 2016, roles apart and together, brought to certificates and to the next ones.

While calls go on, one manifest leads from factory defaults to what is wanted on every wire. Only the lab's
onlooker judges what was allowed to happen on the way.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.deaths import Deaths, When
from estate.rollouts import Rollout, rollout, status
from um_operator.lab.presets import mixed
from um_operator.lab.variants import Variants

pytestmark = pytest.mark.timeout(3600)

VARIANTS = dict(Variants.each())


def wanted(one: Rollout) -> dict[str, set[str]]:
    """Return what each server shows, which is one certificate of its own."""
    served = {fqdn: shown - {""} for fqdn, shown in one.served().items()}
    assert len(served) == 12
    assert all(len(shown) == 1 for shown in served.values()), served
    assert len(set[str]().union(*served.values())) == 12
    return served


@pytest.mark.parametrize("name", VARIANTS)
async def test_one_manifest_leads_to_what_is_wanted_on_every_wire(name: str, tmp_path: Path) -> None:
    async with rollout(tmp_path, mixed(), variants=VARIANTS[name]) as one:
        before = one.starts()
        rows = status(await one.run()).servers
        assert wanted(one) == {row.name: {row.wanted} for row in rows}
        assert set((one.starts() - before).values()) == {1}


async def test_a_rotation_goes_on_however_often_the_operator_dies(tmp_path: Path) -> None:
    async with rollout(tmp_path, mixed()) as one:
        await one.run()
        first = wanted(one)
        one.declare(**{"renew-requested-at": "now"})
        deaths = Deaths(one)
        await deaths.at_every_effect(When.AFTER)
        assert deaths.count > 12 * 5
        deaths.judge(restarts=1)
        assert not set[str]().union(*first.values()) & set[str]().union(*wanted(one).values())
