"""An operator dies between a startup mode and its binding, and people delete what asked for it (R8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.deaths import Deaths, When
from estate.rollouts import EX01, Rollout, estate, organization, rollout

pytestmark = pytest.mark.timeout(600)


def stands(one: Rollout) -> tuple[str, object]:
    """Return the startup mode of the UM service as Exchange shows it, and what it is bound to."""
    [row] = one.lab.console().run("Get-UMService", parameters={"Identity": "ex01"}).rows
    mode = str(getattr(row.properties["UMStartupMode"], "name", ""))
    return mode, row.properties["UMCertificateThumbprint"]


async def test_it_is_taken_back_before_anybody_restarts_the_server(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01)) as one:
        before = stands(one)
        while stands(one) == before:
            assert await Deaths(one).at(1, When.AFTER)
        assert stands(one) == ("Dual", before[1])

        one.operator.declare(organization(*one.fqdns))
        report = await one.run(lambda found: not found.ran)

        assert not report.plan.steps
        assert stands(one) == before


async def test_it_is_made_whole_in_observe_as_well(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01)) as one:
        before = stands(one)
        while stands(one) == before:
            assert await Deaths(one).at(1, When.AFTER)

        one.organization = {"mode": "Observe"}
        one.declare()
        await one.run(lambda found: not found.ran)

        mode, bound = stands(one)
        assert mode == "Dual"
        assert bound not in {before[1], "", None}
