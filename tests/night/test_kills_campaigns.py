"""The long campaigns: umctl killed at every write, both ways, in every estate, where questions are open."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.kills import PORT, Declared, Experiment, When, writes_of
from estate.manifests import dial_plan, gateway
from estate.test_kills_chain import DECLARED as MEDIUM
from estate.test_kills_from_scratch import DECLARED as SMALL
from um_operator.lab.presets import PRESETS
from um_operator.lab.variants import Variants

pytestmark = pytest.mark.timeout(3600)

VARIANTS = {name: variants for name, variants in Variants.each() if name != "defaults"}
LARGE = Declared(
    tuple(dial_plan(f"site{number:02}", operatorExtension="4711") for number in range(5))
    + tuple(
        gateway(f"gw{number:02}", (f"site{number % 5:02}", "4900"), port=PORT, outcallsAllowed=False)
        for number in range(20)
    )
)


async def each_write_once(declared: Declared, folder: Path, when: When, preset: str) -> None:
    """Kill at each write of an undisturbed run, each time in a new estate, and run to the end."""
    spec = PRESETS[preset]()
    for write in await writes_of(declared, folder / "undisturbed", spec=spec):
        async with Experiment.on(declared, folder / str(write), spec=spec) as experiment:
            await experiment.killed(when, write)
            experiment.let_servers_read()
            await experiment.finished()
            await experiment.judge()


@pytest.mark.parametrize("when", When, ids=lambda when: when.name)
@pytest.mark.parametrize("preset", PRESETS)
async def test_each_write_of_the_medium_set(preset: str, when: When, tmp_path: Path) -> None:
    await each_write_once(MEDIUM, tmp_path, when, preset)


@pytest.mark.parametrize("name", VARIANTS)
async def test_a_chain_of_kills_under_each_variant(name: str, tmp_path: Path) -> None:
    variants = VARIANTS[name]
    writes = await writes_of(SMALL, tmp_path / "undisturbed", variants=variants)
    async with Experiment.on(SMALL, tmp_path / "killed", variants=variants) as experiment:
        await experiment.kill_at_each_write(writes)
        await experiment.judge()


async def test_a_chain_of_kills_over_a_large_set(tmp_path: Path) -> None:
    writes = await writes_of(LARGE, tmp_path / "undisturbed")
    async with Experiment.on(LARGE, tmp_path / "killed") as experiment:
        await experiment.kill_at_each_write(writes)
        assert experiment.kills == len(writes)
        await experiment.judge()
